/** Histories in, recommendations out. */
@NullMarked
package dev.horae.serve;

import org.jspecify.annotations.NullMarked;
