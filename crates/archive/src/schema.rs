//! The tables. `docs/archive-format.md` explains them.

/// Marks the database as an archive of this program: `ZCAR`.
pub(crate) const APPLICATION_ID: i32 = 0x5a43_4152;
/// The format this program writes and the latest it reads.
pub(crate) const FORMAT: i32 = 1;

/// Makes all tables of a new archive.
pub(crate) const TABLES: &str = "
CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE state (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE runs (
  id INTEGER PRIMARY KEY, started_at TEXT NOT NULL, server_date TEXT, ended_at TEXT,
  outcome TEXT, complete_from INTEGER, complete_through INTEGER, head TEXT, report TEXT
) STRICT;
CREATE TABLE sessions (
  no INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, first_run INTEGER NOT NULL,
  last_listed_run INTEGER, required_from INTEGER
) STRICT;
CREATE TABLE units (id INTEGER PRIMARY KEY, run INTEGER NOT NULL, kind TEXT NOT NULL) STRICT;
CREATE TABLE claims (unit INTEGER NOT NULL, part TEXT NOT NULL, row INTEGER NOT NULL,
  PRIMARY KEY (unit, part, row)) STRICT, WITHOUT ROWID;
CREATE TABLE ledger (
  no INTEGER PRIMARY KEY, body TEXT NOT NULL, hash BLOB NOT NULL,
  kind TEXT AS (body ->> '$.kind') VIRTUAL,
  unit INTEGER AS (body ->> '$.unit') VIRTUAL,
  run INTEGER AS (body ->> '$.run') VIRTUAL,
  session_id TEXT AS (body ->> '$.session_id') VIRTUAL
) STRICT;
CREATE TABLE listings (
  id INTEGER PRIMARY KEY, session INTEGER NOT NULL REFERENCES sessions (no),
  raw TEXT NOT NULL, raw_sha256 BLOB NOT NULL, unit INTEGER NOT NULL,
  name TEXT, type TEXT, last_message_at INTEGER
) STRICT;
CREATE INDEX listings_by_session ON listings (session, id);
CREATE INDEX listings_by_unit ON listings (unit);
CREATE TABLE entries (
  id INTEGER PRIMARY KEY, session INTEGER NOT NULL REFERENCES sessions (no),
  kind INTEGER NOT NULL, key BLOB NOT NULL, sent_ms INTEGER NOT NULL,
  timestamp INTEGER, action_timestamp INTEGER, message_id TEXT, thread TEXT,
  sender TEXT, sender_member_id TEXT, sender_name TEXT, text TEXT,
  raw TEXT NOT NULL, raw_sha256 BLOB NOT NULL, unit INTEGER NOT NULL,
  last_seen_run INTEGER NOT NULL, not_returned_run INTEGER
) STRICT;
CREATE UNIQUE INDEX entries_by_place ON entries (session, sent_ms, kind, key);
CREATE INDEX entries_by_unit ON entries (unit);
CREATE TABLE versions (
  id INTEGER PRIMARY KEY, entry INTEGER NOT NULL REFERENCES entries (id), class TEXT NOT NULL,
  action_timestamp INTEGER, sender TEXT, sender_member_id TEXT, sender_name TEXT, text TEXT,
  raw TEXT NOT NULL, raw_sha256 BLOB NOT NULL, unit INTEGER NOT NULL
) STRICT;
CREATE INDEX versions_by_entry ON versions (entry, id);
CREATE INDEX versions_by_unit ON versions (unit);
CREATE TABLE pending (
  session INTEGER NOT NULL, day TEXT NOT NULL, unit INTEGER NOT NULL,
  PRIMARY KEY (session, day)
) STRICT, WITHOUT ROWID;
CREATE TABLE attachments (
  id INTEGER PRIMARY KEY, entry INTEGER NOT NULL REFERENCES entries (id), place INTEGER NOT NULL,
  file_id TEXT, name TEXT, size INTEGER,
  state TEXT NOT NULL, sha256 BLOB, bytes INTEGER, reason TEXT, attempts INTEGER NOT NULL DEFAULT 0,
  last_run INTEGER, failure INTEGER, unit INTEGER
) STRICT;
CREATE INDEX attachments_by_entry ON attachments (entry);
CREATE INDEX attachments_by_file ON attachments (file_id) WHERE file_id IS NOT NULL;
CREATE INDEX attachments_by_state ON attachments (state, id);
CREATE INDEX attachments_by_unit ON attachments (unit) WHERE unit IS NOT NULL;
CREATE TABLE failures (
  id INTEGER PRIMARY KEY, run INTEGER NOT NULL, session_id TEXT, from_date TEXT NOT NULL,
  to_date TEXT NOT NULL, axis TEXT NOT NULL, class TEXT NOT NULL, text TEXT NOT NULL, hint TEXT,
  status INTEGER, zoom_code INTEGER, tracking_id TEXT, attempts INTEGER NOT NULL
) STRICT;
CREATE INDEX failures_by_session ON failures (session_id, run);
CREATE TABLE gaps (
  id INTEGER PRIMARY KEY, session_id TEXT, axis TEXT NOT NULL, attachment INTEGER,
  start_ms INTEGER NOT NULL,
  end_ms INTEGER NOT NULL, class TEXT NOT NULL, first_run INTEGER NOT NULL,
  last_run INTEGER NOT NULL, failure INTEGER, state TEXT NOT NULL,
  reason TEXT, operator TEXT, accepted_at TEXT
) STRICT;
CREATE INDEX gaps_by_state ON gaps (state);
CREATE TABLE unknown_fields (name TEXT PRIMARY KEY, first_run INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE VIRTUAL TABLE search USING fts5(
  text, content='', tokenize='trigram', detail=none, columnsize=0
);
INSERT INTO search (search, rank) VALUES ('hashsize', 4194304);
INSERT INTO search (search, rank) VALUES ('automerge', 16);
INSERT INTO search (search, rank) VALUES ('pgsz', 16000);
CREATE VIEW visible_entries AS
  SELECT * FROM entries WHERE unit NOT IN (SELECT id FROM units);
CREATE VIEW visible_versions AS
  SELECT * FROM versions WHERE unit NOT IN (SELECT id FROM units);
CREATE VIEW messages AS
WITH latest AS (
  SELECT e.*, COALESCE((SELECT v.text FROM visible_versions v WHERE v.entry = e.id
      ORDER BY v.id DESC LIMIT 1), e.text) AS last_text,
    (SELECT count(*) FROM visible_versions v WHERE v.entry = e.id) AS changes,
    EXISTS (SELECT 1 FROM visible_versions v WHERE v.entry = e.id AND v.class = 'content')
      AS text_changed
  FROM visible_entries e),
places AS (
  SELECT session, COALESCE(message_id, hex(key)) AS message, NULLIF(max(sent_ms), -1) AS sent_ms,
    max(CASE WHEN kind = 0 THEN id END) AS sent_entry,
    max(CASE WHEN kind = 2 THEN id END) AS deleted_entry,
    max(id) AS any_entry,
    sum(kind = 1) AS edits, sum(changes) + sum(kind = 1) AS versions
  FROM latest GROUP BY session, COALESCE(message_id, hex(key)))
SELECT s.id AS session_id, p.message AS message_id, p.sent_ms,
  CASE WHEN sent.text_changed OR p.edits = 0 AND sent.id IS NOT NULL THEN sent.last_text
    ELSE COALESCE((SELECT x.last_text FROM latest x WHERE x.session = p.session
        AND x.message_id = p.message AND x.kind = 1
        ORDER BY COALESCE(x.action_timestamp, -1) DESC, x.id DESC LIMIT 1),
      sent.last_text, gone.last_text) END AS text,
  sent.last_text AS sent_text,
  COALESCE(sent.sender, gone.sender, any_.sender) AS sender,
  COALESCE(sent.sender_member_id, gone.sender_member_id, any_.sender_member_id) AS sender_member_id,
  COALESCE(sent.sender_name, gone.sender_name, any_.sender_name) AS sender_name,
  COALESCE(sent.thread, gone.thread, any_.thread) AS thread,
  p.edits, p.versions, gone.id IS NOT NULL AS deleted, gone.action_timestamp AS deleted_ms,
  sent.not_returned_run, p.sent_entry AS entry
FROM places p JOIN sessions s ON s.no = p.session
LEFT JOIN latest sent ON sent.id = p.sent_entry
LEFT JOIN latest gone ON gone.id = p.deleted_entry
LEFT JOIN latest any_ ON any_.id = p.any_entry;
";
