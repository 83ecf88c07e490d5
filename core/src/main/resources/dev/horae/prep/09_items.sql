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

-- A picture is found in the folder by the path or address that the catalogue has: of what this ends
-- with, the longest that is a path or the end of a path there counts; in small letters, without the
-- ending, and with an address's percent signs read if need be. What several pictures end with is nobody's name, and a picture is not found
-- by the last part alone when different names of several items end so. When none of an item's can be
-- read, the picture is that of the item's id. What is not found stays, after what is: it may be
-- fetched, and encode says what is wrong with it. What may be several is left out.
-- Letters with marks have two spellings in Unicode, and file systems choose one.
CREATE MACRO spelt(name) AS nfc_normalize(trim(name));
CREATE MACRO is_address(name) AS regexp_matches(name, '^https?://');
CREATE MACRO path_of(name) AS
    regexp_replace(replace(regexp_replace(name, '^https?://[^/]*', ''), '\', '/'), '^([.]?/)+', '');
-- The last parts of a path, at most eight, from one on.
CREATE MACRO parts_of(path) AS list_slice(string_split(lower(spelt(path)), '/'), -8, -1);
CREATE MACRO ends_of(parts) AS
    list_transform(range(1, len(parts) + 1), lambda n: {
        'length': n, 'words': array_to_string(list_slice(parts, -n, -1), '/')});

-- By what a picture is called the one that is; null where there are several.
CREATE TABLE called AS
WITH kinds AS (
    SELECT path, false AS is_stem, parts_of(path) AS parts FROM picture
    UNION ALL
    SELECT path, true, parts_of(left(path, len(path) - len(name) + len(stem))) FROM picture),
ends AS (SELECT path, is_stem, parts, unnest(ends_of(parts), recursive := true) FROM kinds)
SELECT words AS called, is_stem,
       CASE WHEN count(*) = 1 THEN min(path)
            WHEN count(*) FILTER (length = len(parts)) = 1
            THEN min(path) FILTER (length = len(parts)) END AS path
FROM ends GROUP BY words, is_stem;

CREATE TABLE named_picture AS
WITH named AS (
    SELECT item, unnest(images) AS image, generate_subscripts(images, 1) AS number
    FROM listed JOIN described USING (item_id)),
path_name AS (
    SELECT DISTINCT image, regexp_replace(path_of(image), '[?#].*$', '') AS path FROM named),
image_name AS (
    SELECT image, parts_of(path) AS parts FROM path_name
    UNION
    SELECT image, parts_of(url_path) AS parts
    FROM (SELECT image, try(url_decode(path)) AS url_path FROM path_name WHERE is_address(image))
    WHERE url_path IS NOT NULL),
ends AS (SELECT image, parts, unnest(ends_of(parts), recursive := true) FROM image_name),
forms AS (
    SELECT *, words AS form, 0 AS worse FROM ends
    UNION ALL SELECT *, words, 1 FROM ends
    UNION ALL SELECT *, regexp_replace(words, '([^/])[.][^./]*$', '\1'), 2 FROM ends),
by_end AS (
    SELECT image, first({'path': path,
                         'by_last': length = 1 AND (len(parts) > 1 OR is_address(image))}
                        ORDER BY length DESC, worse) AS found
    FROM forms JOIN called ON called.called = form AND is_stem = (worse > 0)
    GROUP BY image),
by_path AS (SELECT spelt(path) AS whole, min(path) AS path FROM picture GROUP BY ALL),
matched AS (
    SELECT named.*, coalesce(by_path.path, by_end.found.path) AS path,
           by_path.path IS NULL AND by_end.found.by_last AS by_last,
           by_path.path IS NULL AND by_end.found IS NOT NULL AS by_end
    FROM named
    LEFT JOIN by_path ON whole = spelt(image)
    LEFT JOIN by_end USING (image)),
many AS (
    SELECT path
    FROM (SELECT path, min(image) AS image FROM matched WHERE by_last GROUP BY path, item)
    GROUP BY path HAVING count(DISTINCT image) > 1),
found AS (
    SELECT item, number, image,
           CASE WHEN NOT coalesce(by_last AND path IN (FROM many), false) THEN path END AS path,
           by_end
    FROM matched)
SELECT item, number, image, path, is_read, is_address(image) AS is_address,
       coalesce(by_end AND path IS NULL, false) AS is_ambiguous
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
           list(image ORDER BY number)
               FILTER (path IS NULL AND (is_address OR NOT is_ambiguous)) AS elsewhere,
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
