-- A log without any time is untimed: the order of its input is the order of its events.

CREATE TABLE timed AS SELECT $timed = 1 AS timed;
