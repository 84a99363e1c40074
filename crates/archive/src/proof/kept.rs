//! What the ledger proved when the last run ended, kept beside it: whoever asks reads what came since, not the
//! whole past.
//!
//! It follows from the ledger as every other table does. One that cannot be used costs time and nothing else.

use rusqlite::{Connection, OptionalExtension, params};
use zoom_chat_reports::{Axis, Options};

use super::state::{State, on};
use crate::{
    ArchiveSettings,
    archive::json,
    error::Result,
    facts::{self, digest::Hash},
};

/// Keeps what the ledger proves up to its last row, in the place of what was kept before.
pub(crate) fn keep(db: &Connection, state: &State, settings: &ArchiveSettings) -> Result<()> {
    let (no, hash) = facts::head(db)?;
    put(db, no, &hash, state, &question(settings))
}

/// Keeps what a run would have kept: what the ledger proved when the last run ended, by the settings of then.
pub(crate) fn keep_anew(db: &Connection) -> Result<()> {
    let last = |sql: &str, up_to: i64| {
        let mut select = db.prepare(sql)?;
        let row = select.query_row([up_to], |row| Ok((row.get(0)?, row.get(1)?)));
        row.optional()
    };
    let ended: Option<(i64, String)> = last(
        "SELECT no, kind FROM ledger WHERE kind = 'ended' AND no <= ?1 ORDER BY no DESC LIMIT 1",
        i64::MAX,
    )?;
    let Some((ended, _)) = ended else {
        return Ok(());
    };
    let settings: Option<(i64, String)> = last(
        "SELECT no, body -> '$.settings' FROM ledger
         WHERE kind IN ('settings', 'migrated') AND no <= ?1 ORDER BY no DESC LIMIT 1",
        ended,
    )?;
    let settings = settings.and_then(|(_, json)| serde_json::from_str(&json).ok());
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

/// What is kept for a question, and up to which row.
pub(super) fn read(db: &Connection, options: &Options) -> Result<Option<(i64, State)>> {
    let kept: Option<(i64, Hash, String)> = db
        .prepare_cached("SELECT no, hash, state FROM proof WHERE options = ?1")?
        .query_row([json(options)], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .optional()?;
    let Some((no, hash, state)) = kept else {
        return Ok(None);
    };
    if facts::hash_of(db, no)? != Some(hash) {
        return Ok(None);
    }
    Ok(serde_json::from_str(&state).ok().map(|state| (no, state)))
}

fn question(settings: &ArchiveSettings) -> Options {
    on(&settings.options, Axis::Sent)
}

fn put(db: &Connection, no: i64, hash: &Hash, state: &State, options: &Options) -> Result<()> {
    db.execute("DELETE FROM proof", [])?;
    db.execute(
        "INSERT INTO proof (no, hash, options, state) VALUES (?1, ?2, ?3, ?4)",
        params![no, hash, json(options), json(state)],
    )?;
    Ok(())
}

/// A map whose keys are no strings, as a list of pairs.
pub(super) mod pairs {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(in crate::proof) fn serialize<K: Serialize, V: Serialize, S: Serializer>(
        map: &BTreeMap<K, V>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        to.collect_seq(map)
    }

    pub(in crate::proof) fn deserialize<'de, K, V, D>(from: D) -> Result<BTreeMap<K, V>, D::Error>
    where
        K: Deserialize<'de> + Ord,
        V: Deserialize<'de>,
        D: Deserializer<'de>,
    {
        Ok(Vec::<(K, V)>::deserialize(from)?.into_iter().collect())
    }
}
