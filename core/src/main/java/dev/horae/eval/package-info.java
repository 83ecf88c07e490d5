/** Ranks, metrics with intervals, simple baselines and the tables that show them. */
package dev.horae.eval;
