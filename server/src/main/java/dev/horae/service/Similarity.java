package dev.horae.service;

/** In what items are alike. */
public enum Similarity {
  /** The same users took them. */
  BEHAVIOUR,
  /** The vectors of their texts. */
  TEXT,
  /** The vectors of their pictures. */
  IMAGE,
  /** All of these that there are. */
  MIXED
}
