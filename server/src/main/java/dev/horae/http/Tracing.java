package dev.horae.http;

import dev.horae.service.Phases;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Tells a collector of OpenTelemetry what each request of the API was and how long its parts took.
 * A trace that a request belongs to goes on. There are no ids of users in it, nor of items.
 */
final class Tracing implements AutoCloseable {

  private static final int SECONDS = 5; // for the last spans to be sent

  /** Where a collector is, by the names of OpenTelemetry's own specification. */
  private static final List<String> ENDPOINTS =
      List.of("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT");

  private static final AttributeKey<String> METHOD = AttributeKey.stringKey("http.request.method");
  private static final AttributeKey<String> ROUTE = AttributeKey.stringKey("http.route");
  private static final AttributeKey<Long> STATUS =
      AttributeKey.longKey("http.response.status_code");
  private static final AttributeKey<String> ERROR = AttributeKey.stringKey("error.type");

  /** What is said of a request beside, by what the log calls it. */
  private static final List<String> NOTED = List.of("model", "scenario", "source");

  private final OpenTelemetrySdk sdk;
  private final Tracer tracer;

  private Tracing(OpenTelemetrySdk sdk, String version) {
    this.sdk = sdk;
    tracer =
        sdk.getTracerProvider()
            .tracerBuilder("dev.horae")
            .setInstrumentationVersion(version)
            .build();
  }

  /**
   * Starts where somebody says that there is a collector; all else follows OpenTelemetry's own
   * variables, such as {@code OTEL_SERVICE_NAME}.
   *
   * @param endpoint {@code http://HOST:4318}; empty: the environment says, or nobody
   * @param environment the process's variables
   */
  static Optional<Tracing> start(String endpoint, Map<String, String> environment, String version) {
    if (endpoint.isEmpty() && ENDPOINTS.stream().noneMatch(environment::containsKey)) {
      return Optional.empty();
    }
    Map<String, String> defaults = new HashMap<>();
    defaults.put("otel.service.name", "horae");
    defaults.put("otel.exporter.otlp.protocol", "http/protobuf");
    Map<String, String> ours = new HashMap<>();
    ours.put("otel.metrics.exporter", "none"); // Prometheus has them
    ours.put("otel.logs.exporter", "none");
    if (!endpoint.isEmpty()) {
      ours.put("otel.exporter.otlp.endpoint", endpoint);
    }
    OpenTelemetrySdk sdk =
        AutoConfiguredOpenTelemetrySdk.builder()
            .addPropertiesSupplier(() -> defaults)
            .addPropertiesCustomizer(properties -> ours)
            .disableShutdownHook()
            .build()
            .getOpenTelemetrySdk();
    return Optional.of(new Tracing(sdk, version));
  }

  /** A request that is being answered. */
  final class Traced {
    private final Span span;
    private final long epochLessNanos; // of System.nanoTime, so that all times are on one clock

    private Traced(Span span, long epochLessNanos) {
      this.span = span;
      this.epochLessNanos = epochLessNanos;
    }

    /** {@return what joins lines of the log with the trace} */
    String traceId() {
      return span.getSpanContext().getTraceId();
    }

    /** Answers the request. */
    void during(Runnable work) {
      if (span.isRecording()) {
        Phases.listen(this::part, work);
      } else {
        work.run();
      }
    }

    private void part(String phase, long start, long end) {
      tracer
          .spanBuilder(phase)
          .setParent(Context.root().with(span))
          .setStartTimestamp(epochLessNanos + start, TimeUnit.NANOSECONDS)
          .startSpan()
          .end(epochLessNanos + end, TimeUnit.NANOSECONDS);
    }

    /**
     * Ends it.
     *
     * @param noted what the log says of it
     */
    void end(int status, Map<String, Object> noted) {
      span.setAttribute(STATUS, (long) status);
      for (String name : NOTED) {
        Object value = noted.get(name);
        if (value != null) {
          span.setAttribute("horae." + name, value.toString());
        }
      }
      if (status >= 500) {
        span.setAttribute(ERROR, String.valueOf(status));
        span.setStatus(StatusCode.ERROR);
      }
      span.end(epochLessNanos + System.nanoTime(), TimeUnit.NANOSECONDS);
    }
  }

  /**
   * Begins with a request.
   *
   * @param route the template of its path
   * @param start as {@link System#nanoTime} has it
   */
  Traced begin(io.javalin.http.Context http, String route, long start) {
    String method = http.method().name();
    Instant now = Instant.now();
    long epochLessNanos =
        TimeUnit.SECONDS.toNanos(now.getEpochSecond()) + now.getNano() - System.nanoTime();
    Context parent =
        W3CTraceContextPropagator.getInstance().extract(Context.root(), http, Tracing::header);
    SpanBuilder span =
        tracer
            .spanBuilder(method + " " + route)
            .setSpanKind(SpanKind.SERVER)
            .setParent(parent)
            .setAttribute(METHOD, method)
            .setAttribute(ROUTE, route)
            .setStartTimestamp(epochLessNanos + start, TimeUnit.NANOSECONDS);
    return new Traced(span.startSpan(), epochLessNanos);
  }

  private static @Nullable String header(io.javalin.http.@Nullable Context http, String name) {
    return http == null ? null : http.header(name);
  }

  /** Sends what is left. */
  @Override
  public void close() {
    sdk.shutdown().join(SECONDS, TimeUnit.SECONDS);
  }
}
