/**
 * The training loop, which knows no model: an epoch of data-parallel steps over workers, Adam,
 * early stopping.
 */
@NullMarked
package dev.horae.train;

import org.jspecify.annotations.NullMarked;
