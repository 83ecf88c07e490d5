-- What steps 04 to 08 leave behind, where another engine did them; see EventEngine. Of users and of
-- what was removed only the counts are asked for.

CREATE VIEW user_code AS SELECT range AS user_code FROM range($users);
CREATE VIEW user_index AS SELECT range AS "user" FROM range($users_left);
CREATE VIEW event AS SELECT range AS position FROM range($events);
CREATE VIEW duplicate AS SELECT range AS position FROM range($duplicates);

INSERT INTO largest VALUES
    ('user', $user, $user_most, $user_next, $events, $users),
    ('item', $item, $item_most, $item_next, $events, $items);
