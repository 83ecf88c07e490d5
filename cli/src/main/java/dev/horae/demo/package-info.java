/**
 * The generated shop, the way from its raw files to recommendations ({@link dev.horae.demo.Demo}),
 * and the page that shows what a run made of it.
 */
@NullMarked
package dev.horae.demo;

import org.jspecify.annotations.NullMarked;
