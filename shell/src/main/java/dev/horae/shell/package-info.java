/**
 * What all command lines of Horae have in common: {@link dev.horae.shell.Usage} makes them alike,
 * {@link dev.horae.shell.Failures} turns what went wrong into words and an exit code, {@link
 * dev.horae.shell.Flags} puts the library's messages into flags, {@link dev.horae.shell.Console}
 * shows how far work is, and {@code ...Arguments} are the options of verbs that run on one machine
 * and on many.
 */
@NullMarked
package dev.horae.shell;

import org.jspecify.annotations.NullMarked;
