/** One model per file, and the sealed list of them. */
package dev.horae.model;
