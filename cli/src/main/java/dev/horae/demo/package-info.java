/**
 * The generated shop, the way from its raw files to recommendations ({@link dev.horae.demo.Demo}),
 * and the page that shows what a run made of it.
 */
package dev.horae.demo;
