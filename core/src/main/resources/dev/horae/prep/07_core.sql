-- One round of the k-core: users and items with too few events go, both judged by the same counts.
-- Repeated until a round removes nothing; that fixpoint is unique.

DELETE FROM event
WHERE user_code IN (
          SELECT user_code FROM event GROUP BY user_code HAVING count(*) < $min_user_events)
   OR item_code IN (
          SELECT item_code FROM event GROUP BY item_code HAVING count(*) < $min_item_events);
