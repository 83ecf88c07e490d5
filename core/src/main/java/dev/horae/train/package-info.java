/** The training loop, the run directory, resume, conformance with the official codes. */
package dev.horae.train;
