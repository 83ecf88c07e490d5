/**
 * What experiments found, whatever they are: {@link dev.horae.report.Findings} are tables and
 * charts without a look, which {@link dev.horae.report.FindingsFiles} writes as JSON, Markdown and
 * CSV, to be read back and shown.
 */
@NullMarked
package dev.horae.report;

import org.jspecify.annotations.NullMarked;
