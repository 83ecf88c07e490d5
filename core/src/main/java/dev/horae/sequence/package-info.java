/**
 * What a model is to everything that uses one: {@link dev.horae.sequence.SequenceModel} turns
 * {@link dev.horae.sequence.SequenceTensors} into user vectors and items into vectors, and says in
 * a {@link dev.horae.sequence.TrainingOutput} what training compares. The loop, ranking and serving
 * know this package, not the models.
 */
@NullMarked
package dev.horae.sequence;

import org.jspecify.annotations.NullMarked;
