/**
 * Verbs of horae as jobs of Apache Spark.
 *
 * <p>{@link dev.horae.spark.SparkMain} finds the verb. Each takes a {@link dev.horae.spark.Cluster}
 * as its options, checks all that it can, and only then asks it for a session; what runs in a task
 * begins with {@link dev.horae.spark.Executor}.
 */
@NullMarked
package dev.horae.spark;

import org.jspecify.annotations.NullMarked;
