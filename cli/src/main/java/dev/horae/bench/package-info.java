/**
 * How fast this machine trains, evaluates, encodes and recommends, and how fast it could: the
 * figures that {@code docs/performance.md} is made of.
 *
 * <p>{@link dev.horae.bench.Bench} measures, {@link dev.horae.bench.MatrixPeak} says what the
 * machine can do at best.
 */
@NullMarked
package dev.horae.bench;

import org.jspecify.annotations.NullMarked;
