package dev.horae.http;

import static dev.horae.config.InvalidValue.unless;

import dev.horae.config.Default;
import dev.horae.config.Doc;
import java.nio.file.Path;

/** How a server runs; {@code horae serve --config FILE} reads one. */
public record ServeConfig(
    @Default("127.0.0.1")
        @Doc("address to listen on; 0.0.0.0 is all, and needs a key (horae serve --new-key)")
        String host,
    @Default("8080") @Doc("port of the API and the console; 0 takes a free one") int port,
    @Default("9464") @Doc("port of /metrics for Prometheus; 0 takes a free one, -1 is off")
        int metricsPort,
    @Default("horae-state")
        @Doc("directory of events, items, scenarios and keys, where the store is SQLite")
        String state,
    @Default("")
        @Doc(
            "postgresql://USER:PASSWORD@HOST:PORT/DATABASE, shared by several servers; empty is"
                + " SQLite in the state directory")
        String database,
    @Default("auto")
        @Doc(
            "prepared data set whose pictures are shown: auto is the run's own where it is still"
                + " there, none shows none")
        String data,
    @Default("0")
        @Doc(
            "threads that score, each of which takes all that wait; 0 is one per two processors, so"
                + " that the others serve")
        int workers,
    @Default("128") @Doc("requests that may wait to be scored; further ones get 503 at once")
        int queue,
    @Default("2000") @Doc("milliseconds that a request may wait for its scores") int timeoutMillis,
    @Default("200000")
        @Doc(
            "a model of more items, whose scores are products of vectors, is searched by an index,"
                + " kept in the state directory; 0 is never")
        int indexAbove,
    @Default("1000") @Doc("newest events of a user that are read") int history,
    @Default("90")
        @Doc(
            "days for which lists that were shown are kept for the results of scenarios; 0 is for"
                + " ever")
        int impressionDays,
    @Default("500") @Doc("most items of an answer") int mostItems,
    @Default("1048576")
        @Doc("most bytes of a request's body; ten times as many for events, items and pictures")
        int mostBytes,
    @Default("0")
        @Doc("requests per second of each key, or address where there is no key; 0 is no limit")
        int ratePerSecond,
    @Default("64")
        @Doc(
            "requests at once, half of which may write, beside those that watch events; further"
                + " connections wait")
        int threads,
    @Default("0")
        @Doc("seconds between not being ready and not accepting, for load balancers, when stopping")
        int stopDelaySeconds,
    @Default("20") @Doc("most seconds that running requests get when stopping") int drainSeconds,
    @Default("-")
        @Doc(
            "where a line of JSON per request goes: - is standard output, empty is nowhere, else a"
                + " file that is appended to")
        String log,
    @Default("false") @Doc("write user ids into the log of requests") boolean logUsers,
    @Default("")
        @Doc(
            "where a collector of OpenTelemetry takes traces by OTLP over HTTP, such as"
                + " http://localhost:4318; empty is what OTEL_EXPORTER_OTLP_ENDPOINT says, or"
                + " nowhere")
        String otlpEndpoint,
    @Default("")
        @Doc("where the console and API may be called from by browsers; empty is nowhere" + " else")
        String corsOrigin) {

  public ServeConfig {
    unless(port >= 0 && port <= 65535, "port", port, "is no port", "try 8080");
    unless(
        metricsPort >= -1 && metricsPort <= 65535,
        "metrics_port",
        metricsPort,
        "is no port",
        "try 9464, or -1 for none");
    unless(
        metricsPort != port || port == 0,
        "metrics_port",
        metricsPort,
        "is the port of the API",
        "give it another");
    unless(workers >= 0 && workers <= 1024, "workers", workers, "is out of 0..1024", "try 0");
    unless(queue > 0 && queue <= 100_000, "queue", queue, "is out of 1..100000", "try 128");
    unless(timeoutMillis > 0, "timeout_millis", timeoutMillis, "is not positive", "try 2000");
    unless(indexAbove >= 0, "index_above", indexAbove, "is negative", "0 is never");
    unless(history > 0 && history <= 10_000, "history", history, "is out of 1..10000", "try 1000");
    unless(
        impressionDays >= 0 && impressionDays <= 36_500,
        "impression_days",
        impressionDays,
        "is out of 0..36500",
        "try 90");
    unless(
        mostItems > 0 && mostItems <= 10_000,
        "most_items",
        mostItems,
        "is out of 1..10000",
        "try 500");
    unless(mostBytes >= 1024, "most_bytes", mostBytes, "is below 1024", "try 1048576");
    unless(ratePerSecond >= 0, "rate_per_second", ratePerSecond, "is negative", "0 is no limit");
    unless(threads >= 8 && threads <= 10_000, "threads", threads, "is out of 8..10000", "try 64");
    unless(stopDelaySeconds >= 0, "stop_delay_seconds", stopDelaySeconds, "is negative", "try 0");
    unless(drainSeconds >= 0, "drain_seconds", drainSeconds, "is negative", "try 20");
    unless(
        otlpEndpoint.isEmpty() || otlpEndpoint.matches("https?://[^\\s/]+(/\\S*)?"),
        "otlp_endpoint",
        otlpEndpoint,
        "is no address",
        "try http://localhost:4318");
  }

  /** {@return these settings for another address to listen on} */
  public ServeConfig on(String other) {
    return new ServeConfig(
        other,
        port,
        metricsPort,
        state,
        database,
        data,
        workers,
        queue,
        timeoutMillis,
        indexAbove,
        history,
        impressionDays,
        mostItems,
        mostBytes,
        ratePerSecond,
        threads,
        stopDelaySeconds,
        drainSeconds,
        log,
        logUsers,
        otlpEndpoint,
        corsOrigin);
  }

  /** {@return the address for people: that of this machine where all are listened on} */
  public String shownHost() {
    return host.equals("0.0.0.0") || host.equals("::") ? "127.0.0.1" : host;
  }

  /** {@return the address of the store, as {@link dev.horae.store.Store#open} reads it} */
  public String store() {
    return database.isEmpty() ? "sqlite:" + state + "/horae.db" : database;
  }

  /** {@return the directory of the indexes of large models} */
  public Path indexes() {
    return Path.of(state, "indexes");
  }

  /** {@return how many threads score} */
  public int scoringThreads() {
    return workers == 0 ? Math.max(1, Runtime.getRuntime().availableProcessors() / 2) : workers;
  }
}
