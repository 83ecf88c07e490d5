-- How each file writes time, by the majority of its rows. Magnitude tells seconds (below 1e11, the
-- year 5138) from milliseconds (from 1e11, March 1973, to 1e14). A log without any time is untimed.

CREATE TABLE time_format AS
WITH shape AS (
    SELECT file, time,
           CASE WHEN regexp_full_match(time, '\s*[+-]?[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]+)?\s*')
                THEN abs(TRY_CAST(time AS DOUBLE)) END AS magnitude,
           regexp_full_match(time, '\s*[0-9]{4}-[0-9]{2}-[0-9]{2}([T ].*)?\s*') AS dated
    FROM event_row)
SELECT file,
       CASE WHEN count(time) = 0 THEN 'none'
            WHEN count(*) FILTER (dated) > count(magnitude) THEN 'ISO dates'
            WHEN count(*) FILTER (magnitude >= 1e11 AND magnitude < 1e14)
               > count(*) FILTER (magnitude < 1e11) THEN 'epoch milliseconds'
            ELSE 'epoch seconds' END AS format
FROM shape GROUP BY file;

CREATE TABLE timed AS
SELECT coalesce(bool_or(format <> 'none'), false) AS timed FROM time_format;

-- Seconds since 1970-01-01 UTC as BIGINT, rounded down. Never float32, which would merge times
-- within 128 seconds. A cast to TIMESTAMP would drop an offset such as +01:00 in
-- silence; TIMESTAMPTZ applies it and takes UTC where none is written.
CREATE TABLE event_timed AS
SELECT position, file, line, user_id, item_id, time,
       CASE WHEN NOT timed.timed THEN 0
            WHEN format = 'ISO dates' THEN
                 CASE WHEN regexp_full_match(time, '\s*[0-9]{4}-[0-9]{2}-[0-9]{2}([T ].*)?\s*')
                      THEN CAST(floor(epoch(TRY_CAST(trim(time) AS TIMESTAMPTZ))) AS BIGINT) END
            WHEN regexp_full_match(time, '\s*[+-]?[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]+)?\s*') THEN
                 TRY_CAST(CASE format WHEN 'epoch milliseconds'
                               THEN floor(floor(TRY_CAST(time AS DECIMAL(38, 9))) / 1000)
                               ELSE floor(TRY_CAST(time AS DECIMAL(38, 9))) END AS BIGINT)
       END AS seconds
FROM event_row JOIN time_format USING (file) CROSS JOIN timed;

DROP TABLE event_row;
