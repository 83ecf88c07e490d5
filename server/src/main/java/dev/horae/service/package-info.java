/**
 * Recommendations of a live shop: models that are swapped, items that change, events that come in.
 */
@NullMarked
package dev.horae.service;

import org.jspecify.annotations.NullMarked;
