/**
 * libtorch made safe: scopes that free native memory, the few calls that bite, checkpoints,
 * devices.
 */
package dev.horae.tensor;
