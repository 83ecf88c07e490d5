/**
 * What all command lines of Horae have in common: {@link dev.horae.shell.Usage} makes them alike,
 * {@link dev.horae.shell.Failures} turns what went wrong into words and an exit code, {@link
 * dev.horae.shell.Flags} puts the library's messages into flags.
 */
@NullMarked
package dev.horae.shell;

import org.jspecify.annotations.NullMarked;
