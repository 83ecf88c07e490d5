-- What the readers fill: rows in input order, and lines that are no rows.
-- Rows that may be refused keep file and line, so that a later step can say where they stand.

SET TimeZone = 'UTC';
SET memory_limit = $memory;
SET temp_directory = $scratch;

CREATE TABLE source (file INTEGER, kind VARCHAR, path VARCHAR);
-- nanos: since 1970-01-01 UTC. What every event has must be little: where the memory is full, all
-- of it goes to disk.
CREATE TABLE event_row (position BIGINT, user_id VARCHAR, item_id VARCHAR, nanos BIGINT);
-- Those without a time that can be read, and what is written there instead.
CREATE TABLE timeless_row (
    position BIGINT, file INTEGER, line BIGINT, user_id VARCHAR, item_id VARCHAR,
    refusal VARCHAR, time VARCHAR);
-- How many more rows of events another engine has read, which keeps them.
CREATE TABLE read_elsewhere (rows BIGINT);
CREATE TABLE item_row (
    file INTEGER, line BIGINT, item_id VARCHAR,
    title VARCHAR, brand VARCHAR, categories VARCHAR[], images VARCHAR[], texts VARCHAR[]);
CREATE TABLE reject (file INTEGER, line BIGINT, reason VARCHAR, content VARCHAR);
CREATE TABLE picture (path VARCHAR, name VARCHAR, stem VARCHAR, is_read BOOLEAN);
CREATE TABLE passed_over (path VARCHAR, reason VARCHAR);
-- Which user and which item has most events, for warnings.
CREATE TABLE largest (
    kind VARCHAR, id VARCHAR, most BIGINT, next BIGINT, events BIGINT, ids BIGINT);
