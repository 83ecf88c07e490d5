/** Layers and losses that at least two models use. */
@NullMarked
package dev.horae.nn;

import org.jspecify.annotations.NullMarked;
