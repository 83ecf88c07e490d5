/** The service over HTTP: routes, problems, keys, limits, metrics and the console. */
@NullMarked
package dev.horae.http;

import org.jspecify.annotations.NullMarked;
