/**
 * Events, catalogue, histories, splits, batches and feature tables: plain arrays, nothing native.
 *
 * <p>Conventions, the same in every file: <b>index 0 is padding; items are 1..N; time is {@code
 * long} seconds since 1970-01-01 UTC; durations carry their unit in the name.</b> Letters: {@code
 * B} histories, {@code R} rows, {@code L} events per row, {@code M} examples (events that have a
 * target), {@code D} width, {@code H} heads, {@code N} items, {@code F} feature width, {@code K}
 * experts, {@code C} categories.
 */
@NullMarked
package dev.horae.data;

import org.jspecify.annotations.NullMarked;
