//! The archive: sync, ledger, verify, and what must not break it.

mod accept;
mod accounts;
mod backup;
mod daily;
mod damage;
mod faults;
mod format;
mod format_1;
mod gaps;
mod growth;
mod histories;
mod kill;
mod odd;
mod plan;
mod reading;
mod scrub;
mod search;
mod sync;
mod unknowns;
mod verify;
#[cfg(target_os = "linux")]
mod write_errors;

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use tempfile::TempDir;
use zoom_chat_archive::{
    Accept, Account, Archive, ArchiveSettings, EntryFilter, GapReport, OpenOptions, SyncOptions,
    SyncReport, VerifyOptions,
};
use zoom_chat_reports::{ChatReports, DateRange, EntryKind, types::MessageKeys};
use zoom_chat_reports_sandbox::{Sandbox, TruthKind};

use crate::support::{Key, Keys, client, truth};

/// A folder that goes with the test.
pub struct Place {
    folder: TempDir,
}

impl Place {
    pub fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// The archive's folder.
    pub fn path(&self) -> PathBuf {
        self.folder.path().join("archive")
    }
}

/// The account of a sandbox.
pub fn account(sandbox: &Sandbox) -> Account {
    Account {
        id: sandbox.account_id().to_owned(),
        sandbox: true,
    }
}

/// Settings that leave attachments out, which most tests do not need.
pub fn without_attachments() -> ArchiveSettings {
    let mut settings = ArchiveSettings::default();
    settings.attachments = false;
    settings
}

/// A new archive without attachments.
pub fn create(place: &Place, sandbox: &Sandbox) -> Archive {
    Archive::create(&place.path(), &account(sandbox), &without_attachments()).unwrap()
}

/// Opens an archive for reading.
pub fn read(path: &Path) -> Archive {
    Archive::open_read_only(path, &OpenOptions::default()).unwrap()
}

/// A sync with a client of its own.
pub async fn sync(archive: &mut Archive, sandbox: &Sandbox) -> SyncReport {
    sync_with(archive, sandbox, &client(sandbox)).await
}

/// A sync with this client.
pub async fn sync_with(archive: &mut Archive, sandbox: &Sandbox, zoom: &ChatReports) -> SyncReport {
    archive
        .sync(zoom, &account(sandbox), SyncOptions::new())
        .await
        .unwrap()
}

/// Accepts these gaps by name.
pub fn accept(archive: &mut Archive, ids: &[&str], reason: &str) -> Vec<GapReport> {
    let mut accept = Accept::default();
    accept.ids = ids.iter().map(|id| (*id).to_owned()).collect();
    accept.reason = reason.to_owned();
    accept.operator = "me".to_owned();
    archive.accept(&accept).unwrap()
}

/// All rows of all tables, but for the index for search, whose form depends on its history.
pub fn dump(path: &Path) -> Vec<String> {
    let db = rusqlite::Connection::open(path.join("archive.db")).unwrap();
    let mut tables = db
        .prepare(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'search%' ORDER BY name",
        )
        .unwrap();
    let tables = tables.query_map([], |row| row.get::<_, String>(0)).unwrap();
    let mut dump = Vec::new();
    for table in tables.map(Result::unwrap) {
        let mut select = db
            .prepare(&format!("SELECT * FROM {table} ORDER BY 1, 2"))
            .unwrap();
        let columns = select.column_count();
        let mut rows = select.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let values: Vec<_> = (0..columns)
                .map(|column| row.get::<_, rusqlite::types::Value>(column).unwrap())
                .collect();
            dump.push(format!("{table} {values:?}"));
        }
    }
    dump
}

/// Deep verification finds nothing.
pub fn assert_whole(archive: &Archive) {
    let report = archive.verify(&VerifyOptions::deep()).unwrap();
    assert!(report.is_whole(), "{:?}", report.findings);
}

/// The keys of all entries, each once.
pub fn keys(archive: &Archive) -> BTreeSet<Key> {
    let mut keys = BTreeSet::new();
    for entry in archive.entries(&EntryFilter::default()) {
        let entry = entry.unwrap();
        let read = MessageKeys::read(&entry.raw);
        let kind = match entry.kind {
            EntryKind::Sent => TruthKind::Sent,
            EntryKind::Edited => TruthKind::Edited,
            EntryKind::Deleted => TruthKind::Deleted,
        };
        let action = read.action_timestamp.filter(|_| kind != TruthKind::Sent);
        let key = (
            entry.session_id,
            kind,
            read.id.unwrap_or_default(),
            read.timestamp,
            action,
        );
        keys.insert(key);
    }
    keys
}

/// What exists, and what must be here, in all that Zoom still has.
pub fn whole_truth(sandbox: &Sandbox) -> (Keys, Keys) {
    truth(sandbox, &DateRange::last_six_months(sandbox.today()))
}

/// All that is due is here.
pub fn assert_holds(context: &str, archive: &Archive, due: &Keys) {
    let keys = keys(archive);
    let missing: Vec<&Key> = due.keys().filter(|key| !keys.contains(*key)).collect();
    assert!(
        missing.is_empty(),
        "{context}: {} of {} missing, first {:?}",
        missing.len(),
        due.len(),
        missing.first()
    );
}

/// All that is due is here, and nothing that does not exist.
pub fn assert_equals_truth(context: &str, archive: &Archive, sandbox: &Sandbox) {
    let (all, due) = whole_truth(sandbox);
    assert_holds(context, archive, &due);
    let keys = keys(archive);
    let strange = keys.iter().find(|key| !all.contains_key(*key));
    assert!(strange.is_none(), "{context}: {strange:?} does not exist");
}
