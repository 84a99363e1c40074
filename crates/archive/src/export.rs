//! Exports: an archive, or a part of it, as files for others. `docs/exports.md` describes them.
//!
//! An export is made beside its place and renamed when it is whole. It reads the archive as it is at one instant, an entry
//! at a time. The same archive and the same options give the same bytes, except for what tells when and by whom.

mod attachments;
mod cells;
mod certificate;
mod conversation;
mod documents;
mod existing;
mod job;
mod layout;
mod manifest;
mod names;
mod numbering;
mod proof;
mod record;
mod report;
mod request;
mod rows;
mod run;
mod state;
mod table;
mod tree;

use crate::{
    archive::Archive,
    disk::check_space,
    error::{Error, ErrorKind, Result},
    verify::{FindingKind, VerifyOptions},
};
use job::Job;
use proof::Proof;
use run::Run;

pub use manifest::{ConversationCount, ExportManifest};
pub use record::{ExportRecord, ExportedFile, ExportedReaction};
pub use report::{ExportCounts, ExportReport, ExportStep};
pub use request::{Existing, ExportAsked, ExportFormat, ExportRequest};
pub use state::ExportedState;

impl Archive {
    /// Exports what is selected to a folder, for people and programs that do not know the archive.
    ///
    /// The folder is made beside its place, under a name that ends in `.part-` and some letters, and put there once it is
    /// whole. A killed process leaves that folder, which nothing needs. A run that is under way goes on; one that
    /// begins meanwhile waits for the export to end, as for every reader.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) if the request makes no export, or a supplement does not
    /// fit the export before it; [`ErrorKind::AlreadyThere`](crate::ErrorKind::AlreadyThere) if the folder is taken;
    /// [`ErrorKind::Stopped`](crate::ErrorKind::Stopped) if [`ExportRequest::stop`] stopped it;
    /// [`ErrorKind::Locked`](crate::ErrorKind::Locked) if another run adds a supplement;
    /// [`ErrorKind::Io`](crate::ErrorKind::Io) if it cannot be written; [`ErrorKind::Damaged`](crate::ErrorKind::Damaged)
    /// if the archive is not what was written. Then the folder is as it was.
    pub fn export(
        &self,
        request: &ExportRequest,
        mut progress: impl FnMut(ExportStep),
    ) -> Result<ExportReport> {
        request.check()?;
        let damaged_files = match request.verify {
            true => self.check_unaltered(&mut progress)?,
            false => 0,
        };
        let is_there = request.to.symlink_metadata().is_ok();
        let continued = existing::check(self, request)?;
        let former = continued.as_ref().map(|it| &it.former);
        request.check_stop()?;
        let place = existing::place(self, request, former)?;
        // Everything is read as it is at this instant.
        let _snapshot = self.db.unchecked_transaction()?;
        let directory = self.directory()?;
        let mut proof = Proof::read(self, request)?;
        proof.damaged_files = damaged_files;
        let job = Job::new(self, request, &directory, &proof, former);
        let run = Run::new(&job, &directory, former, &mut progress)?;
        if run.is_idle() {
            return Ok(run.idle_report());
        }
        check_space(place.parent(), run.needed())?;
        let report = run.write(&place, &mut progress)?;
        match former {
            Some(former) => {
                place.put()?;
                existing::renew_numbers(&request.to, former)?;
            }
            None if is_there => place.replace()?,
            None => place.put()?,
        }
        Ok(report)
    }

    /// Refuses an archive that is not what was written, apart from the files of attachments, which are compared as they are
    /// exported. Returns how many of these are missing or have another length.
    fn check_unaltered(&self, progress: &mut impl FnMut(ExportStep)) -> Result<u64> {
        let step = |step| progress(ExportStep::Verify(step));
        let report = self.verify_with(&VerifyOptions::quick(), step)?;
        let mut findings = report.findings.iter();
        let Some(found) = findings.find(|it| it.kind != FindingKind::Attachment) else {
            return Ok(report.finding_count);
        };
        let text = format!(
            "the archive is not what was written: {}: {}",
            found.name, found.text
        );
        Err(Error::new(ErrorKind::Damaged, text).hint_text(
            "nothing was exported; `verify` names every change, and `rebuild` makes the tables anew",
        ))
    }
}
