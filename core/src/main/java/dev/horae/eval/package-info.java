/** Ranks, metrics with intervals and tests of significance. */
@NullMarked
package dev.horae.eval;

import org.jspecify.annotations.NullMarked;
