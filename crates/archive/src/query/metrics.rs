//! Metrics of an archive, in the Prometheus text format. `docs/operations.md` is the contract.

use std::{
    fmt::{Display, Write as _},
    path::Path,
};

use chrono::{DateTime, Utc};

use super::status::{RunReport, StatusReport};
use crate::{disk::write_beside, error::Result, model::Outcome};

/// A gauge: its name, its help, and its value.
type Gauge = (&'static str, &'static str, fn(&StatusReport) -> i64);

/// The gauges that have one value. `docs/operations.md` names each.
const GAUGES: [Gauge; 21] = [
    (
        "last_attempt_timestamp_seconds",
        "When the last sync began.",
        |it| seconds(it.runs.first().and_then(RunReport::began)),
    ),
    (
        "last_sync_duration_seconds",
        "How long the last sync took; 0 while it runs, or if it was killed.",
        |it| it.runs.first().and_then(RunReport::duration_s).unwrap_or(0),
    ),
    (
        "last_complete_sync_timestamp_seconds",
        "When the last complete sync ended.",
        |it| seconds(it.last_complete_sync),
    ),
    (
        "coverage_start_timestamp_seconds",
        "All messages sent from this instant on are archived, except for the gaps.",
        |it| seconds(it.standing.complete_from),
    ),
    (
        "coverage_end_timestamp_seconds",
        "All messages sent before this instant are archived, except for the gaps.",
        |it| seconds(it.standing.complete_through),
    ),
    (
        "complete",
        "1 if nothing is missing except accepted gaps, otherwise 0.",
        |it| i64::from(it.standing.is_complete()),
    ),
    ("open_gaps", "Gaps that were not accepted.", |it| {
        count(it.standing.open_gaps)
    }),
    (
        "healable_gaps",
        "Gaps that were not accepted and that the next sync can fetch.",
        |it| count(it.standing.healable_gaps),
    ),
    ("accepted_gaps", "Gaps that were accepted.", |it| {
        count(it.standing.accepted_gaps)
    }),
    (
        "oldest_gap_leaves_reach_timestamp_seconds",
        "When the oldest open gap leaves what Zoom keeps; 0 without one.",
        |it| seconds(it.oldest_gap_leaves_at),
    ),
    (
        "late_messages",
        "Messages that an earlier reading should have held.",
        |it| count(it.confirmation.late),
    ),
    (
        "vanished_messages",
        "Messages that Zoom no longer returns although no deletion is listed.",
        |it| count(it.confirmation.vanished),
    ),
    (
        "missing_attachments",
        "Attachments that are neither stored nor accepted as missing.",
        |it| count(it.standing.files.missing),
    ),
    (
        "gone_attachments",
        "Attachments that Zoom no longer has.",
        |it| count(it.standing.files.gone),
    ),
    ("attachments", "Stored attachments.", |it| {
        count(it.attachments)
    }),
    ("sessions", "Sessions.", |it| count(it.sessions)),
    ("entries", "Entries, later versions not counted.", |it| {
        count(it.entries)
    }),
    ("versions", "Later versions of entries.", |it| {
        count(it.versions)
    }),
    ("ledger_rows", "Rows of the ledger.", |it| it.ledger_rows),
    ("database_bytes", "Bytes of the database.", |it| {
        count(it.database_bytes)
    }),
    ("attachment_bytes", "Bytes of the attachments.", |it| {
        count(it.attachment_bytes)
    }),
];

impl StatusReport {
    /// The metrics in the Prometheus text format. `archive` becomes the label of that name.
    ///
    /// A time that does not exist yet is 0, so that every alert rule can compare it.
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
        for (name, help, value) in GAUGES {
            metrics.gauge(name, help);
            metrics.value(name, "", value(self));
        }
        let name = "confirmed_ratio";
        metrics.gauge(
            name,
            "The part of what was read that needs no second reading, from 0 to 1.",
        );
        metrics.value(name, "", self.confirmation.share);
        let name = "last_sync_outcome";
        metrics.gauge(
            name,
            "1 for how the last sync ended; 0 for all while it runs, or if it was killed.",
        );
        let outcome = self.runs.first().and_then(|run| run.outcome.as_deref());
        for one in Outcome::ALL.map(crate::text::word) {
            let label = format!(",outcome=\"{one}\"");
            metrics.value(name, &label, i64::from(outcome == Some(&*one)));
        }
        metrics.text
    }

    /// Writes the metrics to a file: first beside it, then renamed, so that no reader sees a part of it.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write_prometheus(&self, path: &Path, archive: &str) -> Result<()> {
        write_beside(path, &self.prometheus(archive))
    }
}

impl RunReport {
    fn began(&self) -> Option<DateTime<Utc>> {
        instant(&self.started_at)
    }

    /// The duration of the run; none while it runs.
    fn duration_s(&self) -> Option<i64> {
        let ended = instant(self.ended_at.as_deref()?)?;
        Some((ended - self.began()?).num_seconds())
    }
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

fn instant(text: &str) -> Option<DateTime<Utc>> {
    text.parse().ok()
}

/// A time in seconds; 0 if there is none.
fn seconds(at: Option<DateTime<Utc>>) -> i64 {
    at.map_or(0, |at| at.timestamp())
}

fn count(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Escapes the characters that would end a label's value or the line.
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
