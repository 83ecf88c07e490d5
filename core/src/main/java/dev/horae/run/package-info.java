/**
 * One run from beginning to end: its configuration, its directory that stands alone, training with
 * exact resume, warm starts, the plan of memory and the report.
 */
@NullMarked
package dev.horae.run;

import org.jspecify.annotations.NullMarked;
