-- What a shop must not lose, in PostgreSQL. Tables of an older version get what they lack.

CREATE TABLE IF NOT EXISTS state (
  name TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  value BIGINT NOT NULL
);

-- schema: the version of this file. events, users: how many there are. documents: how often one changed.
-- erasures: how often somebody was erased.
INSERT INTO state VALUES ('schema', 2), ('events', 0), ('users', 0), ('documents', 0), ('erasures', 0)
ON CONFLICT (name) DO NOTHING;

UPDATE state SET value = 2 WHERE name = 'schema';

CREATE TABLE IF NOT EXISTS events (
  sequence BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id TEXT COLLATE "C" NOT NULL UNIQUE,
  type TEXT COLLATE "C" NOT NULL,
  user_id TEXT COLLATE "C" NOT NULL,
  item_id TEXT COLLATE "C" NOT NULL,
  time BIGINT NOT NULL,
  value DOUBLE PRECISION,
  recommendation TEXT COLLATE "C",
  properties TEXT COLLATE "C"
);

CREATE INDEX IF NOT EXISTS events_of_user ON events (user_id, time, sequence);

CREATE INDEX IF NOT EXISTS events_of_recommendation ON events (recommendation) WHERE recommendation IS NOT NULL;

CREATE TABLE IF NOT EXISTS users (
  user_id TEXT COLLATE "C" NOT NULL PRIMARY KEY
);

CREATE TABLE IF NOT EXISTS documents (
  kind TEXT COLLATE "C" NOT NULL,
  name TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL,
  json TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (kind, name)
);

CREATE INDEX IF NOT EXISTS documents_of_version ON documents (kind, version);

-- The last deletion of each document that was ever deleted: other servers must learn of it.
CREATE TABLE IF NOT EXISTS deleted (
  kind TEXT COLLATE "C" NOT NULL,
  name TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL,
  PRIMARY KEY (kind, name)
);

CREATE INDEX IF NOT EXISTS deleted_of_version ON deleted (kind, version);

-- items: a JSON array of ids.
CREATE TABLE IF NOT EXISTS impressions (
  recommendation TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  scenario TEXT COLLATE "C" NOT NULL,
  variant TEXT COLLATE "C" NOT NULL,
  user_id TEXT COLLATE "C",
  time BIGINT NOT NULL,
  items TEXT COLLATE "C" NOT NULL
);

CREATE INDEX IF NOT EXISTS impressions_of_scenario ON impressions (scenario, time);
