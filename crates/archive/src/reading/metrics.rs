//! What an archive covers, for monitoring: Prometheus' text format. `docs/operations.md` is the contract.

use std::{
    fmt::{Display, Write as _},
    fs,
    path::Path,
};

use chrono::DateTime;

use super::status::StatusReport;
use crate::{
    archive::Archive,
    disk::folder::private_file,
    error::{Error, ErrorKind, Result},
    facts::{
        self,
        digest::{Hash, from_hex, hex},
    },
    model::outcome::Outcome,
};

impl StatusReport {
    /// The figures in the text format of Prometheus. `archive` names the archive: its label.
    ///
    /// What never was is 0, so that every rule can compare it.
    #[must_use]
    pub fn prometheus(&self, archive: &str) -> String {
        let mut metrics = Metrics {
            text: String::new(),
            labels: format!(
                "archive=\"{}\",account=\"{}\",sandbox=\"{}\"",
                escape(archive),
                escape(&self.account_id),
                self.sandbox
            ),
        };
        let at = |text: &str| DateTime::parse_from_rfc3339(text).ok();
        let last = self.runs.first();
        let began = last.and_then(|run| at(&run.started_at));
        let ended = last.and_then(|run| at(run.ended_at.as_deref()?));
        let took = began
            .zip(ended)
            .map(|(began, ended)| (ended - began).num_seconds());
        let standing = &self.standing;
        let files = standing.files;
        let gauges: [(&str, &str, i64); 21] = [
            (
                "last_attempt_timestamp_seconds",
                "When the last sync began.",
                began.map_or(0, |at| at.timestamp()),
            ),
            (
                "last_sync_duration_seconds",
                "How long the last sync took; 0 while it runs, or where it was killed.",
                took.unwrap_or(0),
            ),
            (
                "last_complete_sync_timestamp_seconds",
                "When the last complete sync ended.",
                self.last_complete_sync.map_or(0, |at| at.timestamp()),
            ),
            (
                "coverage_start_timestamp_seconds",
                "From here on all messages are archived, but for the gaps.",
                standing.complete_from.map_or(0, |at| at.timestamp()),
            ),
            (
                "coverage_end_timestamp_seconds",
                "All messages sent before this instant are archived, but for the gaps.",
                standing.complete_through.map_or(0, |at| at.timestamp()),
            ),
            (
                "complete",
                "1 where nothing is missing that nobody accepted, else 0.",
                i64::from(standing.is_complete()),
            ),
            (
                "open_gaps",
                "Gaps that nobody accepted.",
                count(standing.open_gaps),
            ),
            (
                "healable_gaps",
                "Those of them that the next sync can bring.",
                count(standing.healable_gaps),
            ),
            (
                "accepted_gaps",
                "Gaps that were accepted.",
                count(standing.accepted_gaps),
            ),
            (
                "oldest_gap_leaves_reach_timestamp_seconds",
                "When the oldest open gap leaves what Zoom keeps; 0 without one.",
                self.oldest_gap_leaves_at.map_or(0, |at| at.timestamp()),
            ),
            (
                "late_messages",
                "Messages that an earlier reading should have held.",
                count(self.confirmation.late),
            ),
            (
                "vanished_messages",
                "Messages that Zoom no longer returns, though no deletion is listed.",
                count(self.confirmation.vanished),
            ),
            (
                "missing_attachments",
                "Attachments that are not stored and that nobody accepted as missing.",
                count(files.missing),
            ),
            (
                "gone_attachments",
                "Attachments that Zoom no longer has.",
                count(files.gone),
            ),
            (
                "attachments",
                "Stored attachments.",
                count(self.attachments),
            ),
            ("sessions", "Sessions.", count(self.sessions)),
            (
                "entries",
                "Entries, later versions not counted.",
                count(self.entries),
            ),
            (
                "versions",
                "Later versions of entries.",
                count(self.versions),
            ),
            ("ledger_rows", "Rows of the ledger.", self.ledger_rows),
            (
                "database_bytes",
                "Bytes of the database.",
                count(self.database_bytes),
            ),
            (
                "attachment_bytes",
                "Bytes of the attachments.",
                count(self.attachment_bytes),
            ),
        ];
        for (name, help, value) in gauges {
            metrics.gauge(name, help);
            metrics.value(name, "", value);
        }
        let name = "confirmed_ratio";
        metrics.gauge(
            name,
            "The part of what was read that needs no other reading, from 0 to 1.",
        );
        metrics.value(name, "", self.confirmation.share);
        let name = "last_sync_outcome";
        metrics.gauge(
            name,
            "1 for how the last sync ended; 0 for all while it runs, or where it was killed.",
        );
        let outcome = last.and_then(|run| run.outcome.as_deref());
        for one in Outcome::ALL.map(Outcome::name) {
            let label = format!(",outcome=\"{one}\"");
            metrics.value(name, &label, i64::from(outcome == Some(one)));
        }
        metrics.text
    }

    /// Writes the metrics to a file: beside it first, then renamed, so that no reader sees half of it.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write_prometheus(&self, path: &Path, archive: &str) -> Result<()> {
        write_beside(path, &self.prometheus(archive))
    }
}

impl Archive {
    /// Whether the head in a file, where there is one, is that of a row of this archive.
    ///
    /// # Errors
    /// [`ErrorKind::Damaged`] where it is not: then rows were removed or replaced since, or it is the head of another archive.
    /// [`ErrorKind::InvalidInput`] where the file holds something else.
    pub fn check_head_file(&self, path: &Path) -> Result<()> {
        match read_head(path)? {
            Some(head) if !facts::holds_hash(&self.db, &head)? => {
                let text = format!(
                    "no row of the ledger has the head in {}: rows were removed or replaced since it was written",
                    path.display()
                );
                Err(Error::new(ErrorKind::Damaged, text).hint_text(
                    "take the archive from a backup; where it is the head of another archive, name another file",
                ))
            }
            _ => Ok(()),
        }
    }

    /// Writes the head to a file of its own: the hash of the ledger's last row. Kept elsewhere, it shows later whether
    /// rows were removed or replaced. What the file held is not replaced where it shows just that.
    ///
    /// # Errors
    /// As [`check_head_file`](Self::check_head_file); when the database cannot be read, or the file cannot be written.
    pub fn write_head(&self, path: &Path) -> Result<()> {
        self.check_head_file(path)?;
        let (_, head) = facts::head(&self.db)?;
        write_beside(path, &format!("{}\n", hex(&head)))
    }
}

/// The head in a file; none where there is no file, or nothing in it.
///
/// # Errors
/// [`ErrorKind::InvalidInput`] where it holds something else.
pub(crate) fn read_head(path: &Path) -> Result<Option<Hash>> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::io("cannot read", path, error)),
    };
    if text.trim().is_empty() {
        return Ok(None);
    }
    from_hex(text.trim()).map(Some).ok_or_else(|| {
        let text = format!("{} holds no head of an archive", path.display());
        Error::new(ErrorKind::InvalidInput, text).hint_text("name a file of its own")
    })
}

/// Writes a small file for others to read: beside its place first, then renamed.
fn write_beside(path: &Path, text: &str) -> Result<()> {
    use std::io::Write as _;
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let beside = path.with_file_name(name);
    let _ = fs::remove_file(&beside);
    let mut file = private_file(&beside)?;
    let written = file
        .write_all(text.as_bytes())
        .and_then(|()| file.sync_all());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // Counts and hashes only; a collector of another user reads it.
        let _ = fs::set_permissions(&beside, fs::Permissions::from_mode(0o644));
    }
    let written = written.and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written.map_err(|error| Error::io("cannot write", path, error))
}

struct Metrics {
    text: String,
    labels: String,
}

impl Metrics {
    // Writing to a string does not fail.
    fn gauge(&mut self, name: &str, help: &str) {
        let _ = writeln!(self.text, "# HELP zoom_chat_archive_{name} {help}");
        let _ = writeln!(self.text, "# TYPE zoom_chat_archive_{name} gauge");
    }

    fn value(&mut self, name: &str, label: &str, value: impl Display) {
        let labels = &self.labels;
        let _ = writeln!(
            self.text,
            "zoom_chat_archive_{name}{{{labels}{label}}} {value}"
        );
    }
}

fn count(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A label's value: what would end it, or the line, is escaped.
fn escape(value: &str) -> String {
    value
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn no_name_ends_its_label() {
        assert_eq!(escape("a\"b\\c\nd"), "a\\\"b\\\\c\\nd");
    }
}
