//! The phases of a run, one after another.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rusqlite::{Connection, params};
use zoom_chat_reports::{Axis, DateRange, Gap, GapReason, HarvestSummary};

use super::{Run, SyncEvent, SyncPhase, run::Ended};
use crate::{
    digest::{Lines, hex, sha256},
    error::Result,
    ledger::Batch,
};

impl Run<'_> {
    /// All phases; one that Zoom ends is the last that asks Zoom.
    pub(crate) async fn all_phases(&mut self) -> Result<Ended> {
        let mut ended = self.messages().await?;
        if matches!(ended, Ended::Finished(_)) {
            ended = self.modifications().await?;
        }
        if matches!(ended, Ended::Finished(_)) {
            ended = self.parents().await?;
        }
        self.writer.abandon()?;
        self.writer.commit()?;
        if matches!(ended, Ended::Finished(_)) && self.settings.attachments {
            ended = self.attachments().await?;
        }
        // What is not in the index yet is found all the same, so nobody waits for it to stop.
        if !matches!(ended, Ended::Stopped) {
            self.options.tell(&SyncEvent::Phase(SyncPhase::Index));
            self.index()?;
        }
        Ok(ended)
    }

    /// Lists the sessions, and reads what is not proven by the time messages were sent.
    async fn messages(&mut self) -> Result<Ended> {
        self.options.tell(&SyncEvent::Phase(SyncPhase::Messages));
        let reread = self.options.reread_days;
        let harvest = self.asking().messages(self.writer.db, reread)?;
        let listing = self.writer.begin_unit("listing")?;
        let ended = self.store(harvest, Axis::Sent, Some(listing)).await?;
        if let Ended::Finished(summary) = &ended {
            self.end_listing(listing, summary.as_ref())?;
            if let Some(summary) = summary {
                self.required(summary)?;
            }
            self.writer.commit()?;
        }
        Ok(ended)
    }

    /// The list is complete: its ledger row.
    fn end_listing(&mut self, unit: i64, summary: Option<&HarvestSummary>) -> Result<()> {
        self.writer.begin()?;
        let lines = digest_of_listing(self.writer.db, unit)?;
        let row = Batch {
            kind: "listing",
            unit,
            run: self.writer.run,
            server_date: Some(self.server_date),
            complete_from_ms: summary.map(|summary| summary.complete_from.timestamp_millis()),
            complete_through_ms: summary.map(|summary| summary.complete_through.timestamp_millis()),
            rows: lines.rows,
            digest: lines.finish(),
        };
        self.writer.done_batch(&row)
    }

    /// From when on each session is to be complete: as far back as Zoom provably answered when it was first listed.
    fn required(&mut self, summary: &HarvestSummary) -> Result<()> {
        self.tally.complete_from = Some(summary.complete_from);
        self.tally.complete_through = Some(summary.complete_through);
        self.tally.machine_clock_ahead_s = summary.machine_clock_ahead_s;
        self.tally.api_may_have_changed = summary.api_may_have_changed;
        let doubtful = |gap: &Gap| gap.reason == GapReason::ClocksDisagree;
        self.tally.failed_unaccepted |= summary.gaps.iter().any(doubtful);
        let from = summary.complete_from.timestamp_millis();
        let db = &mut *self.writer.db;
        db.execute(
            "UPDATE sessions SET required_from = ?1
             WHERE required_from IS NULL AND last_listed_run = ?2",
            [from, self.writer.run],
        )?;
        db.execute(
            "UPDATE runs SET complete_from = ?2, complete_through = ?3 WHERE id = ?1",
            params![
                self.writer.run,
                from,
                summary.complete_through.timestamp_millis()
            ],
        )?;
        Ok(())
    }

    /// Asks for edits and deletions by their own time, where reading by the time sent cannot show them.
    async fn modifications(&mut self) -> Result<Ended> {
        self.options
            .tell(&SyncEvent::Phase(SyncPhase::Modifications));
        let listed = self.listed_sessions()?;
        let run = Some(self.writer.run);
        let harvest = self.asking().modifications(self.writer.db, listed, run)?;
        match harvest {
            Some(harvest) => self.store(harvest, Axis::Modified, None).await,
            None => Ok(Ended::Finished(None)),
        }
    }

    fn listed_sessions(&self) -> Result<Vec<String>> {
        let mut select = self
            .writer
            .db
            .prepare("SELECT id FROM sessions WHERE last_listed_run = ?1 ORDER BY no")?;
        let ids = select.query_map([self.writer.run], |row| row.get(0))?;
        Ok(ids.collect::<Result<_, _>>()?)
    }

    /// Reads the days of changed messages again, those that earlier runs left over too.
    async fn parents(&mut self) -> Result<Ended> {
        self.options.tell(&SyncEvent::Phase(SyncPhase::Parents));
        for (day, sessions) in pending(self.writer.db)? {
            if day < DateRange::last_six_months(self.server_date).first() {
                // Zoom no longer has the message: its change is all that can be known.
                self.writer.begin()?;
                self.writer
                    .db
                    .execute("DELETE FROM pending WHERE day = ?1", [day.to_string()])?;
                continue;
            }
            let harvest = self.asking().day(day, sessions)?;
            match self.store(harvest, Axis::Sent, None).await? {
                Ended::Finished(_) => {}
                Ended::Zoom(error) if error.kind() == zoom_chat_reports::ErrorKind::OutOfReach => {
                    self.writer.begin()?;
                    self.writer
                        .db
                        .execute("DELETE FROM pending WHERE day = ?1", [day.to_string()])?;
                }
                ended => return Ok(ended),
            }
        }
        Ok(Ended::Finished(None))
    }
}

/// The days whose messages changed and are to be read again, with their sessions.
pub(crate) fn pending(db: &Connection) -> Result<BTreeMap<NaiveDate, Vec<String>>> {
    let mut select = db.prepare(
        "SELECT p.day, s.id FROM pending p JOIN sessions s ON s.no = p.session ORDER BY p.day, s.no",
    )?;
    let rows = select.query_map([], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))
    })?;
    let mut pending: BTreeMap<NaiveDate, Vec<String>> = BTreeMap::new();
    for row in rows {
        let (day, session) = row?;
        if let Ok(day) = day.parse() {
            pending.entry(day).or_default().push(session);
        }
    }
    Ok(pending)
}

/// The digest of a list's unit: of the listings that it first brought.
pub(crate) fn digest_of_listing(db: &Connection, unit: i64) -> Result<Lines> {
    let mut select = db.prepare_cached(
        "SELECT s.id, l.raw_sha256 FROM listings l JOIN sessions s ON s.no = l.session
         WHERE l.unit = ?1",
    )?;
    let rows = select.query_map([unit], |row| {
        let id: String = row.get(0)?;
        Ok((hex(&sha256(id.as_bytes())), row.get::<_, [u8; 32]>(1)?))
    })?;
    let mut rows: Vec<(String, [u8; 32])> = rows.collect::<Result<_, _>>()?;
    rows.sort_unstable();
    let mut lines = Lines::default();
    for (name, hash) in rows {
        lines.add(&name, &hash);
    }
    Ok(lines)
}
