/** Ranks, metrics with intervals, tests of significance and the tables that show them. */
package dev.horae.eval;
