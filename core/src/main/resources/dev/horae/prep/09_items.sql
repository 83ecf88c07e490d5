-- The items of the events with what the catalogue says of them; of rows with one id, the first value
-- of each field counts. An item that the catalogue does not have is known by its id alone.

CREATE TABLE repeated AS
SELECT item_id FROM item_row GROUP BY item_id HAVING count(*) > 1;

CREATE TABLE described AS
SELECT item_id, title, brand, categories, images, texts
FROM item_row ANTI JOIN repeated USING (item_id)
UNION ALL
SELECT item_id,
       coalesce(first(title ORDER BY file, line) FILTER (title <> ''), ''),
       coalesce(first(brand ORDER BY file, line) FILTER (brand <> ''), ''),
       coalesce(first(categories ORDER BY file, line) FILTER (len(categories) > 0), []),
       coalesce(first(images ORDER BY file, line) FILTER (len(images) > 0), []),
       list_reduce(
           list(texts ORDER BY file, line),
           lambda kept, later: list_transform(
               list_zip(kept, later),
               lambda pair: CASE WHEN pair[1] <> '' THEN pair[1] ELSE pair[2] END))
FROM item_row JOIN repeated USING (item_id)
GROUP BY item_id;

-- Cold items, those of the catalogue without events, follow in its order when they are kept.
CREATE TABLE listed AS
WITH warm AS (SELECT item, item_id FROM item_index JOIN item_code USING (item_code))
SELECT item, item_id, false AS cold FROM warm
UNION ALL
SELECT CAST((SELECT count(*) FROM warm) + row_number() OVER (ORDER BY min(row(file, line)))
            AS INTEGER), item_id, true
FROM item_row ANTI JOIN warm USING (item_id)
WHERE $keep_cold = 1
GROUP BY item_id;

-- A picture is found in the folder by the path or address that the catalogue has, or by its last
-- part, in small letters if need be; when none of an item's can be read, by the item's id. What is
-- not found stays, after what is: it may be fetched, and encode says what is wrong with it.
-- Letters with marks have two spellings in Unicode, and file systems choose one.
CREATE MACRO spelt(name) AS nfc_normalize(trim(name));

CREATE TABLE named_picture AS
WITH named AS (
    SELECT item, unnest(images) AS image, generate_subscripts(images, 1) AS number
    FROM listed JOIN described USING (item_id)),
parts AS (
    SELECT *, spelt(image) AS whole, regexp_matches(image, '^https?://') AS is_address,
           spelt(regexp_extract(regexp_replace(image, '[?#].*$', ''), '[^/]*$')) AS last
    FROM named),
by_path AS (SELECT spelt(path) AS whole, min(path) AS path FROM picture GROUP BY ALL),
by_name AS (SELECT spelt(name) AS last, min(path) AS path FROM picture GROUP BY ALL),
by_letters AS (SELECT lower(spelt(name)) AS letters, min(path) AS path FROM picture GROUP BY ALL),
found AS (
    SELECT parts.*, coalesce(by_path.path, by_name.path, by_letters.path) AS path
    FROM parts
    LEFT JOIN by_path USING (whole)
    LEFT JOIN by_name USING (last)
    LEFT JOIN by_letters ON letters = lower(last))
SELECT item, number, path, is_read, is_address,
       CASE WHEN $has_images = 0 AND NOT is_address
            THEN regexp_extract(image, '[^/]*$') ELSE image END AS elsewhere
FROM found LEFT JOIN picture USING (path);

CREATE TABLE listed_item AS
WITH by_id AS (
    SELECT id, first(path ORDER BY is_read DESC, whole DESC, path) AS path
    FROM (SELECT spelt(stem) AS id, path, is_read, false AS whole FROM picture
          UNION ALL SELECT spelt(name), path, is_read, true FROM picture WHERE name <> stem)
    GROUP BY id),
pictures AS (
    SELECT item,
           list(path ORDER BY number) FILTER (path IS NOT NULL) AS paths,
           coalesce(bool_or(is_read), false) AS some_read,
           list(elsewhere ORDER BY number)
               FILTER (path IS NULL AND coalesce(elsewhere, '') <> '') AS elsewhere,
           bool_or(is_address OR $has_images = 0) AS may_come
    FROM named_picture GROUP BY item)
SELECT item, item_id AS id, cold, described.item_id IS NOT NULL AS described,
       coalesce(title, '') AS title, coalesce(brand, '') AS brand,
       coalesce(categories, CAST([] AS VARCHAR[])) AS categories,
       coalesce(len(images), 0) > 0 AND $has_images = 1
           AND coalesce(paths[1], by_id.path) IS NULL AS image_not_found,
       coalesce(paths[1], by_id.path) IS NULL
           AND NOT coalesce(may_come AND len(elsewhere) > 0, false) AS image_missing,
       list_concat(
           coalesce(paths, CAST([] AS VARCHAR[])),
           CASE WHEN by_id.path IS NULL OR coalesce(some_read, false)
                     OR list_contains(coalesce(paths, CAST([] AS VARCHAR[])), by_id.path)
                THEN CAST([] AS VARCHAR[]) ELSE [by_id.path] END,
           coalesce(elsewhere, CAST([] AS VARCHAR[]))) AS images,
       texts
FROM listed
LEFT JOIN described USING (item_id)
LEFT JOIN pictures USING (item)
LEFT JOIN by_id ON by_id.id = spelt(item_id)
ORDER BY item;

-- What is counted are the items with events.
CREATE VIEW item AS FROM listed_item WHERE NOT cold;
