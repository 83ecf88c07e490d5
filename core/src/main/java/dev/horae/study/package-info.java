/**
 * Many runs: comparisons of models, with their statistics, tables and pages.
 *
 * <p>{@link dev.horae.study.Plan} says what is to be trained, {@link dev.horae.study.Comparison}
 * trains what is missing, {@link dev.horae.study.Standings} says what came of it, {@link
 * dev.horae.study.TableFiles} and {@link dev.horae.study.TerminalText} show it.
 */
@NullMarked
package dev.horae.study;

import org.jspecify.annotations.NullMarked;
