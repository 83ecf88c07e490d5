/**
 * The command line: each verb parses what was asked, calls the library, prints.
 *
 * <p>{@link dev.horae.cli.Main} finds the verb and turns what went wrong into an exit code.
 */
@NullMarked
package dev.horae.cli;

import org.jspecify.annotations.NullMarked;
