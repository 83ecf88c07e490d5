-- How each file writes time, by the majority of its rows. Magnitude tells seconds (below 1e11, the
-- year 5138) from milliseconds (from 1e11, March 1973, to 1e14). A log without any time is untimed.
-- Views, not tables: parsing again is cheaper than writing the rows' texts again.

-- DOUBLE is exact for whole numbers up to 2^53; float32 would merge times within 128 seconds. A cast
-- to TIMESTAMP would drop an offset such as +01:00 in silence; TIMESTAMPTZ applies it and takes UTC
-- where none is written. The pattern keeps out what DuckDB also takes for a time, such as 'epoch'.
CREATE VIEW event_parsed AS
SELECT position, file, line, user_id, item_id, time,
       CASE WHEN isfinite(TRY_CAST(time AS DOUBLE)) THEN CAST(time AS DOUBLE) END AS number,
       CASE WHEN number IS NULL AND regexp_matches(time, '^\s*[0-9]{4}-')
            THEN TRY_CAST(trim(time) AS TIMESTAMPTZ) END AS instant
FROM event_row;

CREATE TABLE time_format AS
SELECT file,
       CASE WHEN count(time) = 0 THEN 'none'
            WHEN count(instant) > count(number) THEN 'ISO dates'
            WHEN count(*) FILTER (abs(number) >= 1e11 AND abs(number) < 1e14)
               > count(*) FILTER (abs(number) < 1e11) THEN 'epoch milliseconds'
            ELSE 'epoch seconds' END AS format
FROM event_parsed GROUP BY file;

CREATE TABLE timed AS
SELECT coalesce(bool_or(format <> 'none'), false) AS timed FROM time_format;

-- Seconds since 1970-01-01 UTC as BIGINT, rounded down.
CREATE VIEW event_timed AS
SELECT position, file, line, user_id, item_id, time,
       CASE WHEN NOT timed THEN 0
            WHEN format = 'ISO dates' THEN CAST(floor(epoch(instant)) AS BIGINT)
            WHEN format = 'epoch milliseconds' THEN TRY_CAST(floor(number / 1000) AS BIGINT)
            ELSE TRY_CAST(floor(number) AS BIGINT) END AS seconds
FROM event_parsed JOIN time_format USING (file) CROSS JOIN timed;
