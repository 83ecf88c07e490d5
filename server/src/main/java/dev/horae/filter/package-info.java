/** Filters and boosts: typed expressions over the catalogue's columns. */
@NullMarked
package dev.horae.filter;

import org.jspecify.annotations.NullMarked;
