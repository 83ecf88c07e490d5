package dev.horae.http;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.core.metrics.Info;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.function.DoubleSupplier;

/** What Prometheus reads; docs/serving.md has the names. */
final class Metrics {

  private final PrometheusRegistry registry = new PrometheusRegistry();

  /** Requests by route, as openapi.yaml writes it, and status. */
  final Counter requests =
      Counter.builder()
          .name("horae_http_requests_total")
          .help("Requests by route and status")
          .labelNames("route", "status")
          .register(registry);

  final Histogram seconds =
      Histogram.builder()
          .name("horae_http_request_duration_seconds")
          .help("Time to answer, by route")
          .labelNames("route")
          .classicUpperBounds(.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5)
          .classicOnly()
          .register(registry);

  final Counter lists =
      Counter.builder()
          .name("horae_recommend_lists_total")
          .help("Lists by who chose their first item")
          .labelNames("source")
          .register(registry);

  final Counter events =
      Counter.builder()
          .name("horae_events_total")
          .help("Events by what became of them: accepted, duplicate, rejected")
          .labelNames("result")
          .register(registry);

  final Counter refused =
      Counter.builder()
          .name("horae_requests_refused_total")
          .help("Requests that were refused at once, by why: overloaded, too-many-requests")
          .labelNames("reason")
          .register(registry);

  Metrics(String version) {
    Info.builder()
        .name("horae_build_info")
        .help("The server's version")
        .labelNames("version")
        .register(registry)
        .setLabelValues(version);
  }

  /** Shows a number that is asked for when Prometheus asks; NaN where that fails. */
  void gauge(String name, String help, DoubleSupplier value) {
    GaugeWithCallback.builder()
        .name(name)
        .help(help)
        .callback(callback -> callback.call(orNaN(value)))
        .register(registry);
  }

  /** What cannot be read, such as from a database that is away, must not hide all the rest. */
  private static double orNaN(DoubleSupplier value) {
    try {
      return value.getAsDouble();
    } catch (RuntimeException e) {
      return Double.NaN;
    }
  }

  /** {@return all in Prometheus's text format} */
  byte[] text() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      PrometheusTextFormatWriter.create().write(out, registry.scrape());
    } catch (IOException e) {
      throw new UncheckedIOException(e); // memory does not fail
    }
    return out.toByteArray();
  }
}
