/**
 * The search for good settings of a model: what is to be tried ({@link dev.horae.tune.Space}), in
 * which order and for how many epochs ({@link dev.horae.tune.Search}, {@link dev.horae.tune.Tpe}),
 * and what came of it ({@link dev.horae.tune.Importance}, {@link dev.horae.tune.TuningFindings}).
 */
@NullMarked
package dev.horae.tune;

import org.jspecify.annotations.NullMarked;
