/** Layers and losses that at least two models use. */
package dev.horae.nn;
