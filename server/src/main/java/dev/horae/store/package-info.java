/**
 * What a shop must not lose: events, items, scenarios, keys and what was shown, in SQLite or
 * PostgreSQL.
 */
@NullMarked
package dev.horae.store;

import org.jspecify.annotations.NullMarked;
