//! Attachments: fetched by file id, stored under their SHA-256, checked in every run.

use std::{fs, pin::pin};

use chrono::NaiveDate;
use rusqlite::{Connection, named_params, params};
use zoom_chat_reports::ErrorKind as ZoomKind;

use super::{
    fetch::{Failed, Stored, Wanted, fetch},
    open_unit::Batch,
    options::{SyncEvent, SyncPhase},
    run::{Ended, Run},
};
use crate::{
    derived::{TO_ASK, attached},
    disk::Folder,
    error::{Error, Result},
    facts::{
        FileFact, FileOutcome, LedgerRow,
        digest::{Hash, hex, sha256},
        items::FILE,
    },
    model::{GapClass, ZoomProblem},
    sql::Sql,
    stop::stopped,
    text::json,
};

/// The largest number of files that share a ledger row.
const BATCH: usize = 64;
/// The bytes of files that share a ledger row. A killed run fetches at most these again, and what was under way.
const BATCH_BYTES: u64 = 16 << 20;
/// The number of files that are fetched at once.
const AT_ONCE: usize = 8;

impl Run<'_> {
    /// Fetches the files that are missing, oldest first; the next run retries a file that fails.
    /// Files that were stored and are lost are missing too.
    pub(crate) async fn attachments(&mut self) -> Result<Ended> {
        self.options
            .notify(&SyncEvent::Phase(SyncPhase::Attachments));
        clean(self.folder)?;
        let lost = note_lost(self.writer.db, self.folder)?;
        self.tally.attachments.lost += lost;
        let left = missing_files(self.writer.db, self.server_date)? + lost;
        self.options.notify(&SyncEvent::FilesLeft(left));
        let mut after = 0;
        let mut ended = Ended::Finished(None);
        while matches!(ended, Ended::Finished(_)) {
            let batch = wanted(self.writer.db, self.writer.run, self.server_date, after)?;
            let Some(last) = batch.last() else { break };
            after = last.id;
            ended = self.batch(batch).await?;
        }
        // The files that were under way when the run was stopped.
        clean(self.folder)?;
        Ok(ended)
    }

    async fn batch(&mut self, files: Vec<Wanted>) -> Result<Ended> {
        let (mut batch, mut bytes) = (Batch::new(self.writer.begin_unit()), 0);
        let stop = self.options.stop.clone();
        let mut ended = Ended::Finished(None);
        let (zoom, folder) = (self.zoom.clone(), self.folder.clone());
        let mut links = Vec::new();
        for file in files {
            let link = link_of(self.writer.db, &file)?;
            links.push((file, link));
        }
        let fetches = futures::stream::iter(links.into_iter().map(|(file, link)| {
            let (zoom, folder) = (zoom.clone(), folder.clone());
            async move {
                let fetched = fetch(&zoom, &folder, &file, link).await;
                (file, fetched)
            }
        }));
        let mut fetched = pin!(futures::StreamExt::buffer_unordered(fetches, AT_ONCE));
        loop {
            let next = tokio::select! {
                next = futures::StreamExt::next(&mut fetched) => next,
                () = stopped(stop.as_ref()) => {
                    ended = Ended::Stopped;
                    None
                }
            };
            let Some((file, outcome)) = next else { break };
            match outcome {
                Ok(stored) => {
                    self.stored(&mut batch, &file, &stored)?;
                    bytes += stored.bytes;
                    if bytes >= BATCH_BYTES {
                        let next = Batch::new(self.writer.begin_unit());
                        self.end_batch(std::mem::replace(&mut batch, next))?;
                        bytes = 0;
                    }
                }
                Err(Failed::Disk(error)) => return Err(error),
                Err(Failed::Zoom(error)) => {
                    self.file_failed(&mut batch, &file, &error)?;
                    if error.ends_run() {
                        ended = Ended::Zoom(error);
                        break;
                    }
                }
            }
        }
        self.end_batch(batch)?;
        Ok(ended)
    }

    fn stored(&mut self, batch: &mut Batch, file: &Wanted, stored: &Stored) -> Result<()> {
        let outcome = FileOutcome::Stored {
            sha256: hex(&stored.sha256),
            bytes: stored.bytes,
        };
        self.note(batch, file, outcome)?;
        self.tally.attachments.stored += 1;
        self.tally.attachments.bytes += stored.bytes;
        self.options.notify(&SyncEvent::File {
            stored: true,
            bytes: stored.bytes,
        });
        Ok(())
    }

    fn file_failed(
        &mut self,
        batch: &mut Batch,
        file: &Wanted,
        error: &zoom_chat_reports::Error,
    ) -> Result<()> {
        let class = match error.kind() {
            ZoomKind::NotFound => GapClass::Gone,
            _ => GapClass::of(error),
        };
        let problem = ZoomProblem::of(error);
        self.note(batch, file, FileOutcome::Failed { class, problem })?;
        self.tally.attachments.failed += 1;
        self.options.notify(&SyncEvent::File {
            stored: false,
            bytes: 0,
        });
        Ok(())
    }

    /// Notes the outcome of a file: an item under the batch's unit.
    fn note(&mut self, batch: &mut Batch, file: &Wanted, outcome: FileOutcome) -> Result<()> {
        let by_place = file.file_id.is_none();
        let fact = FileFact {
            file_id: file.file_id.clone(),
            entry: by_place.then_some(file.entry),
            place: by_place.then_some(file.place),
            name: file.name.clone(),
            size: file.size,
            lost: file.is_lost,
            outcome,
        };
        let name = match &file.file_id {
            Some(id) => id.clone(),
            None => format!("{}:{}", file.entry, file.place),
        };
        let key = sha256(name.as_bytes());
        self.writer.item(batch, FILE, &key, &json(&fact))?;
        Ok(())
    }

    fn end_batch(&mut self, batch: Batch) -> Result<()> {
        if batch.rows() == 0 {
            return Ok(());
        }
        let row = batch.into_row(self.writer.run, self.server_date);
        self.writer.append(&LedgerRow::Attachments(row))?;
        self.writer.commit()
    }
}

/// Removes what a killed run left unfinished.
fn clean(folder: &Folder) -> Result<()> {
    let files = folder.files();
    let entries = fs::read_dir(&files).map_err(|error| Error::io("cannot read", &files, error))?;
    for entry in entries.flatten() {
        let path = entry.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "part")
        {
            fs::remove_file(&path).map_err(|error| Error::io("cannot remove", &path, error))?;
        }
    }
    Ok(())
}

/// Checks the stored files, and notes for this run those that are missing or have another length. Returns their number,
/// each once however many messages name it.
fn note_lost(db: &Connection, folder: &Folder) -> Result<u64> {
    db.execute_batch(
        "CREATE TEMP TABLE IF NOT EXISTS lost (id INTEGER PRIMARY KEY);
         DELETE FROM temp.lost;",
    )?;
    let sql = "SELECT id, sha256, bytes FROM attachments WHERE state = 'stored'";
    db.each(sql, [], |row| {
        let (id, sha256, bytes): (i64, Hash, u64) = row.try_into()?;
        let found = folder.attachment(&hex(&sha256)).symlink_metadata();
        if !found.is_ok_and(|found| found.is_file() && found.len() == bytes) {
            db.run("INSERT INTO temp.lost (id) VALUES (?1)", [id])?;
        }
        Ok(())
    })?;
    let sql = "SELECT count(DISTINCT COALESCE(a.file_id, a.id)) FROM temp.lost l
         JOIN attachments a ON a.id = l.id";
    db.one(sql, [], |row| row.get(0))
}

/// The number of files that are not stored and are to be requested, each once however many messages name it.
pub(super) fn missing_files(db: &Connection, today: NaiveDate) -> Result<u64> {
    let sql =
        format!("SELECT count(DISTINCT COALESCE(file_id, id)) FROM attachments WHERE {TO_ASK}");
    let today = today.to_string();
    db.one(&sql, named_params! {":today": today}, |row| row.get(0))
}

/// The next files, each once, without those that this run has tried already.
fn wanted(db: &Connection, run: i64, today: NaiveDate, after: i64) -> Result<Vec<Wanted>> {
    let sql = format!(
        "SELECT min(a.id), a.entry, a.place, a.file_id, a.name, a.size, l.id IS NOT NULL
         FROM attachments a LEFT JOIN temp.lost l ON l.id = a.id
         WHERE a.id > :after AND ({TO_ASK} OR l.id IS NOT NULL) AND a.last_run IS NOT :run
         GROUP BY COALESCE(a.file_id, a.id) ORDER BY 1 LIMIT {BATCH}"
    );
    let today = today.to_string();
    let values = named_params! {":after": after, ":run": run, ":today": today};
    db.all(&sql, values, |row| {
        Ok(Wanted {
            id: row.get(0)?,
            entry: row.get(1)?,
            place: row.get(2)?,
            file_id: row.get(3)?,
            name: row.get(4)?,
            size: row.get(5)?,
            is_lost: row.get(6)?,
        })
    })
}

/// The signed link in the message itself, for a file without an id; the newest that is known.
fn link_of(db: &Connection, file: &Wanted) -> Result<Option<String>> {
    if file.file_id.is_some() {
        return Ok(None);
    }
    // Of several files with this name, the one at the same place.
    let sql = "SELECT count(*) FROM attachments
         WHERE entry = ?1 AND file_id IS NULL AND name IS ?2 AND id < ?3";
    let alike = params![file.entry, file.name, file.id];
    let before: usize = db.one(sql, alike, |row| row.get(0))?;
    let sql = "SELECT i.raw FROM items i LEFT JOIN version_columns v ON v.id = i.id
         WHERE i.id = ?1 OR i.id IN (SELECT id FROM version_columns WHERE entry = ?1)
         ORDER BY v.version DESC NULLS LAST";
    let texts: Vec<String> = db.all(sql, [file.entry], |row| row.get(0))?;
    Ok(texts.iter().find_map(|raw| {
        let files = attached(raw).into_iter();
        let mut alike = files.filter(|it| it.file_id.is_none() && it.name == file.name);
        alike.nth(before)?.link
    }))
}
