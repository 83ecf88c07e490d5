-- Rows that cannot be used, each with its first reason; those without a user or an item were never
-- stored.

CREATE VIEW usable_event AS
SELECT position, user_id, item_id, nanos FROM event_row
UNION ALL
SELECT position, user_id, item_id, 0 FROM timeless_row WHERE NOT (SELECT timed FROM timed);

-- Broken lines never became rows but were read all the same.
CREATE TABLE read_rows AS
SELECT kind,
       count(line) + CASE kind WHEN 'event'
           THEN (SELECT count(*) FROM event_row) + (SELECT coalesce(sum(rows), 0) FROM read_elsewhere)
           ELSE 0 END AS rows_read
FROM source LEFT JOIN (
    SELECT file, line FROM timeless_row
    UNION ALL SELECT file, line FROM item_row
    UNION ALL SELECT file, line FROM reject) USING (file)
GROUP BY kind;

INSERT INTO reject
SELECT file, line, refusal,
       left(format('user={}, item={}, time={}', user_id, item_id, coalesce(time, '')), 200)
FROM timeless_row WHERE (SELECT timed FROM timed);

-- What the command says when too many rows are refused.
CREATE VIEW refused_share AS
WITH reasons AS (
    SELECT kind, reason, count(*) AS n FROM reject JOIN source USING (file) GROUP BY ALL),
worded AS (
    SELECT kind, sum(n) AS rejected,
           string_agg(n || ' x ' || reason, ', ' ORDER BY n DESC, reason) AS reasons
    FROM reasons GROUP BY kind),
examples AS (
    SELECT kind, first(path || ':' || line || ': ' || reason || ' (' || left(content, 80) || ')'
                       ORDER BY file, line) AS example
    FROM reject JOIN source USING (file) GROUP BY kind)
SELECT kind, rows_read, rejected, reasons, example
FROM read_rows JOIN worded USING (kind) JOIN examples USING (kind)
ORDER BY kind;
