/**
 * The texts and pictures of a catalogue to feature tables: the paper's text recipe, precomputed
 * vectors, the cache and the stored tables.
 *
 * <p>Data flow: {@link dev.horae.features.Encoding} takes each item's text ({@link
 * dev.horae.features.TextTemplate}) or picture ({@link dev.horae.picture.Pictures}), asks the
 * {@code VectorCache} and then an encoder for its vector, and leaves a table in the {@link
 * dev.horae.features.FeatureStore}; {@link dev.horae.features.FeatureReport} shows what came of it.
 */
@NullMarked
package dev.horae.features;

import org.jspecify.annotations.NullMarked;
