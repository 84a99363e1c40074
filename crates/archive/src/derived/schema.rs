//! The tables of facts, and the derived tables. `docs/archive-format.md` explains them.

use std::collections::BTreeMap;

use rusqlite::Connection;

use crate::{
    error::{Error, ErrorKind, Result},
    sql::Sql,
};

/// Marks the database as an archive of this program: `ZCAR`.
pub(crate) const APPLICATION_ID: i32 = 0x5a43_4152;
/// The format of the facts that this program writes, and the latest it reads.
pub(crate) const FORMAT: i32 = 2;
/// The version of the derived tables; `sync` and `rebuild` convert an earlier one.
pub(crate) const DERIVED: i32 = 4;

/// The tables of facts.
pub(crate) const FACTS: &str = "
CREATE TABLE ledger (
  no INTEGER PRIMARY KEY, body TEXT NOT NULL, hash BLOB NOT NULL,
  kind TEXT AS (body ->> '$.kind') VIRTUAL,
  unit INTEGER AS (body ->> '$.unit') VIRTUAL,
  run INTEGER AS (body ->> '$.run') VIRTUAL,
  session_id TEXT AS (body ->> '$.session_id') VIRTUAL
) STRICT;
CREATE INDEX ledger_by_unit ON ledger (unit) WHERE unit IS NOT NULL;
CREATE TABLE items (
  id INTEGER PRIMARY KEY, unit INTEGER NOT NULL, kind INTEGER NOT NULL, key BLOB NOT NULL,
  raw TEXT NOT NULL
) STRICT;
CREATE INDEX items_by_unit ON items (unit);
";

/// The derived tables.
pub(crate) const TABLES: &str = "
CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE state (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE proof (
  no INTEGER PRIMARY KEY, hash BLOB NOT NULL, sessions INTEGER NOT NULL, names BLOB NOT NULL,
  options TEXT NOT NULL, state TEXT NOT NULL, digest BLOB NOT NULL
) STRICT;
CREATE TABLE runs (
  id INTEGER PRIMARY KEY, started_at TEXT NOT NULL, server_date TEXT, ended_at TEXT,
  outcome TEXT, complete_from INTEGER, complete_through INTEGER, once INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE sessions (
  no INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, first_run INTEGER NOT NULL,
  listed_since INTEGER, absent_since INTEGER
) STRICT;
CREATE TABLE listing_columns (
  id INTEGER PRIMARY KEY, session INTEGER NOT NULL, name TEXT, type TEXT, last_message_at INTEGER
) STRICT;
CREATE INDEX listings_by_session ON listing_columns (session, id);
CREATE TABLE people (
  no INTEGER PRIMARY KEY, sender TEXT, sender_member_id TEXT, sender_name TEXT
) STRICT;
CREATE INDEX people_by_id ON people (sender_member_id, sender, sender_name);
CREATE INDEX people_by_sender ON people (sender);
CREATE TABLE participants (
  session INTEGER NOT NULL, person INTEGER NOT NULL, sent INTEGER NOT NULL DEFAULT 0,
  edited INTEGER NOT NULL DEFAULT 0, deleted INTEGER NOT NULL DEFAULT 0,
  external INTEGER NOT NULL DEFAULT 0, first_ms INTEGER, last_ms INTEGER,
  PRIMARY KEY (session, person)
) STRICT, WITHOUT ROWID;
CREATE INDEX participants_by_person ON participants (person);
CREATE TABLE message_columns (
  no INTEGER PRIMARY KEY, session INTEGER NOT NULL, message_id TEXT NOT NULL, thread TEXT,
  sent_ms INTEGER, person INTEGER, said INTEGER, sent_entry INTEGER, edited_entry INTEGER,
  deleted_entry INTEGER,
  edits INTEGER NOT NULL DEFAULT 0, versions INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX messages_by_id ON message_columns (message_id, session);
CREATE INDEX messages_by_time ON message_columns (session, sent_ms);
CREATE INDEX messages_by_thread ON message_columns (COALESCE(thread, lower(trim(message_id, '{}'))));
CREATE INDEX messages_by_person ON message_columns (person);
CREATE TABLE entry_columns (
  id INTEGER PRIMARY KEY, message INTEGER NOT NULL, session INTEGER NOT NULL,
  kind INTEGER NOT NULL, sent_ms INTEGER NOT NULL, timestamp INTEGER, action_timestamp INTEGER,
  person INTEGER NOT NULL, text TEXT, raw_sha256 BLOB NOT NULL, latest INTEGER NOT NULL,
  not_returned_run INTEGER
) STRICT;
CREATE INDEX entries_by_message ON entry_columns (message, kind, sent_ms, action_timestamp);
CREATE INDEX entries_by_time ON entry_columns (session, sent_ms, kind);
CREATE TABLE months (
  month TEXT PRIMARY KEY, sent INTEGER NOT NULL, edited INTEGER NOT NULL, deleted INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE version_columns (
  id INTEGER PRIMARY KEY, entry INTEGER NOT NULL, version INTEGER NOT NULL, class TEXT NOT NULL,
  action_timestamp INTEGER, person INTEGER NOT NULL, text TEXT, raw_sha256 BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX versions_by_entry ON version_columns (entry, version);
CREATE TABLE differences (
  entry INTEGER NOT NULL, run INTEGER NOT NULL, what TEXT NOT NULL, PRIMARY KEY (entry, run, what)
) STRICT, WITHOUT ROWID;
CREATE TABLE pending (
  session INTEGER NOT NULL, day TEXT NOT NULL, PRIMARY KEY (session, day)
) STRICT, WITHOUT ROWID;
CREATE TABLE attachments (
  id INTEGER PRIMARY KEY, entry INTEGER NOT NULL, place INTEGER NOT NULL,
  file_id TEXT, name TEXT, size INTEGER, state TEXT NOT NULL, sha256 BLOB, bytes INTEGER,
  class TEXT, failure TEXT, attempts INTEGER NOT NULL DEFAULT 0, last_run INTEGER,
  failed_days INTEGER NOT NULL DEFAULT 0, last_day TEXT, lost INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX attachments_by_entry ON attachments (entry);
CREATE INDEX attachments_by_file ON attachments (file_id) WHERE file_id IS NOT NULL;
CREATE INDEX attachments_by_state ON attachments (state, id);
CREATE TABLE unknown_fields (name TEXT PRIMARY KEY, first_run INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE VIRTUAL TABLE search USING fts5(
  text, content='', tokenize='trigram', detail=none, columnsize=0
);
INSERT INTO search (search, rank) VALUES ('hashsize', 4194304);
INSERT INTO search (search, rank) VALUES ('automerge', 16);
INSERT INTO search (search, rank) VALUES ('pgsz', 16000);
";

/// The views for other tools: facts and derived columns side by side.
pub(crate) const VIEWS: &str = "
CREATE VIEW entries AS
  SELECT c.id, c.session, c.message, c.kind, i.key, c.sent_ms, c.timestamp, c.action_timestamp,
    m.message_id, COALESCE(m.thread, lower(trim(m.message_id, '{}'))) AS thread,
    p.sender, p.sender_member_id, p.sender_name, c.text, c.raw_sha256, c.latest,
    c.not_returned_run, i.raw, i.unit
  FROM entry_columns c JOIN items i ON i.id = c.id JOIN message_columns m ON m.no = c.message
  JOIN people p ON p.no = c.person;
CREATE VIEW versions AS
  SELECT c.id, c.entry, c.version, c.class, c.action_timestamp,
    p.sender, p.sender_member_id, p.sender_name, c.text, c.raw_sha256, i.raw, i.unit
  FROM version_columns c JOIN items i ON i.id = c.id JOIN people p ON p.no = c.person;
CREATE VIEW listings AS
  SELECT c.*, i.raw, i.unit FROM listing_columns c JOIN items i ON i.id = c.id;
CREATE VIEW messages AS
  SELECT s.id AS session_id, m.message_id, m.sent_ms,
    COALESCE((SELECT v.text FROM version_columns v WHERE v.id = m.said),
      (SELECT e.text FROM entry_columns e WHERE e.id = m.said)) AS text,
    (SELECT COALESCE(v.text, e.text) FROM entry_columns e
      LEFT JOIN version_columns v ON v.id = e.latest WHERE e.id = m.sent_entry) AS sent_text,
    p.sender, p.sender_member_id, p.sender_name,
    COALESCE(m.thread, lower(trim(m.message_id, '{}'))) AS thread, m.edits, m.versions,
    m.deleted_entry IS NOT NULL AS deleted,
    (SELECT e.action_timestamp FROM entry_columns e WHERE e.id = m.deleted_entry) AS deleted_ms,
    (SELECT e.not_returned_run FROM entry_columns e WHERE e.id = m.sent_entry) AS not_returned_run,
    m.sent_entry AS entry, m.no
  FROM message_columns m JOIN sessions s ON s.no = m.session JOIN people p ON p.no = m.person;
";

/// The derived tables that are compared row by row, and the columns that order their rows.
pub(crate) const COMPARED: [(&str, &str); 16] = [
    ("settings", "name"),
    ("state", "name"),
    ("proof", "no"),
    ("runs", "id"),
    ("sessions", "no"),
    ("listing_columns", "id"),
    ("people", "no"),
    ("participants", "session, person"),
    ("message_columns", "no"),
    ("entry_columns", "id"),
    ("months", "month"),
    ("version_columns", "id"),
    ("differences", "entry, run, what"),
    ("pending", "session, day"),
    ("attachments", "id"),
    ("unknown_fields", "name"),
];

/// Makes all tables and views of a new archive.
pub(crate) fn create(db: &Connection) -> Result<()> {
    db.execute_batch(FACTS)?;
    db.execute_batch(TABLES)?;
    db.execute_batch(VIEWS)?;
    note_version(db)?;
    db.pragma_update(None, "application_id", APPLICATION_ID)?;
    db.pragma_update(None, "user_version", FORMAT)?;
    Ok(())
}

/// Notes the version of the rules by which the tables are derived.
pub(crate) fn note_version(db: &Connection) -> Result<()> {
    super::set_state(db, "derived", &DERIVED.to_string())
}

/// Refuses a database with a table, view, index or trigger that this program does not make: it could
/// change what other commands read.
pub(crate) fn check(db: &Connection) -> Result<()> {
    let pattern = Connection::open_in_memory()?;
    create(&pattern)?;
    let expected = objects(&pattern)?;
    let found = objects(db)?;
    let odd = expected
        .iter()
        .find(|(name, sql)| found.get(*name) != Some(*sql))
        .or_else(|| found.iter().find(|(name, _)| !expected.contains_key(*name)));
    match odd {
        None => Ok(()),
        Some(((kind, name), _)) => {
            let name: String = name.chars().filter(|c| !c.is_control()).take(100).collect();
            let text = format!("the {kind} {name} of archive.db is not what this program makes");
            Err(Error::new(ErrorKind::Damaged, text).hint_text(
                "run `rebuild`: it makes every table again from what Zoom sent and the ledger",
            ))
        }
    }
}

type Objects = BTreeMap<(String, String), Option<String>>;

/// Everything that the schema names, with its text. Tables of the index for search depend on SQLite's
/// version, so only their names count.
fn objects(db: &Connection) -> Result<Objects> {
    let sql = "SELECT type, name, sql FROM sqlite_schema";
    db.all(sql, [], |row| {
        let (kind, name): (String, String) = (row.get(0)?, row.get(1)?);
        let sql: Option<String> = row.get(2)?;
        let sql = sql.filter(|_| kind != "table" || !name.starts_with("search_"));
        Ok(((kind, name), sql))
    })
}
