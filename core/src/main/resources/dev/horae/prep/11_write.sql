-- The files of the data set. The row group size bounds the memory of writing and reading.

COPY (SELECT "user", item, seconds AS time, user_id FROM ordered)
TO $events (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880);

COPY (FROM catalogue)
TO $items (FORMAT parquet, COMPRESSION zstd);

-- Names of settings are marked for messages only.
-- A spreadsheet would compute a cell that begins like a formula: data.Csv, in SQL.
CREATE MACRO cell(text) AS
    CASE WHEN regexp_matches(text, '^[=+\-@\t\r]')
              AND NOT regexp_full_match(text, '[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?')
         THEN '''' || text ELSE text END;

COPY (SELECT cell(path) AS file, line, cell(replace(reason, '``', '')) AS reason, cell(content) AS content
      FROM reject JOIN source USING (file)
      ORDER BY reject.file, line)
TO $rejects (FORMAT csv, HEADER);
