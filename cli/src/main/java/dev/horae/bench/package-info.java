/**
 * How fast this machine prepares, encodes, trains, evaluates and recommends, and how fast it could:
 * the figures that {@code docs/performance.md} is made of.
 *
 * <p>{@link dev.horae.bench.ModelBench} measures a model, {@link dev.horae.bench.DataBench} what is
 * done before there is one, and {@link dev.horae.bench.MatrixPeak} says what the machine can do at
 * best. {@link dev.horae.bench.Report} has all of it, {@link dev.horae.bench.Ratios} compares two.
 */
@NullMarked
package dev.horae.bench;

import org.jspecify.annotations.NullMarked;
