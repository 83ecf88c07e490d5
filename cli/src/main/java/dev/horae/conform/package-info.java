/** Models held against numbers of their official codes: one fixture reader per model. */
package dev.horae.conform;
