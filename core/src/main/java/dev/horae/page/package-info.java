/**
 * What results are shown with, whatever they are of: {@link dev.horae.page.Page} renders a web page
 * from a template, {@link dev.horae.page.Tables} sets a table for a terminal, and both take their
 * figures from {@link dev.horae.page.Numbers}.
 */
@NullMarked
package dev.horae.page;

import org.jspecify.annotations.NullMarked;
