//! Every entry and every file, hashed again.

use std::{fs::File, io::Read, path::Path};

use rusqlite::Connection;
use sha2::{Digest, Sha256};
use zoom_chat_reports::{EntryKind, types::MessageKeys};

use super::{FindingKind, Findings};
use crate::{
    Archive,
    digest::{self, Hash, hex, kind_of, sha256},
    error::Result,
    store,
    sync::path_of,
};

pub(super) fn verify(archive: &Archive, deep: bool, findings: &mut Findings) -> Result<()> {
    files(archive, deep, findings)?;
    if !deep {
        return Ok(());
    }
    structures(&archive.db, findings)?;
    entries(&archive.db, findings)?;
    versions(&archive.db, findings)?;
    listings(&archive.db, findings)
}

fn structures(db: &Connection, findings: &mut Findings) -> Result<()> {
    let mut select = db.prepare("PRAGMA integrity_check(10)")?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let text: String = row.get(0)?;
        if text != "ok" {
            findings.add(
                FindingKind::Database,
                "archive.db",
                "SQLite finds its structures damaged",
            );
            break;
        }
    }
    Ok(())
}

fn entries(db: &Connection, findings: &mut Findings) -> Result<()> {
    let mut select = db.prepare(
        "SELECT e.id, e.raw, e.raw_sha256, e.key, e.kind, s.id, e.sent_ms, e.timestamp,
           e.action_timestamp, e.message_id, e.text
         FROM visible_entries e JOIN sessions s ON s.no = e.session",
    )?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let id: i64 = row.get(0)?;
        let raw = row.get_ref(1)?.as_bytes().unwrap_or_default();
        let name = || format!("entry {id}");
        let (stored, key): (Option<Hash>, Option<Hash>) = (row.get(2).ok(), row.get(3).ok());
        let hash = sha256(raw);
        let Some(raw) = std::str::from_utf8(raw)
            .ok()
            .filter(|_| stored == Some(hash))
        else {
            findings.add(
                FindingKind::Entry,
                name(),
                "its raw JSON is not what was stored",
            );
            continue;
        };
        let keys = MessageKeys::read(raw);
        let kind: EntryKind = kind_of(row.get(4)?);
        let content = digest::content(raw, &hash);
        let session: String = row.get(5)?;
        let is_key = |keys: &MessageKeys| key == Some(digest::key(kind, &session, keys, &content));
        if !is_key(&keys) && !is_key(&with_empty_id(&keys)) {
            findings.add(
                FindingKind::Entry,
                name(),
                "its key, kind or session is not that of its raw JSON",
            );
            continue;
        }
        let columns = (
            row.get::<_, i64>(6)?,
            row.get::<_, Option<i64>>(7)?,
            row.get::<_, Option<i64>>(8)?,
            row.get::<_, Option<String>>(9)?,
        );
        let sent_ms = keys.sent_at().map_or(-1, |at| at.timestamp_millis());
        let due = (sent_ms, keys.timestamp, keys.action_timestamp, keys.id);
        let text: Option<String> = row.get(10)?;
        if columns != due || text != store::text_of(raw) {
            findings.add(
                FindingKind::Entry,
                name(),
                "its columns are not those of its raw JSON",
            );
        }
    }
    Ok(())
}

fn versions(db: &Connection, findings: &mut Findings) -> Result<()> {
    let mut select = db.prepare("SELECT id, entry, raw, raw_sha256, text FROM visible_versions")?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let (id, entry): (i64, i64) = (row.get(0)?, row.get(1)?);
        let raw = row.get_ref(2)?.as_bytes().unwrap_or_default();
        let stored: Option<Hash> = row.get(3).ok();
        let name = format!("version {id} of entry {entry}");
        if stored != Some(sha256(raw)) {
            findings.add(
                FindingKind::Entry,
                name,
                "its raw JSON is not what was stored",
            );
            continue;
        }
        let text: Option<String> = row.get(4)?;
        if text != std::str::from_utf8(raw).ok().and_then(store::text_of) {
            findings.add(
                FindingKind::Entry,
                name,
                "its columns are not those of its raw JSON",
            );
        }
    }
    Ok(())
}

fn listings(db: &Connection, findings: &mut Findings) -> Result<()> {
    let mut select = db.prepare("SELECT id, raw, raw_sha256 FROM listings")?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let id: i64 = row.get(0)?;
        let raw = row.get_ref(1)?.as_bytes().unwrap_or_default();
        let stored: Option<Hash> = row.get(2).ok();
        if stored != Some(sha256(raw)) {
            let text = "its raw JSON is not what was stored";
            findings.add(FindingKind::Listing, format!("listing {id}"), text);
        }
    }
    Ok(())
}

fn files(archive: &Archive, deep: bool, findings: &mut Findings) -> Result<()> {
    let mut select = archive.db.prepare(
        "SELECT sha256, max(bytes), min(bytes) FROM attachments WHERE state = 'stored' GROUP BY sha256",
    )?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let Ok(sha256) = row.get::<_, Hash>(0) else {
            let text = "a stored attachment has no readable hash";
            findings.add(FindingKind::Attachment, "attachments", text);
            continue;
        };
        let (most, least): (i64, i64) = (row.get(1)?, row.get(2)?);
        let path = path_of(&archive.folder, &sha256);
        if let Err(text) = file(&path, &sha256, (most, least), deep) {
            findings.add(FindingKind::Attachment, hex(&sha256), text);
        }
    }
    Ok(())
}

fn file(path: &Path, sha256: &Hash, size: (i64, i64), deep: bool) -> Result<(), &'static str> {
    let found = path.symlink_metadata().map_err(|_| "the file is missing")?;
    if !found.is_file() {
        return Err("something else lies in the place of the file");
    }
    if i64::try_from(found.len()) != Ok(size.0) || size.0 != size.1 {
        return Err("the file has another length");
    }
    if !deep {
        return Ok(());
    }
    let mut file = File::open(path).map_err(|_| "the file cannot be read")?;
    let mut digest = Sha256::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => digest.update(&buffer[..read]),
            Err(_) => return Err("the file cannot be read"),
        }
    }
    let hash: Hash = digest.finalize().into();
    if hash != *sha256 {
        return Err("the file is not what was stored");
    }
    Ok(())
}

/// The keys as earlier programs of this format read them, to whom an empty id was an id.
fn with_empty_id(keys: &MessageKeys) -> MessageKeys {
    let mut keys = keys.clone();
    keys.id.get_or_insert_default();
    keys
}
