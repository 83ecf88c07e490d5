-- One round of the k-core: users and items with too few events go, both judged by the same counts.
-- Repeated until a round removes nothing; that fixpoint is unique. Of the counts, only what a round
-- removes is counted again.

CREATE TABLE IF NOT EXISTS user_left AS
SELECT user_code, count(*) AS events FROM event GROUP BY user_code;
CREATE TABLE IF NOT EXISTS item_left AS
SELECT item_code, count(*) AS events FROM event GROUP BY item_code;

CREATE OR REPLACE TABLE outside AS
SELECT position, user_code, item_code FROM event
WHERE user_code IN (
          SELECT user_code FROM user_left WHERE events BETWEEN 1 AND $min_user_events - 1)
   OR item_code IN (
          SELECT item_code FROM item_left WHERE events BETWEEN 1 AND $min_item_events - 1);

UPDATE user_left SET events = events - gone
FROM (SELECT user_code AS code, count(*) AS gone FROM outside GROUP BY user_code)
WHERE user_code = code;
UPDATE item_left SET events = events - gone
FROM (SELECT item_code AS code, count(*) AS gone FROM outside GROUP BY item_code)
WHERE item_code = code;

DELETE FROM event WHERE position IN (SELECT position FROM outside);
