package dev.horae.service;

/** Who chose an item. */
public enum Source {
  /** The model, by the history. */
  MODEL,
  /** Likeness to items of the history. */
  SIMILAR,
  /** How often it was taken lately. */
  TRENDING,
  /** How often it was taken at all. */
  POPULAR,
  /** When the shop told of it. */
  LATEST
}
