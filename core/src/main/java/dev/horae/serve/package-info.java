/** Histories in, recommendations out. */
package dev.horae.serve;
