//! `sync`: updates an archive from Zoom.

mod changes;
mod events;
mod fetch;
mod files;
mod finish;
mod listing;
mod open_unit;
mod options;
mod phases;
mod plan;
mod query_plan;
mod quiet;
mod report;
mod run;
mod scrub;
mod unit;
mod writer;

use chrono::NaiveDate;
use zoom_chat_reports::{Axis, ChatReports};

use crate::{
    archive::Archive,
    disk::holders,
    error::{Error, ErrorKind, Result},
    facts::{self, LedgerRow, items},
    model::{Account, ArchiveSettings},
    proof,
};

pub use options::{Progress, SyncEvent, SyncOptions, SyncPhase};
pub use plan::SyncPlan;
pub(crate) use query_plan::QueryPlan;
pub use report::{AttachmentCounts, FailedUnit, SyncReport};
pub(crate) use run::Run;

use writer::Writer;

impl Archive {
    /// Brings the archive up to date: lists all sessions, reads what is not proven yet, asks for
    /// edits and deletions since, reads changed messages again, and fetches files.
    ///
    /// Entries become visible as soon as their window is complete. However the run ends, complete windows
    /// are kept and the report says what is missing. A run that an error of Zoom ends has a report too.
    ///
    /// # Errors
    /// If the archive cannot be written, belongs to another account, or would get less than its
    /// settings require.
    pub async fn sync(
        &mut self,
        zoom: &ChatReports,
        account: &Account,
        options: SyncOptions,
    ) -> Result<SyncReport> {
        self.check_writable()?;
        self.check_account(account)?;
        let settings = options.once.as_ref().unwrap_or(&self.settings).clone();
        settings.check()?;
        let server_date = match zoom.today().await {
            Ok(date) => date,
            Err(error) => return self.failed_at_once(zoom, error),
        };
        check_start(&settings, server_date)?;
        Self::make_durable(&self.db, false)?;
        let number = 1 + facts::last_run(&self.db)?;
        let begun = facts::Run {
            run: number,
            started_at: chrono::Utc::now(),
            server_date,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            first_unit: items::next_unit(&self.db)?,
            once: options.once.clone(),
        };
        let sandbox = self.account.sandbox;
        let state = proof::read(&self.db, &settings)?;
        let plan = QueryPlan::new(zoom, &settings, server_date);
        let scrub = plan.scrub(&self.db, &state, &options)?;
        let question = proof::on_axis(&self.settings.options, Axis::Sent);
        let writer = Writer::new(&mut self.db, number, question)?;
        let mut run = Run {
            writer,
            state,
            folder: &self.folder,
            zoom,
            settings,
            options,
            server_date,
            sandbox,
            scrub,
            scrubbing: None,
            tally: run::Tally::default(),
        };
        run.append(&LedgerRow::Run(begun))?;
        run.writer.commit()?;
        let ended = run.all_phases().await;
        let is_once = run.options.once.is_some();
        let mut report = match ended {
            Ok(ended) => run.finish(ended)?,
            Err(error) => {
                // The disk or the database failed: roll back what is not committed.
                drop(run);
                // SQLite may have rolled back already.
                let _ = self.db.execute_batch("ROLLBACK");
                return Err(error);
            }
        };
        if is_once {
            self.measure_by_settings(&mut report)?;
        }
        self.close_log(&mut report)?;
        Ok(report)
    }

    /// Refuses an account that the archive does not belong to.
    ///
    /// # Errors
    /// [`ErrorKind::OtherAccount`].
    pub fn check_account(&self, account: &Account) -> Result<()> {
        check_account(&self.account, account)
    }

    /// Measures the archive by its settings, which may ask for more than the run did.
    fn measure_by_settings(&self, report: &mut SyncReport) -> Result<()> {
        let state = proof::read(&self.db, &self.settings)?;
        let (gaps, standing) = proof::assess(&self.db, &state, &self.settings)?;
        report.standing = standing;
        report.gaps = gaps.first(finish::LISTED);
        Ok(())
    }

    /// Moves the log into the database, and names the processes that prevent it.
    fn close_log(&self, report: &mut SyncReport) -> Result<()> {
        if !self.checkpoint()? {
            report.log_bytes = self.folder.log_bytes();
            report.readers = holders(self.folder.root());
        }
        Ok(())
    }

    fn failed_at_once(
        &mut self,
        zoom: &ChatReports,
        error: zoom_chat_reports::Error,
    ) -> Result<SyncReport> {
        let mut report =
            finish::failed_report(&self.db, &self.settings, self.account.sandbox, zoom, error)?;
        self.close_log(&mut report)?;
        Ok(report)
    }
}

fn check_start(settings: &ArchiveSettings, today: NaiveDate) -> Result<()> {
    if settings.start.is_none_or(|start| start <= today) {
        return Ok(());
    }
    let text = "the archive's first day lies in the future";
    Err(Error::new(ErrorKind::InvalidInput, text)
        .hint_text("name a first day that is not after today"))
}

/// Refuses `account` if the archive belongs to `stored`.
pub(crate) fn check_account(stored: &Account, account: &Account) -> Result<()> {
    if account == stored {
        return Ok(());
    }
    let text = match (stored.sandbox, account.sandbox) {
        (true, false) => "the archive belongs to a simulated account",
        (false, true) => "the archive belongs to a real account, not to a simulated one",
        _ => "the archive belongs to another account",
    };
    Err(Error::new(ErrorKind::OtherAccount, text)
        .hint_text("name the archive of this account, or make a new one"))
}
