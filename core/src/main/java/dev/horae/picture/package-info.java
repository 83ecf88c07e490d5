/**
 * Bytes to pixels, and what can be said of a picture without a network: decoding of all formats the
 * same way on every machine, resampling, the descriptor, and the download of remote pictures.
 */
@NullMarked
package dev.horae.picture;

import org.jspecify.annotations.NullMarked;
