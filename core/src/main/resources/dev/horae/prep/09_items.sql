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
-- part; when none of an item's is, by the item's id. Addresses that are not found stay, after those
-- that are, so that they can be fetched.
CREATE TABLE named_picture AS
WITH named AS (
    SELECT item, unnest(images) AS image, generate_subscripts(images, 1) AS number
    FROM listed JOIN described USING (item_id)),
by_name AS (SELECT trim(name) AS name, min(path) AS path FROM picture GROUP BY ALL)
SELECT item, number, coalesce(picture.path, by_name.path) AS path,
       CASE WHEN regexp_matches(image, '^https?://') THEN image
            WHEN $has_images = 0 THEN regexp_extract(image, '[^/]*$') END AS elsewhere
FROM named
LEFT JOIN picture ON picture.path = named.image
LEFT JOIN by_name
    ON by_name.name = regexp_extract(regexp_replace(image, '[?#].*$', ''), '[^/]*$');

CREATE TABLE listed_item AS
WITH by_stem AS (SELECT trim(stem) AS stem, min(path) AS path FROM picture GROUP BY ALL),
pictures AS (
    SELECT item,
           list(path ORDER BY number) FILTER (path IS NOT NULL) AS paths,
           list(elsewhere ORDER BY number)
               FILTER (path IS NULL AND coalesce(elsewhere, '') <> '') AS elsewhere
    FROM named_picture GROUP BY item)
SELECT item, item_id AS id, cold, described.item_id IS NOT NULL AS described,
       coalesce(title, '') AS title, coalesce(brand, '') AS brand,
       coalesce(categories, CAST([] AS VARCHAR[])) AS categories,
       coalesce(len(images), 0) > 0 AND $has_images = 1
           AND coalesce(paths[1], by_stem.path) IS NULL AS image_not_found,
       list_concat(
           coalesce(paths, CASE WHEN by_stem.path IS NULL THEN CAST([] AS VARCHAR[])
                                ELSE [by_stem.path] END),
           coalesce(elsewhere, CAST([] AS VARCHAR[]))) AS images,
       texts
FROM listed
LEFT JOIN described USING (item_id)
LEFT JOIN pictures USING (item)
LEFT JOIN by_stem ON by_stem.stem = item_id
ORDER BY item;

-- What is counted are the items with events.
CREATE VIEW item AS FROM listed_item WHERE NOT cold;
