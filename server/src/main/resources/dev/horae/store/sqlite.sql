-- What a shop must not lose, in SQLite. Tables of an older version get what they lack.

CREATE TABLE IF NOT EXISTS state (
  name TEXT NOT NULL PRIMARY KEY,
  value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- events, users: how many there are. documents: how often one changed.
-- erased: 1 while the files may still hold what was deleted. erasures: how often somebody was erased.
INSERT INTO state VALUES ('events', 0), ('users', 0), ('documents', 0), ('erased', 0), ('erasures', 0)
ON CONFLICT (name) DO NOTHING;

-- AUTOINCREMENT: a sequence is never used again, also when the last event was erased.
CREATE TABLE IF NOT EXISTS events (
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

CREATE INDEX IF NOT EXISTS events_of_user ON events (user_id, time, sequence, type);

CREATE INDEX IF NOT EXISTS events_of_recommendation ON events (recommendation) WHERE recommendation IS NOT NULL;

CREATE TABLE IF NOT EXISTS users (
  user_id TEXT NOT NULL PRIMARY KEY
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS documents (
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  version INTEGER NOT NULL,
  json TEXT NOT NULL,
  PRIMARY KEY (kind, name)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS documents_of_version ON documents (kind, version);

-- The last deletion of each document that was ever deleted: who follows must learn of it.
CREATE TABLE IF NOT EXISTS deleted (
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  version INTEGER NOT NULL,
  PRIMARY KEY (kind, name)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS deleted_of_version ON deleted (kind, version);

-- items: a JSON array of ids.
CREATE TABLE IF NOT EXISTS impressions (
  recommendation TEXT NOT NULL PRIMARY KEY,
  scenario TEXT NOT NULL,
  variant TEXT NOT NULL,
  user_id TEXT,
  time INTEGER NOT NULL,
  items TEXT NOT NULL
) STRICT;

CREATE INDEX IF NOT EXISTS impressions_of_scenario ON impressions (scenario, time);
