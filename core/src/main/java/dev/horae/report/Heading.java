package dev.horae.report;

/** Begins a part of several blocks. */
public record Heading(String text) implements Block {}
