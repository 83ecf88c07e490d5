DELETE FROM event WHERE position IN (FROM duplicate);
