/**
 * How time and memory of training grow with the sizes: {@link dev.horae.study.cost.CostPlan} says
 * what is to be measured, {@link dev.horae.study.cost.CostFindings} fits power laws to it.
 */
@NullMarked
package dev.horae.study.cost;

import org.jspecify.annotations.NullMarked;
