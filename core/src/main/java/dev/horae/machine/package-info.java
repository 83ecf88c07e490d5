/** What the machine has and which kernels run on it: for plans, benches and {@code doctor}. */
@NullMarked
package dev.horae.machine;

import org.jspecify.annotations.NullMarked;
