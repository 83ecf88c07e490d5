/** Models compared with numbers of their official codes: one fixture reader per model. */
@NullMarked
package dev.horae.conform;

import org.jspecify.annotations.NullMarked;
