/**
 * Raw event logs and catalogues to a prepared data set. Readers turn lines into rows of text and
 * say which lines they cannot read; numbered SQL steps run by DuckDB judge, clean, filter, order
 * and count the rows, out of core.
 */
package dev.horae.prep;
