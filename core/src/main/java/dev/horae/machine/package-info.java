/** What the machine has and which kernels run on it: for plans, benches and {@code doctor}. */
package dev.horae.machine;
