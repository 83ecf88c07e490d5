/** Finds the items with the largest scores of a user vector without scoring them all. */
@NullMarked
package dev.horae.index;

import org.jspecify.annotations.NullMarked;
