-- The files of the data set. The row group size bounds the memory of writing and reading.

COPY (SELECT "user", item, seconds AS time, user_id FROM ordered)
TO $events (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880);

COPY (FROM catalogue)
TO $items (FORMAT parquet, COMPRESSION zstd);

COPY (SELECT path AS file, line, reason, content FROM reject JOIN source USING (file)
      ORDER BY reject.file, line)
TO $rejects (FORMAT csv, HEADER);
