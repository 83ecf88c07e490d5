-- What a shop must not lose, in SQLite.

CREATE TABLE state (
  name TEXT NOT NULL PRIMARY KEY,
  value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- events, users: how many there are. documents: how often one changed.
-- erased: 1 while the files may still hold what was deleted.
INSERT INTO state VALUES ('events', 0), ('users', 0), ('documents', 0), ('erased', 0);

-- AUTOINCREMENT: a sequence is never used again, also when the last event was erased.
CREATE TABLE events (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  type TEXT NOT NULL,
  user_id TEXT NOT NULL,
  item_id TEXT NOT NULL,
  time INTEGER NOT NULL,
  value REAL,
  recommendation TEXT,
  properties TEXT
) STRICT;

CREATE INDEX events_of_user ON events (user_id, time, sequence, type);

CREATE INDEX events_of_recommendation ON events (recommendation) WHERE recommendation IS NOT NULL;

CREATE TABLE users (
  user_id TEXT NOT NULL PRIMARY KEY
) STRICT, WITHOUT ROWID;

CREATE TABLE documents (
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  version INTEGER NOT NULL,
  json TEXT NOT NULL,
  PRIMARY KEY (kind, name)
) STRICT, WITHOUT ROWID;

-- items: a JSON array of ids.
CREATE TABLE impressions (
  recommendation TEXT NOT NULL PRIMARY KEY,
  scenario TEXT NOT NULL,
  variant TEXT NOT NULL,
  user_id TEXT,
  time INTEGER NOT NULL,
  items TEXT NOT NULL
) STRICT;

CREATE INDEX impressions_of_scenario ON impressions (scenario, time);
