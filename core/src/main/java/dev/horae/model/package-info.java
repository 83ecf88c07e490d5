/** One model per file, and the sealed list of them. */
@NullMarked
package dev.horae.model;

import org.jspecify.annotations.NullMarked;
