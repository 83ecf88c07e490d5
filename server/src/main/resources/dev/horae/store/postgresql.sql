-- What a shop must not lose, in PostgreSQL.

CREATE TABLE state (
  name TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  value BIGINT NOT NULL
);

-- schema: the version of this file. events, users: how many there are. documents: how often one changed.
INSERT INTO state VALUES ('schema', 1), ('events', 0), ('users', 0), ('documents', 0);

CREATE TABLE events (
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

CREATE INDEX events_of_user ON events (user_id, time, sequence);

CREATE INDEX events_of_recommendation ON events (recommendation) WHERE recommendation IS NOT NULL;

CREATE TABLE users (
  user_id TEXT COLLATE "C" NOT NULL PRIMARY KEY
);

CREATE TABLE documents (
  kind TEXT COLLATE "C" NOT NULL,
  name TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL,
  json TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (kind, name)
);

-- items: a JSON array of ids.
CREATE TABLE impressions (
  recommendation TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  scenario TEXT COLLATE "C" NOT NULL,
  variant TEXT COLLATE "C" NOT NULL,
  user_id TEXT COLLATE "C",
  time BIGINT NOT NULL,
  items TEXT COLLATE "C" NOT NULL
);

CREATE INDEX impressions_of_scenario ON impressions (scenario, time);
