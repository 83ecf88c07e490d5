-- What was read of one file of events, for a prepare that goes on with many; see EventFile.

COPY (SELECT position, user_id, item_id, nanos FROM event_row) TO $rows (FORMAT parquet);

COPY (SELECT position, line, user_id, item_id, refusal, time FROM timeless_row)
TO $timeless (FORMAT parquet);

COPY (SELECT line, reason, content FROM reject) TO $rejects (FORMAT parquet);
