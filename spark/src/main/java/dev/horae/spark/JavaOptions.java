package dev.horae.spark;

import java.util.Arrays;
import org.apache.spark.launcher.JavaModuleOptions;

/**
 * Prints, one per line, the options of Java that Spark needs of a process in which it runs; the
 * launcher keeps them.
 */
final class JavaOptions {

  private JavaOptions() {}

  public static void main(String[] arguments) {
    Arrays.stream(JavaModuleOptions.defaultModuleOptionArray())
        // only speeds up what we do not call, and warns at each start
        .filter(option -> !option.contains("jdk.incubator.vector"))
        .forEach(System.out::println);
  }
}
