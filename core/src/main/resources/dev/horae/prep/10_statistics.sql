-- The paper's Table 2, then the protocol audit: what a reader must know before believing a number.

CREATE TABLE statistic (name VARCHAR, whole BIGINT, share DOUBLE);

-- data.Split, in SQL: a user's first `known` events are the training period, and the next one is asked
-- for where there is a history to ask with.
CREATE TABLE user_size AS
SELECT "user", events, known, CAST(known > 0 AND known < events AS BIGINT) AS asked
FROM (SELECT "user", count(*) AS events,
             CASE WHEN $by_time = 1 THEN count(*) FILTER (seconds < $cut)
                  ELSE count(*) - CAST(count(*) >= 3 AS BIGINT) END AS known
      FROM ordered GROUP BY "user");
CREATE TABLE born_later AS
SELECT item FROM ordered WHERE $by_time = 1 GROUP BY item HAVING min(seconds) >= $cut;
CREATE TABLE target_born_later AS
SELECT "user" FROM (SELECT "user", arg_min(item, rowid) AS item FROM ordered
                    WHERE $by_time = 1 AND seconds >= $cut GROUP BY "user")
JOIN user_size USING ("user") JOIN born_later USING (item) WHERE asked = 1;

INSERT INTO statistic SELECT 'users', count(*), NULL FROM user_index;
INSERT INTO statistic SELECT 'items', count(*), NULL FROM item_index;
INSERT INTO statistic SELECT 'events', count(*), NULL FROM ordered;
INSERT INTO statistic
SELECT 'events_per_user', NULL, count(*) / (SELECT count(*) FROM user_index) FROM ordered;
INSERT INTO statistic
SELECT 'events_per_item', NULL, count(*) / (SELECT count(*) FROM item_index) FROM ordered;
-- Of pairs, not of events: users may take an item again.
INSERT INTO statistic
SELECT 'sparsity', NULL,
       1 - count(*) / ((SELECT count(*) FROM user_index) * (SELECT count(*) FROM item_index))
FROM (SELECT DISTINCT "user", item FROM ordered);
INSERT INTO statistic SELECT 'first_time', min(seconds), NULL FROM ordered WHERE (SELECT timed FROM timed);
INSERT INTO statistic SELECT 'last_time', max(seconds), NULL FROM ordered WHERE (SELECT timed FROM timed);

INSERT INTO statistic
SELECT 'train_targets', sum(greatest(known - 1 - CAST(known >= 3 AS BIGINT), 0)), NULL FROM user_size;
INSERT INTO statistic
SELECT 'valid_targets', count(*) FILTER (known >= 3), NULL FROM user_size;
INSERT INTO statistic
SELECT 'test_targets', sum(asked) - (SELECT count(*) FROM target_born_later), NULL FROM user_size;
INSERT INTO statistic
SELECT 'events_before_cut', sum(known), NULL FROM user_size HAVING $by_time = 1;
INSERT INTO statistic
SELECT 'events_from_cut', sum(events - known), NULL FROM user_size HAVING $by_time = 1;
INSERT INTO statistic
SELECT 'test_targets_born_later', count(*), NULL FROM target_born_later HAVING $by_time = 1;
INSERT INTO statistic
SELECT 'items_born_later', count(*), NULL FROM born_later HAVING $by_time = 1;
INSERT INTO statistic
SELECT 'users_born_later', count(*) FILTER (known = 0), NULL FROM user_size HAVING $by_time = 1;
INSERT INTO statistic
SELECT 'users_without_later_events', count(*) FILTER (known = events), NULL
FROM user_size HAVING $by_time = 1;
INSERT INTO statistic
SELECT 'events_behind_test_targets', coalesce(sum(events - known - 1) FILTER (asked = 1), 0), NULL
FROM user_size HAVING $by_time = 1;

INSERT INTO statistic
SELECT kind || '_rows_read', rows_read, NULL FROM read_rows ORDER BY kind;
INSERT INTO statistic
SELECT kind || '_rows_rejected', count(reject.file), NULL
FROM source LEFT JOIN reject USING (file) GROUP BY kind ORDER BY kind;
INSERT INTO statistic
SELECT 'rejected: ' || reason, count(*), NULL FROM reject GROUP BY reason ORDER BY reason;

INSERT INTO statistic SELECT 'duplicate_events', count(*), NULL FROM duplicate;
INSERT INTO statistic SELECT 'events_outside_core', $events_outside_core, NULL;
INSERT INTO statistic
SELECT 'users_outside_core', (SELECT count(*) FROM user_code) - count(*), NULL FROM user_index;
INSERT INTO statistic
SELECT 'items_outside_core', (SELECT count(*) FROM item_code) - count(*), NULL FROM item_index;
INSERT INTO statistic SELECT 'core_rounds', $core_rounds, NULL;

-- Events with the time of the one before: what decides which comes first is the order of the input
-- alone, and where the ids of such neighbours ascend, the input was sorted by item, not by time. Ids
-- are compared as numbers where all are.
-- A window without partition and order runs along the table as it stands, without sorting it again.
CREATE TABLE tie AS
SELECT "user", item, before, last
FROM (SELECT "user", item, lag(item) OVER () AS before,
             lag("user") OVER () = "user" AND lag(time) OVER () = time AS tied,
             lead("user") OVER () IS DISTINCT FROM "user" AS last
      FROM ordered)
WHERE tied AND (SELECT timed FROM timed);
CREATE TABLE item_rank AS
WITH ids AS (SELECT item, id, TRY_CAST(id AS HUGEINT) AS number FROM item)
SELECT item,
       row_number() OVER (
           ORDER BY CASE WHEN (SELECT bool_and(number IS NOT NULL) FROM ids) THEN number END, id)
       AS rank
FROM ids;
INSERT INTO statistic SELECT 'tied_events', count(*), NULL FROM tie;
INSERT INTO statistic SELECT 'users_with_ties', count(DISTINCT "user"), NULL FROM tie;
INSERT INTO statistic
SELECT 'tied_test_targets', count(*) FILTER (last AND asked = 1 AND $by_time = 0), NULL
FROM tie JOIN user_size USING ("user");
CREATE TABLE tied_rank AS
SELECT this.rank - earlier.rank AS step
FROM tie JOIN item_rank this USING (item) JOIN item_rank earlier ON earlier.item = before;
INSERT INTO statistic
SELECT 'tied_events_ascending', count(*) FILTER (step > 0), NULL FROM tied_rank;
INSERT INTO statistic
SELECT 'tied_events_descending', count(*) FILTER (step < 0), NULL FROM tied_rank;

INSERT INTO statistic
SELECT 'users_over_max_length', count(*) FILTER (known - 1 + asked > $max_length), NULL FROM user_size;
INSERT INTO statistic
SELECT 'targets_over_max_length', coalesce(sum(greatest(known - 1 + asked - $max_length, 0)), 0), NULL
FROM user_size;

INSERT INTO statistic
SELECT 'items_not_in_catalogue', count(*) FILTER (NOT described), NULL FROM item;
INSERT INTO statistic
SELECT 'items_without_text',
       count(*) FILTER (title = '' AND brand = '' AND len(categories) = 0), NULL FROM item;
INSERT INTO statistic SELECT 'items_without_title', count(*) FILTER (title = ''), NULL FROM item;
INSERT INTO statistic SELECT 'items_without_brand', count(*) FILTER (brand = ''), NULL FROM item;
INSERT INTO statistic
SELECT 'items_without_category', count(*) FILTER (len(categories) = 0), NULL FROM item;
CREATE TABLE category AS
SELECT name, count(*) AS items FROM (SELECT DISTINCT item, unnest(categories) AS name FROM item)
GROUP BY name;
INSERT INTO statistic SELECT 'categories', count(*), NULL FROM category;
INSERT INTO statistic
SELECT 'category: ' || name, items, NULL FROM category ORDER BY items DESC, name LIMIT 5;
INSERT INTO statistic SELECT 'items_without_image', count(*) FILTER (image_missing), NULL FROM item;
INSERT INTO statistic
SELECT 'images_not_found', count(*) FILTER (image_not_found), NULL FROM item;
INSERT INTO statistic
SELECT 'catalogue_items_without_events',
       (SELECT count(*) FROM described) - count(*) FILTER (described), NULL FROM item;
INSERT INTO statistic
SELECT 'catalogue_rows_repeated',
       (SELECT count(*) FROM item_row) - count(*), NULL FROM described;
INSERT INTO statistic SELECT 'cold_items', count(*), NULL FROM listed_item WHERE cold;

-- What lies in the picture folder. Fetched pictures have the hash of their address for a name.
CREATE TABLE unused_picture AS
SELECT path, stem FROM picture
WHERE is_read AND path NOT IN (SELECT unnest(images) FROM listed_item)
  AND NOT regexp_full_match(name, '[0-9a-f]{40}');
INSERT INTO statistic SELECT 'picture_files', count(*) FILTER (is_read), NULL FROM picture;
INSERT INTO statistic
SELECT 'picture_files_beside_the_used', count(*), NULL
FROM unused_picture WHERE spelt(stem) IN (SELECT spelt(id) FROM listed_item);
INSERT INTO statistic
SELECT 'picture_files_of_no_item', count(*), NULL
FROM unused_picture WHERE spelt(stem) NOT IN (SELECT spelt(id) FROM listed_item);
INSERT INTO statistic
SELECT 'passed over: ' || reason || ', such as ' || min(path), count(*), NULL
FROM passed_over GROUP BY reason ORDER BY reason;
