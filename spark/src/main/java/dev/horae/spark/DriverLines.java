package dev.horae.spark;

import java.util.Map;
import java.util.function.Consumer;
import org.apache.spark.api.plugin.DriverPlugin;
import org.apache.spark.api.plugin.ExecutorPlugin;
import org.apache.spark.api.plugin.PluginContext;
import org.apache.spark.api.plugin.SparkPlugin;
import org.jspecify.annotations.Nullable;

/**
 * Lines that tasks send to the driver while they run, by Spark's own connection: what a task
 * answers comes only at its end. A session that was made without this plugin carries none.
 */
public final class DriverLines implements SparkPlugin {

  private static volatile @Nullable PluginContext executor;
  private static volatile Consumer<String> listener = line -> {};

  /** Within the driver: who gets the lines from now on, from several threads. */
  static void listen(Consumer<String> listener) {
    DriverLines.listener = listener;
  }

  /** Within a task. Lines arrive before what the task answers, in their order. */
  static void send(String line) {
    PluginContext context = executor;
    if (context != null) {
      try {
        context.ask(line);
      } catch (Exception e) { // Scala declares none; without a driver nobody wants to know
        return;
      }
    }
  }

  @Override
  public DriverPlugin driverPlugin() {
    return new DriverPlugin() {
      @Override
      public Object receive(Object line) {
        listener.accept((String) line);
        return "";
      }
    };
  }

  @Override
  public ExecutorPlugin executorPlugin() {
    return new ExecutorPlugin() {
      @Override
      public void init(PluginContext context, Map<String, String> configuration) {
        executor = context;
      }
    };
  }
}
