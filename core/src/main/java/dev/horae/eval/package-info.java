/** Ranks, metrics with intervals and tests of significance. */
package dev.horae.eval;
