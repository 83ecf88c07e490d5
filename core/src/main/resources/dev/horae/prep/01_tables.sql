-- What the readers fill: rows in input order, and lines that are no rows.
-- Rows keep file and line so that a later step can still say where a bad value stands.

SET TimeZone = 'UTC';
SET memory_limit = $memory;
SET temp_directory = $scratch;

CREATE TABLE source (file INTEGER, kind VARCHAR, path VARCHAR);
-- nanos: since 1970-01-01 UTC. time: as it was written, where the row may be refused.
CREATE TABLE event_row (
    position BIGINT, file INTEGER, line BIGINT, user_id VARCHAR, item_id VARCHAR,
    nanos BIGINT, time_refusal VARCHAR, time VARCHAR);
CREATE TABLE item_row (
    file INTEGER, line BIGINT, item_id VARCHAR,
    title VARCHAR, brand VARCHAR, categories VARCHAR[], images VARCHAR[], texts VARCHAR[]);
CREATE TABLE reject (file INTEGER, line BIGINT, reason VARCHAR, content VARCHAR);
CREATE TABLE picture (path VARCHAR, name VARCHAR, stem VARCHAR, is_read BOOLEAN);
CREATE TABLE passed_over (path VARCHAR, reason VARCHAR);
