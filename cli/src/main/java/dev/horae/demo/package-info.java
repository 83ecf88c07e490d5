/** The generated shop, and the page that shows what a run made of it. */
package dev.horae.demo;
