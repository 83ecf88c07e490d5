package dev.horae.prep;

/** How event and item files are written. All but Parquet may be compressed. */
public enum Format {

  /** RecBole's atomic files: tab separated, a header such as {@code user_id:token}. */
  RECBOLE,

  /** Amazon reviews and metadata of 2014, 2018 and 2023: JSON lines or Python dicts. */
  AMAZON,

  /** A table of text with a header or names for one; fields may be quoted as in RFC 4180. */
  CSV,

  /** One JSON object per line. */
  JSONL,

  PARQUET
}
