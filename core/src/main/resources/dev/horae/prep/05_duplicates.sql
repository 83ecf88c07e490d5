-- Events with the user, item and full time of an earlier one; the first in the input stays.

CREATE TABLE duplicate AS
SELECT position FROM event
WHERE (SELECT timed FROM timed)
QUALIFY row_number() OVER (PARTITION BY user_code, item_code, time ORDER BY position) > 1;
