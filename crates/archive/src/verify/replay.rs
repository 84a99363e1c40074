//! Replaying the ledger from its first row to its last: its chain, each unit's digest, and the derived tables.

use std::collections::HashSet;

use rusqlite::Connection;
use zoom_chat_reports::{EntryKind, types::MessageKeys};

use super::{
    Findings,
    report::{FindingKind, VerifyStep},
};
use crate::{
    derived::{self, Counts},
    error::Result,
    facts::{
        FileFact, FileOutcome, LedgerRow,
        digest::{self, GENESIS, Hash, Lines, from_hex, hex, kind_of, sha256},
        items::{FILE, Item, LISTING},
    },
    proof,
    sql::Sql,
};

/// Counts of a replay.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Replayed {
    pub(crate) rows: u64,
    pub(crate) windows: u64,
    /// Items that were taken over from an earlier format.
    pub(crate) taken_over: u64,
    /// Items of a run that was killed or is under way.
    pub(crate) unfinished: u64,
    /// The row whose hash is the head that was looked for.
    pub(crate) expected_at: Option<u64>,
}

/// Checks all facts of the database, and derives all other tables from them. These must be empty.
pub(crate) fn replay(
    db: &Connection,
    expect_head: Option<&str>,
    findings: &mut Findings,
    progress: &mut dyn FnMut(VerifyStep),
) -> Result<Replayed> {
    let mut expected = expect_head.map(|head| head.trim().to_ascii_lowercase());
    let total: u64 = db.one("SELECT count(*) FROM ledger", [], |row| row.get(0))?;
    let mut replay = Replay {
        format: 1,
        old: Lines::default(),
        units: HashSet::new(),
        replayed: Replayed::default(),
    };
    let mut select = db.prepare("SELECT no, body, hash FROM ledger ORDER BY no")?;
    let mut rows = select.query([])?;
    let mut previous: Hash = GENESIS;
    while let Some(row) = rows.next()? {
        replay.replayed.rows += 1;
        let number = replay.replayed.rows;
        progress(VerifyStep::Ledger {
            done: number,
            of: total,
        });
        let no: u64 = row.get(0)?;
        let body = row.get_ref(1)?.as_bytes().unwrap_or_default();
        let stored: Option<Hash> = row.get(2).ok();
        if no != number {
            findings.row(no, "rows before it are missing");
            replay.replayed.rows = no;
        }
        let hash = digest::link(&previous, body);
        if stored != Some(hash) {
            findings.row(
                no,
                "it is not what was written: its hash does not fit it and the row before",
            );
        }
        // Continues from the stored hash, so that one changed row is one finding.
        previous = stored.unwrap_or(hash);
        if expected.as_deref() == Some(hex(&previous).as_str()) {
            expected = None;
            replay.replayed.expected_at = Some(number);
        }
        match serde_json::from_slice::<LedgerRow>(body) {
            Ok(row) => replay.row(db, no, &row, findings)?,
            Err(_) => {
                findings.row(no, "it cannot be read");
            }
        }
    }
    if replay.replayed.rows == 0 {
        findings.row(1, "the ledger is empty");
    }
    if let Some(head) = &expected {
        no_head(head, findings);
    }
    replay.unnamed_items(db, findings)?;
    match proof::keep_replayed(db) {
        // A row that cannot be read is a finding already.
        Err(_) if findings.first().is_some() => {}
        kept => kept?,
    }
    Ok(replay.replayed)
}

fn no_head(head: &str, findings: &mut Findings) {
    let short: String = head
        .chars()
        .take(64)
        .filter(char::is_ascii_hexdigit)
        .collect();
    let text = "no row of the ledger has this hash: rows were removed or replaced since";
    findings.add(FindingKind::Head, short, text);
}

struct Replay {
    format: i32,
    /// The digest of all items that were taken over from an earlier format.
    old: Lines,
    units: HashSet<i64>,
    replayed: Replayed,
}

impl Replay {
    fn row(
        &mut self,
        db: &Connection,
        no: u64,
        row: &LedgerRow,
        findings: &mut Findings,
    ) -> Result<()> {
        if matches!(row, LedgerRow::Created(_)) != (no == 1) {
            findings.row(
                no,
                "the first row, and no other, tells for whom the archive was made",
            );
            return Ok(());
        }
        match row {
            LedgerRow::Created(row) => self.format = row.format,
            LedgerRow::Window(_) => self.replayed.windows += 1,
            LedgerRow::Quiet(row) => {
                self.replayed.windows += row.windows;
                if row.named(db, |_| {})? != (row.windows, row.digest.clone()) {
                    findings.row(
                        no,
                        "the sessions that it means by number are not those that were asked",
                    );
                }
            }
            LedgerRow::Migrated(row) => {
                let digest = std::mem::take(&mut self.old).finish();
                let is_first = self.format < derived::schema::FORMAT;
                if !is_first || row.digest != digest || row.items != self.replayed.taken_over {
                    findings.row(
                        no,
                        "what was taken over from an earlier format is not what was there",
                    );
                }
                self.format = derived::schema::FORMAT;
            }
            _ => {}
        }
        self.unit(db, no, row, findings)
    }

    /// Checks the items of a row's unit, and derives what follows from the row.
    fn unit(
        &mut self,
        db: &Connection,
        no: u64,
        row: &LedgerRow,
        findings: &mut Findings,
    ) -> Result<()> {
        let Some(unit) = row.unit() else {
            return derived::apply(db, row, &mut Counts::default(), |_| Ok(()));
        };
        if !self.units.insert(unit.id) {
            let text = "two rows of the ledger tell of it";
            findings.add(FindingKind::Unit, unit.id.to_string(), text);
            return Ok(());
        }
        let mut lines = UnitLines::new(self.format);
        let mut old = (self.format < derived::schema::FORMAT).then_some(&mut self.old);
        let taken_over = &mut self.replayed.taken_over;
        derived::apply(db, row, &mut Counts::default(), |item| {
            if let Some(old) = &mut old {
                old.item(item.id, item.kind, item.key, item.raw);
                *taken_over += 1;
            }
            lines.add(item);
            if let Err(text) = check(row, item, self.format) {
                findings.add(FindingKind::Entry, format!("item {}", item.id), text);
            }
            Ok(())
        })?;
        let (found, digest) = lines.finish();
        if found != unit.rows || digest != unit.digest {
            let whose = match row {
                LedgerRow::Window(row) => format!(
                    ", session {}, {} to {}",
                    row.session_id, row.asked.from, row.asked.to
                ),
                LedgerRow::Listing(_) => ", the list of sessions".to_owned(),
                _ => ", attachments".to_owned(),
            };
            let text = format!(
                "its rows are not those of ledger row {no}: {} were written, {found} are there{whose}",
                unit.rows
            );
            findings.add(FindingKind::Unit, unit.id.to_string(), text);
        }
        Ok(())
    }

    /// Finds items that no ledger row names. Those of the last run are what it did not finish.
    fn unnamed_items(&mut self, db: &Connection, findings: &mut Findings) -> Result<()> {
        let sql = "SELECT body ->> '$.first_unit', run FROM ledger
             WHERE kind = 'run' AND json_valid(body) ORDER BY no DESC LIMIT 1";
        let last_run: Option<(i64, i64)> = db.first(sql, [], |row| row.try_into())?;
        let sql = "SELECT EXISTS (SELECT 1 FROM ledger WHERE kind = 'ended' AND run IS ?1)";
        let ended: bool = db.one(sql, [last_run.map(|(_, run)| run)], |row| row.get(0))?;
        let sql = "SELECT unit, count(*) FROM items
             WHERE unit NOT IN (SELECT unit FROM ledger WHERE unit IS NOT NULL) GROUP BY unit";
        db.each(sql, [], |row| {
            let (unit, count): (i64, u64) = row.try_into()?;
            if !ended && last_run.is_some_and(|(first, _)| unit >= first) {
                self.replayed.unfinished += count;
            } else {
                let text = format!("no ledger row tells of its {count} items");
                findings.add(FindingKind::Unit, unit.to_string(), text);
            }
            Ok(())
        })
    }
}

/// The lines of a unit's digest: in the order in which the items came; in format 1, sorted.
struct UnitLines {
    format: i32,
    lines: Lines,
    sorted: Vec<(String, Hash)>,
}

impl UnitLines {
    fn new(format: i32) -> Self {
        Self {
            format,
            lines: Lines::default(),
            sorted: Vec::new(),
        }
    }

    fn add(&mut self, item: &Item<'_>) {
        if self.format > 1 {
            return self.lines.item(item.id, item.kind, item.key, item.raw);
        }
        let hash = sha256(item.raw);
        // For a file, format 1 digested its place and its own hash.
        let file = (item.kind == FILE).then(|| old_file(item)).flatten();
        let (name, hash) = file.unwrap_or_else(|| (hex(item.key), hash));
        self.sorted.push((name, hash));
    }

    fn finish(mut self) -> (u64, String) {
        self.sorted.sort_unstable();
        for (name, hash) in &self.sorted {
            self.lines.add(name, hash);
        }
        (self.lines.rows, self.lines.finish())
    }
}

fn old_file(item: &Item<'_>) -> Option<(String, Hash)> {
    let fact: FileFact = serde_json::from_slice(item.raw).ok()?;
    let FileOutcome::Stored { sha256, .. } = &fact.outcome else {
        return None;
    };
    let name = format!("{}:{}", hex(item.key), fact.place?);
    Some((name, from_hex(sha256)?))
}

/// Whether an item is of the kind that the row's unit holds, and has the key that follows from it.
fn check(row: &LedgerRow, item: &Item<'_>, format: i32) -> Result<(), &'static str> {
    let Some(raw) = item.text() else {
        return Err("it is no text");
    };
    let is_due = match row {
        LedgerRow::Window(_) => (0..LISTING).contains(&item.kind),
        LedgerRow::Listing(_) => item.kind == LISTING,
        _ => item.kind == FILE,
    };
    if !is_due {
        return Err("it is of another kind than its unit");
    }
    let LedgerRow::Window(row) = row else {
        return Ok(());
    };
    let keys = MessageKeys::read(raw);
    let kind: EntryKind = kind_of(item.kind);
    let content = digest::content(raw, &sha256(item.raw));
    let is_key =
        |keys: &MessageKeys| item.key == digest::key(kind, &row.session_id, keys, &content);
    // The first programs of format 1 took an empty id for an id.
    if is_key(&keys) || format == 1 && is_key(&with_empty_id(&keys)) {
        return Ok(());
    }
    Err("its key, kind or session is not that of its raw JSON")
}

fn with_empty_id(keys: &MessageKeys) -> MessageKeys {
    let mut keys = keys.clone();
    keys.id.get_or_insert_default();
    keys
}
