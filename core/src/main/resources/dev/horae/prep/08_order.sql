-- Users and items get dense numbers in order of first appearance in what is left of the input, users
-- from 0, items from 1 because 0 is padding. Events stand by user, then
-- full time, then input position, or in an order drawn for them: md5 is the same everywhere.

CREATE TABLE user_index AS
SELECT CAST(row_number() OVER (ORDER BY min(position)) - 1 AS INTEGER) AS "user", user_code
FROM event GROUP BY user_code;

CREATE TABLE item_index AS
SELECT CAST(row_number() OVER (ORDER BY min(position)) AS INTEGER) AS item, item_code
FROM event GROUP BY item_code;

CREATE TABLE ordered AS
SELECT "user", item, time, time // 1000000000 - CAST(time % 1000000000 < 0 AS BIGINT) AS seconds, user_id
FROM event
JOIN user_index USING (user_code)
JOIN item_index USING (item_code)
JOIN user_code USING (user_code)
ORDER BY "user", time, CASE WHEN $shuffled = 1 THEN md5(CAST(position AS VARCHAR)) END, position;
