//! Attachments: fetched by file id, kept under their SHA-256.

use std::{fs, pin::pin};

use rusqlite::{Connection, params};
use zoom_chat_reports::ErrorKind as ZoomKind;

use super::{
    Run, SyncEvent, SyncPhase, ZoomProblem,
    fetch::{Failed, Stored, Wanted, fetch},
    run::Ended,
};
use crate::{
    digest::{Hash, Lines, hex},
    error::{Error, Result},
    folder::Folder,
    gaps::{GapAxis, GapClass},
    ledger::Batch,
    store::attached::attached,
};

/// Files that share a ledger row, and that a killed run fetches again at most.
const BATCH: usize = 64;
/// Files that are fetched at once.
const AT_ONCE: usize = 8;

impl Run<'_> {
    /// Fetches the files that are missing, oldest first; one that fails is tried again by the next run.
    pub(crate) async fn attachments(&mut self) -> Result<Ended> {
        self.options.tell(&SyncEvent::Phase(SyncPhase::Attachments));
        clean(self.folder)?;
        let left = missing(self.writer.db)?;
        self.options.tell(&SyncEvent::FilesLeft(left));
        let mut after = 0;
        let mut ended = Ended::Finished(None);
        while matches!(ended, Ended::Finished(_)) {
            let batch = wanted(self.writer.db, self.writer.run, after)?;
            let Some(last) = batch.last() else { break };
            after = last.id;
            ended = self.batch(batch).await?;
        }
        self.tally.attachments.missing = missing(self.writer.db)?;
        Ok(ended)
    }

    async fn batch(&mut self, batch: Vec<Wanted>) -> Result<Ended> {
        let unit = self.writer.begin_unit("attachments")?;
        self.writer.commit()?;
        let stop = self.options.stop.clone();
        let mut ended = Ended::Finished(None);
        let (zoom, folder) = (self.zoom.clone(), self.folder.clone());
        let mut links = Vec::new();
        for file in batch {
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
                () = super::run::stopped(stop.as_ref()) => {
                    ended = Ended::Stopped;
                    None
                }
            };
            let Some((file, outcome)) = next else { break };
            match outcome {
                Ok(stored) => self.stored(unit, &file, &stored)?,
                Err(Failed::Disk(error)) => return Err(error),
                Err(Failed::Zoom(error)) => {
                    self.file_failed(&file, &error)?;
                    if error.ends_run() {
                        ended = Ended::Zoom(error);
                        break;
                    }
                }
            }
        }
        self.end_batch(unit)?;
        Ok(ended)
    }

    fn stored(&mut self, unit: i64, file: &Wanted, stored: &Stored) -> Result<()> {
        self.writer.begin()?;
        let bytes = i64::try_from(stored.bytes).unwrap_or(i64::MAX);
        // The same file may hang on several messages.
        self.writer
            .db
            .prepare_cached(
                "UPDATE attachments SET state = 'stored', sha256 = ?2, bytes = ?3, reason = NULL,
                   attempts = attempts + 1, last_run = ?4, unit = ?5
                 WHERE state <> 'stored' AND (id = ?1 OR file_id = ?6)",
            )?
            .execute(params![
                file.id,
                stored.sha256,
                bytes,
                self.writer.run,
                unit,
                file.file_id
            ])?;
        self.tally.attachments.stored += 1;
        self.tally.attachments.bytes += stored.bytes;
        self.options.tell(&SyncEvent::File {
            stored: true,
            bytes: stored.bytes,
        });
        Ok(())
    }

    fn file_failed(&mut self, file: &Wanted, error: &zoom_chat_reports::Error) -> Result<()> {
        self.writer.begin()?;
        let (state, class) = match error.kind() {
            ZoomKind::NotFound => ("gone", GapClass::Gone),
            _ => ("failed", GapClass::of(error)),
        };
        let day = self.writer.db.query_row(
            "SELECT s.id, date(max(e.sent_ms, 0) / 1000, 'unixepoch') FROM entries e
             JOIN sessions s ON s.no = e.session WHERE e.id = ?1",
            [file.entry],
            |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)),
        )?;
        let failure = self.note_failure(
            Some(&day.0),
            [&day.1, &day.1],
            GapAxis::Attachment,
            class,
            &ZoomProblem::of(error),
        )?;
        self.writer
            .db
            .prepare_cached(
                "UPDATE attachments SET state = ?3, reason = ?4, attempts = attempts + 1,
                   last_run = ?5, failure = ?6
                 WHERE state <> 'stored' AND (id = ?1 OR file_id = ?2)",
            )?
            .execute(params![
                file.id,
                file.file_id,
                state,
                error.to_string(),
                self.writer.run,
                failure
            ])?;
        self.tally.attachments.failed += 1;
        self.options.tell(&SyncEvent::File {
            stored: false,
            bytes: 0,
        });
        Ok(())
    }

    fn end_batch(&mut self, unit: i64) -> Result<()> {
        self.writer.begin()?;
        let lines = digest_of_attachments(self.writer.db, unit)?;
        if lines.rows == 0 {
            self.writer
                .db
                .execute("DELETE FROM units WHERE id = ?1", [unit])?;
        } else {
            let row = Batch {
                kind: "attachments",
                unit,
                run: self.writer.run,
                server_date: Some(self.server_date),
                complete_from_ms: None,
                complete_through_ms: None,
                rows: lines.rows,
                digest: lines.finish(),
            };
            self.writer.done_batch(&row)?;
        }
        self.writer.commit()
    }
}

/// Removes what a killed run had not finished.
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

fn missing(db: &Connection) -> Result<u64> {
    Ok(db.query_row(
        "SELECT count(*) FROM attachments WHERE state <> 'stored'
         AND entry IN (SELECT id FROM visible_entries)",
        [],
        |row| row.get(0),
    )?)
}

/// Files that are not stored, but for those that somebody accepted as gaps.
pub(crate) fn missing_unaccepted(db: &Connection) -> Result<u64> {
    Ok(db.query_row(
        "SELECT count(*) FROM attachments a WHERE a.state <> 'stored'
         AND a.entry IN (SELECT id FROM visible_entries)
         AND NOT EXISTS (SELECT 1 FROM gaps g WHERE g.attachment = a.id AND g.state = 'accepted')",
        [],
        |row| row.get(0),
    )?)
}

/// The next files, each once; none that this run has tried already.
fn wanted(db: &Connection, run: i64, after: i64) -> Result<Vec<Wanted>> {
    let mut select = db.prepare_cached(
        "SELECT min(id), entry, file_id, name, size FROM attachments
         WHERE state <> 'stored' AND id > ?1 AND last_run IS NOT ?2
         GROUP BY COALESCE(file_id, id) ORDER BY 1 LIMIT ?3",
    )?;
    let rows = select.query_map(params![after, run, BATCH], |row| {
        Ok(Wanted {
            id: row.get(0)?,
            entry: row.get(1)?,
            file_id: row.get(2)?,
            name: row.get(3)?,
            size: row.get(4)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The signed link in the message itself, for a file without an id; the youngest that is known.
fn link_of(db: &Connection, file: &Wanted) -> Result<Option<String>> {
    if file.file_id.is_some() {
        return Ok(None);
    }
    // Of several with this name, the one in its place.
    let before: usize = db
        .prepare_cached(
            "SELECT count(*) FROM attachments
             WHERE entry = ?1 AND file_id IS NULL AND name IS ?2 AND id < ?3",
        )?
        .query_row(params![file.entry, file.name, file.id], |row| row.get(0))?;
    let mut select = db.prepare_cached(
        "SELECT raw FROM (SELECT id, raw FROM versions WHERE entry = ?1
           UNION ALL SELECT 0, raw FROM entries WHERE id = ?1) ORDER BY id DESC",
    )?;
    let mut texts = select.query([file.entry])?;
    while let Some(text) = texts.next()? {
        let raw: String = text.get(0)?;
        let files = attached(&raw).into_iter();
        let mut alike = files.filter(|it| it.file_id.is_none() && it.name == file.name);
        if let Some(link) = alike.nth(before).and_then(|it| it.link) {
            return Ok(Some(link));
        }
    }
    Ok(None)
}

/// The digest of a batch of attachments: which file hangs on which place of which entry.
pub(crate) fn digest_of_attachments(db: &Connection, unit: i64) -> Result<Lines> {
    let mut select = db.prepare_cached(
        "SELECT e.key, a.place, a.sha256 FROM attachments a JOIN entries e ON e.id = a.entry
         WHERE a.unit = ?1 AND a.state = 'stored'",
    )?;
    let rows = select.query_map([unit], |row| {
        let key: Hash = row.get(0)?;
        let place: i64 = row.get(1)?;
        Ok((format!("{}:{place}", hex(&key)), row.get::<_, Hash>(2)?))
    })?;
    let mut rows: Vec<(String, Hash)> = rows.collect::<Result<_, _>>()?;
    rows.sort_unstable();
    let mut lines = Lines::default();
    for (name, hash) in rows {
        lines.add(&name, &hash);
    }
    Ok(lines)
}
