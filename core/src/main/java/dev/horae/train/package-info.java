/**
 * The training loop, which knows no model: an epoch of data-parallel steps over workers, Adam,
 * early stopping.
 */
package dev.horae.train;
