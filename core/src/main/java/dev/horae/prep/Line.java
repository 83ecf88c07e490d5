package dev.horae.prep;

import org.jspecify.annotations.Nullable;

/**
 * A line of a text file without its end.
 *
 * @param number 1 for the first
 * @param text as UTF-8; bytes that are none show as U+FFFD
 * @param problem why the line cannot be used; null when it can
 */
public record Line(long number, String text, @Nullable String problem) {}
