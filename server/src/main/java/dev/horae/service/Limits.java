package dev.horae.service;

/**
 * How much one request may ask for.
 *
 * @param history newest events of a user that are read
 * @param explained newest events that an explanation looks at, each of which costs a pass
 * @param millis how long a request may wait for its scores
 */
public record Limits(int history, int explained, long millis) {}
