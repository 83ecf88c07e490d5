package dev.horae.prep;

/** How event and item files are written. All but Parquet may be gzipped. */
public enum Format {

  /** RecBole's atomic files: tab separated, a header such as {@code user_id:token}. */
  RECBOLE,

  /** Amazon reviews and metadata of 2014, 2018 and 2023: JSON lines or Python dicts. */
  AMAZON,

  /** Comma, semicolon or tab separated with a header; fields may be quoted as in RFC 4180. */
  CSV,

  /** One JSON object per line. */
  JSONL,

  PARQUET
}
