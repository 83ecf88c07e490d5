-- The usable events, with small numbers for the ids and the full time. Code 1 is the first id of the input, and so on.

CREATE TABLE user_code AS
SELECT CAST(row_number() OVER (ORDER BY min(position)) AS INTEGER) AS user_code, user_id
FROM usable_event
GROUP BY user_id;

CREATE TABLE item_code AS
SELECT CAST(row_number() OVER (ORDER BY min(position)) AS INTEGER) AS item_code, item_id
FROM usable_event
GROUP BY item_id;

CREATE TABLE event AS
SELECT position, user_code, item_code, nanos AS time
FROM usable_event
JOIN user_code USING (user_id)
JOIN item_code USING (item_id);

DROP VIEW usable_event;
DROP TABLE event_row;
DROP TABLE timeless_row;

-- Which of several has most, where they have as many, does not matter: none of them is odd.
INSERT INTO largest
SELECT 'user', user_id, most[1], coalesce(most[2], 0), events, ids
FROM (SELECT max_by(user_code, n) AS user_code, max(n, 2) AS most, sum(n) AS events, count(*) AS ids
      FROM (SELECT user_code, count(*) AS n FROM event GROUP BY user_code))
JOIN user_code USING (user_code);
INSERT INTO largest
SELECT 'item', item_id, most[1], coalesce(most[2], 0), events, ids
FROM (SELECT max_by(item_code, n) AS item_code, max(n, 2) AS most, sum(n) AS events, count(*) AS ids
      FROM (SELECT item_code, count(*) AS n FROM event GROUP BY item_code))
JOIN item_code USING (item_code);
