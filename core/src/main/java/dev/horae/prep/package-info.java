/**
 * Raw event logs and catalogues to a prepared data set. Readers turn lines into rows of text and
 * say which lines they cannot read; numbered SQL steps run by DuckDB judge, clean, filter, order
 * and count the rows, out of core.
 *
 * <p>Each line of a text is in exactly one row, or refused with file, line and reason, or passed
 * over because it holds nothing (a header, a blank line), which is counted.
 */
@NullMarked
package dev.horae.prep;

import org.jspecify.annotations.NullMarked;
