CREATE TABLE IF NOT EXISTS team (
  name TEXT PRIMARY KEY,   -- schema_version, cleanform_version, salt
  value TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS batches (
  id INTEGER PRIMARY KEY,
  started TEXT NOT NULL,             -- UTC, ISO 8601
  ended TEXT,                        -- NULL: interrupted, or still at work
  cleanform_version TEXT NOT NULL,
  folder TEXT NOT NULL,              -- stands for the folder of clips; says nothing of its path
  clips_found INTEGER NOT NULL DEFAULT 0,
  clips_done INTEGER NOT NULL DEFAULT 0,     -- analyzed in this batch
  copies INTEGER NOT NULL DEFAULT 0,         -- files with the same content as another
  ignored TEXT NOT NULL DEFAULT '{}'         -- JSON: kind of file -> how many
);
CREATE TABLE IF NOT EXISTS sources (
  folder TEXT NOT NULL,
  file TEXT NOT NULL,                -- path below the folder, with /
  size_bytes INTEGER NOT NULL,
  modified_ns INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  PRIMARY KEY (folder, file)
);
CREATE TABLE IF NOT EXISTS clips (
  id INTEGER PRIMARY KEY,
  sha256 TEXT NOT NULL UNIQUE,       -- of the content; "unread ..." where it could not be read
  folder TEXT NOT NULL,
  file TEXT NOT NULL,                -- path below the folder, with /
  athlete TEXT,                      -- NULL: not known
  date TEXT,                         -- YYYY-MM-DD
  date_source TEXT,                  -- labels (name or roster) or clip (the camera's clock)
  load_kg REAL,
  status TEXT NOT NULL,              -- judged, refused or failed
  reason TEXT NOT NULL,              -- why it was refused or failed
  result TEXT,                       -- folder of the result below the team's, with /
  thumbnail TEXT,                    -- picture below the team's folder, with /
  duration_s REAL,
  view TEXT,                         -- side, front, ...
  notes TEXT NOT NULL DEFAULT '[]',  -- JSON: what was assumed, what is weak
  job_key TEXT NOT NULL,             -- digest of content, options and version
  options TEXT NOT NULL,             -- JSON: what was asked
  cleanform_version TEXT NOT NULL,   -- that looked at the pixels
  finished TEXT NOT NULL,            -- UTC, ISO 8601
  seconds REAL,
  peak_mb REAL,
  page_stale INTEGER NOT NULL DEFAULT 0      -- 1: judged again, its page not drawn again yet
);
CREATE TABLE IF NOT EXISTS lifts (
  id INTEGER PRIMARY KEY,
  clip INTEGER NOT NULL REFERENCES clips (id) ON DELETE CASCADE,
  number INTEGER NOT NULL,           -- of the lift in its clip, from 1
  kind TEXT NOT NULL,
  complete INTEGER NOT NULL,         -- 1: lift-off, extension, catch and standing are all seen
  verdict TEXT NOT NULL,             -- the worst of its findings
  start_s REAL,                      -- lift-off, in the clip
  UNIQUE (clip, number)
);
CREATE TABLE IF NOT EXISTS metrics (
  lift INTEGER NOT NULL REFERENCES lifts (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  value REAL,
  unit TEXT NOT NULL,
  sigma REAL,                        -- one standard deviation
  PRIMARY KEY (lift, name)
);
CREATE TABLE IF NOT EXISTS findings (
  lift INTEGER NOT NULL REFERENCES lifts (id) ON DELETE CASCADE,
  place INTEGER NOT NULL,            -- in the lift's list, worst first, from 0
  rule TEXT NOT NULL,
  title TEXT NOT NULL,
  verdict TEXT NOT NULL,             -- ok, watch, fault or cannot tell
  value REAL,
  unit TEXT NOT NULL,
  sigma REAL,
  limit_text TEXT NOT NULL,
  time_s REAL,
  part TEXT NOT NULL,
  outcome TEXT NOT NULL,
  reason TEXT NOT NULL,
  cue TEXT NOT NULL,
  PRIMARY KEY (lift, place)
);
CREATE TABLE IF NOT EXISTS set_findings (
  clip INTEGER NOT NULL REFERENCES clips (id) ON DELETE CASCADE,
  place INTEGER NOT NULL,            -- in the clip's list of what is said of its sets, from 0
  rule TEXT NOT NULL,                -- this and all below as in findings
  title TEXT NOT NULL,
  verdict TEXT NOT NULL,
  value REAL,
  unit TEXT NOT NULL,
  sigma REAL,
  limit_text TEXT NOT NULL,
  time_s REAL,
  part TEXT NOT NULL,
  outcome TEXT NOT NULL,
  reason TEXT NOT NULL,
  cue TEXT NOT NULL,
  PRIMARY KEY (clip, place)
);
CREATE INDEX IF NOT EXISTS lifts_of_clip ON lifts (clip);
