/**
 * Many runs: comparisons of models, with their statistics, tables and pages.
 *
 * <p>{@link dev.horae.study.Comparison} trains what is missing, {@link dev.horae.study.Standings}
 * says what came of it, {@link dev.horae.study.TableFiles} and {@link
 * dev.horae.study.ComparisonPage} show it.
 */
package dev.horae.study;
