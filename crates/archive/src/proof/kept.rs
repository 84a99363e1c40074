//! The state that the ledger proved when the last run ended, kept in a table. So a query reads only the rows since
//! then, not the whole ledger.
//!
//! The table follows from the ledger, as every derived table. If it cannot be used, the ledger is read from its first row.

use rusqlite::{Connection, params};
use sha2::{Digest, Sha256};
use zoom_chat_reports::{Axis, Options};

use super::{days::on_axis, state::State};
use crate::{
    error::{Error, ErrorKind, Result},
    facts::{
        self,
        digest::{Hash, sha256},
    },
    model::ArchiveSettings,
    sql::{Sql, bytes},
    text::json,
};

/// Keeps what the ledger proves up to its last row; replaces what was kept before.
pub(crate) fn keep(db: &Connection, state: &State, settings: &ArchiveSettings) -> Result<()> {
    let (no, hash) = facts::head(db)?;
    put(db, no, &hash, state, &question(settings))
}

/// Keeps what a run would keep: what the ledger proved when the last run ended, by the settings at that time.
pub(crate) fn keep_replayed(db: &Connection) -> Result<()> {
    let sql = "SELECT no FROM ledger WHERE kind = 'ended' ORDER BY no DESC LIMIT 1";
    let Some(ended) = db.first(sql, [], |row| row.get(0))? else {
        return Ok(());
    };
    let sql = "SELECT body -> '$.settings' FROM ledger
         WHERE kind IN ('settings', 'migrated') AND no <= ?1 ORDER BY no DESC LIMIT 1";
    let settings: Option<String> = db.first(sql, [ended], |row| row.get(0))?;
    let settings = settings.and_then(|json| serde_json::from_str(&json).ok());
    let Some(settings) = settings else {
        return Ok(());
    };
    let (mut state, question) = (State::default(), question(&settings));
    facts::each_after(db, 0, |no, row| match no <= ended {
        true => state.apply(db, &row, &question),
        false => Ok(()),
    })?;
    let hash = facts::hash_of(db, ended)?.unwrap_or_default();
    put(db, ended, &hash, &state, &question)
}

impl State {
    /// The state of the ledger; only what answers these options counts as proven.
    pub(crate) fn read(db: &Connection, options: &Options) -> Result<Self> {
        let (no, mut this) = read(db, options)?.unwrap_or_default();
        facts::each_after(db, no, |_, row| this.apply(db, &row, options))?;
        this.look_up(db)?;
        Ok(this)
    }
}

/// The state that is kept for these options, and its last row; none if it cannot be used.
///
/// # Errors
/// [`ErrorKind::Damaged`] if the sessions have other numbers than they had then: the ledger names them by their
/// numbers.
fn read(db: &Connection, options: &Options) -> Result<Option<(i64, State)>> {
    let sql = "SELECT no, hash, sessions, names, options, state, digest FROM proof";
    let kept = db.first(sql, [], |row| {
        let digest: Hash = row.get(6)?;
        let kept = Kept {
            no: row.get(0)?,
            hash: row.get(1)?,
            sessions: row.get(2)?,
            names: row.get(3)?,
            options: row.get(4)?,
            state: row.get(5)?,
        };
        Ok((kept, digest))
    })?;
    let Some((kept, digest)) = kept else {
        return Ok(None);
    };
    if kept.digest() != digest || facts::hash_of(db, kept.no)? != Some(kept.hash) {
        return Ok(None);
    }
    if names(db, kept.sessions)? != kept.names {
        let text = "the sessions in archive.db have other numbers than before";
        return Err(Error::new(ErrorKind::Damaged, text)
            .hint_text("run `rebuild`; `verify` shows what else is wrong"));
    }
    if kept.options != json(options) {
        return Ok(None);
    }
    Ok(serde_json::from_str(&kept.state)
        .ok()
        .map(|state| (kept.no, state)))
}

/// The row of the table.
struct Kept {
    /// The row of the ledger up to which it counts, and that row's hash.
    no: i64,
    hash: Hash,
    /// The number of sessions at that time, and the digest of their numbers and ids.
    sessions: i64,
    names: Hash,
    options: String,
    state: String,
}

impl Kept {
    /// The digest of the whole row: a row that another program changed is not used.
    fn digest(&self) -> Hash {
        let mut digest = Sha256::new();
        digest.update(format!("{} {} ", self.no, self.sessions));
        digest.update(self.hash);
        digest.update(self.names);
        digest.update(sha256(self.options.as_bytes()));
        digest.update(sha256(self.state.as_bytes()));
        digest.finalize().into()
    }
}

/// The digest of the numbers and ids of the first sessions.
fn names(db: &Connection, sessions: i64) -> Result<Hash> {
    let mut digest = Sha256::new();
    let sql = "SELECT no, id FROM sessions ORDER BY no LIMIT ?1";
    db.each(sql, [sessions], |row| {
        let no: i64 = row.get(0)?;
        digest.update(format!("{no} "));
        digest.update(bytes(row, 1)?);
        digest.update("\n");
        Ok(())
    })?;
    Ok(digest.finalize().into())
}

fn question(settings: &ArchiveSettings) -> Options {
    on_axis(&settings.options, Axis::Sent)
}

fn put(db: &Connection, no: i64, hash: &Hash, state: &State, options: &Options) -> Result<()> {
    let sql =
        "SELECT count(*) FROM sessions WHERE first_run <= (SELECT run FROM ledger WHERE no = ?1)";
    let sessions = db.one(sql, [no], |row| row.get(0))?;
    let kept = Kept {
        no,
        hash: *hash,
        sessions,
        names: names(db, sessions)?,
        options: json(options),
        state: json(state),
    };
    let digest = kept.digest();
    db.execute("DELETE FROM proof", [])?;
    db.execute(
        "INSERT INTO proof (no, hash, sessions, names, options, state, digest)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            no,
            kept.hash,
            sessions,
            kept.names,
            kept.options,
            kept.state,
            digest
        ],
    )?;
    Ok(())
}
