/**
 * libtorch made safe: scopes that free native memory, the few calls that bite, checkpoints,
 * devices, groups of processes.
 */
@NullMarked
package dev.horae.tensor;

import org.jspecify.annotations.NullMarked;
