-- The items of the events with what the catalogue says of them; where it has an id twice, the first
-- row counts. An item that the catalogue does not have is known by its id alone.

CREATE TABLE described AS
SELECT * FROM item_row WHERE item_id IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY item_id ORDER BY file, line) = 1;

-- A picture is found by the path or address that the catalogue has, by its last part, or by the id.
CREATE TABLE item AS
WITH named AS (
    SELECT item, item_id AS id, title, brand, categories, image,
           regexp_extract(regexp_replace(image, '[?#].*$', ''), '[^/]*$') AS file_name,
           described.item_id IS NOT NULL AS described
    FROM item_index
    JOIN item_code USING (item_code)
    LEFT JOIN described USING (item_id)),
by_name AS (SELECT name, min(path) AS path FROM picture GROUP BY name),
by_stem AS (SELECT stem, min(path) AS path FROM picture GROUP BY stem)
SELECT item, id, described,
       coalesce(title, '') AS title, coalesce(brand, '') AS brand,
       coalesce(categories, CAST([] AS VARCHAR[])) AS categories,
       coalesce(image, '') <> '' AS names_image,
       CASE WHEN $has_images = 1 THEN coalesce(picture.path, by_name.path, by_stem.path, '')
            ELSE coalesce(file_name, '') END AS image
FROM named
LEFT JOIN picture ON picture.path = named.image
LEFT JOIN by_name ON by_name.name = named.file_name
LEFT JOIN by_stem ON by_stem.stem = named.id
ORDER BY item;
