/** Requests that always end, and which addresses lead to this machine or a private network. */
@NullMarked
package dev.horae.web;

import org.jspecify.annotations.NullMarked;
