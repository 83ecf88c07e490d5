/**
 * Texts and pictures to feature tables: the paper's text recipe, the embedded encoders, decoding of
 * pictures, precomputed vectors, the cache and the stored tables.
 *
 * <p>Data flow: {@link dev.horae.features.Encoding} takes each item's text ({@link
 * dev.horae.features.TextTemplate}) or picture ({@link dev.horae.picture.Pictures}), asks the
 * {@code VectorCache} and then an encoder ({@link dev.horae.encoder.MiniLm}, {@link
 * dev.horae.picture.Descriptor}) for its vector, and leaves a table in the {@link
 * dev.horae.features.FeatureStore}. {@link dev.horae.encoder.Hub} and {@link
 * dev.horae.picture.PictureDownloads} bring models and pictures here; {@link
 * dev.horae.features.FeatureReport} shows what came of it.
 */
package dev.horae.features;
