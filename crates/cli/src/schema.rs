//! The types of everything that the program prints, with JSON Schemas.

use std::path::PathBuf;

use chrono::{DateTime, NaiveDate, Utc};
use schemars::{JsonSchema, Schema, schema_for};
use serde::Serialize;
use zoom_chat_archive::{
    ArchiveSettings, ArchivedFile, BackupReport, Confirmation, Difference, ExportManifest,
    ExportRecord, ExportReport, GapReport, Person, RebuildReport, SearchHit, Standing,
    StatusReport, SyncPlan, SyncReport, VerifyReport,
};
use zoom_chat_reports::{EntryKind, HarvestSummary, harvest::Forecast, stats::Stats, types};

/// The version of all documents. It grows when a field is removed or changes its meaning, not when one is added.
pub(crate) const VERSION: u32 = 1;

/// The JSON Schemas of everything that the program prints, by name.
#[must_use]
pub fn schemas() -> Vec<(&'static str, Schema)> {
    vec![
        ("messages", schema_for!(MessageLine)),
        ("sessions", schema_for!(SessionLine)),
        ("summary", schema_for!(Summary)),
        ("plan", schema_for!(PlanReport)),
        ("sync-plan", schema_for!(SyncPlanReport)),
        ("doctor", schema_for!(DoctorReport)),
        ("sync", schema_for!(SyncReport)),
        ("status", schema_for!(StatusReport)),
        ("gaps", schema_for!(GapsReport)),
        ("verify", schema_for!(VerifyReport)),
        ("rebuild", schema_for!(RebuildReport)),
        ("backup", schema_for!(BackupReport)),
        ("settings", schema_for!(SettingsReport)),
        ("readings", schema_for!(ReadingsReport)),
        ("search", schema_for!(SearchHit)),
        ("people", schema_for!(Person)),
        ("export", schema_for!(ExportRecord)),
        ("export-manifest", schema_for!(ExportManifest)),
        ("export-report", schema_for!(ExportReport)),
    ]
}

/// A line that `messages` prints.
// Lines are written by hand, so that the message stays what Zoom sent, byte for byte.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "describes what is written by hand")]
struct MessageLine {
    /// The session the message belongs to.
    session_id: String,
    /// The array in which Zoom sent it.
    kind: EntryKind,
    /// When the message was sent, in UTC with milliseconds; null if Zoom gives no readable time.
    sent_at: Option<DateTime<Utc>>,
    /// When it was edited or deleted, in UTC with milliseconds; null if Zoom does not say.
    modified_at: Option<DateTime<Utc>>,
    /// The message's JSON as Zoom sent it; from an archive, links to files lack their signatures unless
    /// --signed-links is given. Zoom promises no type for any of its fields.
    #[schemars(schema_with = "verbatim::<types::ChatMessage>")]
    message: (),
    /// The files that the entry names; only from an archive, and only if there are any.
    #[schemars(default, skip_serializing_if = "Option::is_none")]
    files: Option<Vec<ArchivedFile>>,
}

/// A line that `sessions` prints.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "describes what is written by hand")]
struct SessionLine {
    /// The id that asks for the session's messages; null if Zoom sent none that can be read.
    session_id: Option<String>,
    /// The session's JSON as Zoom sent it. Zoom promises no type for any of its fields.
    #[schemars(schema_with = "verbatim::<types::ChatSession>")]
    session: (),
}

/// Usually this type, but everything that Zoom sends is passed on.
fn verbatim<T: JsonSchema>(generator: &mut schemars::SchemaGenerator) -> Schema {
    let usual = generator.subschema_for::<T>();
    schemars::json_schema!({ "anyOf": [usual, true] })
}

/// The days of a run, both included, UTC.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub(crate) struct Range {
    /// The first day.
    pub(crate) from: NaiveDate,
    /// The last day.
    pub(crate) to: NaiveDate,
}

/// The file that `--summary` writes. It holds counts and ids, no names and no texts.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Summary {
    /// The version of this document: 1.
    pub(crate) version: u32,
    /// The command that ran.
    pub(crate) command: &'static str,
    /// Whether the account is a simulated one.
    pub(crate) sandbox: bool,
    /// The days that were asked for; null if the run ended before they were known.
    pub(crate) range: Option<Range>,
    /// How the run ended.
    pub(crate) outcome: Outcome,
    /// The exit code.
    pub(crate) exit_code: u8,
    /// The counts of what was written to stdout, or to the file of `--output` by this run and those that it continues.
    pub(crate) written: Written,
    /// The file of `--output`; null if there is none, or if nothing was written.
    pub(crate) output: Option<OutputReport>,
    /// Whether the archive that was read holds what its settings require; null if Zoom was asked.
    pub(crate) standing: Option<Standing>,
    /// What the run proves; null for commands other than `messages`, and for a run that did not reach its end.
    pub(crate) harvest: Option<HarvestSummary>,
    /// The stretches of time that were asked for and are missing.
    pub(crate) missing: Vec<Missing>,
    /// The windows that failed, and why.
    pub(crate) failures: Vec<FailureReport>,
    /// The error that ended the run, if it ended early.
    pub(crate) error: Option<ErrorReport>,
    /// Statistics of the requests.
    pub(crate) stats: Stats,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    /// Everything that was asked for was written.
    Complete,
    /// Something is missing, and named.
    Incomplete,
    /// An error ended the run.
    Failed,
    /// A signal ended the run.
    Interrupted,
    /// The reader of stdout closed it.
    OutputClosed,
}

/// The file of `--output`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct OutputReport {
    /// Its name.
    pub(crate) file: PathBuf,
    /// Whether it is the file that was asked for. Otherwise it is the file beside it, which the next run continues.
    pub(crate) whole: bool,
    /// When the run began that this one continues. What that run had read may have changed since.
    pub(crate) continues: Option<DateTime<Utc>>,
    /// Lines of messages that were sent before this instant are only a part: Zoom's reach moved on before all sessions were
    /// read. Null if there are none.
    pub(crate) partial_before: Option<DateTime<Utc>>,
}

/// The counts of what was written.
#[derive(Clone, Copy, Debug, Default, Serialize, JsonSchema)]
pub(crate) struct Written {
    /// Sessions found, or printed by `sessions`.
    pub(crate) sessions: u64,
    /// Windows of dates that were to be read.
    pub(crate) windows_planned: u64,
    /// Windows that were read to their end.
    pub(crate) windows_done: u64,
    /// Windows that failed.
    pub(crate) windows_failed: u64,
    /// Lines of messages as they were sent.
    pub(crate) sent: u64,
    /// Lines of edited messages.
    pub(crate) edited: u64,
    /// Lines of deleted messages.
    pub(crate) deleted: u64,
}

impl Written {
    /// Counts a line.
    pub(crate) fn add(&mut self, kind: EntryKind) {
        match kind {
            EntryKind::Sent => self.sent += 1,
            EntryKind::Edited => self.edited += 1,
            EntryKind::Deleted => self.deleted += 1,
        }
    }
}

/// A stretch of time that is missing.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct Missing {
    /// The session; null if it is missing in all of them, or in their list.
    pub(crate) session_id: Option<String>,
    /// The first instant that is missing.
    pub(crate) start: DateTime<Utc>,
    /// The first instant after it.
    pub(crate) end: DateTime<Utc>,
    /// The reason.
    pub(crate) reason: String,
    /// Whether a later run may fetch it.
    pub(crate) healable: bool,
}

/// A window that failed.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct FailureReport {
    /// The session; null for the list of sessions.
    pub(crate) session_id: Option<String>,
    /// The first date that Zoom was asked for.
    pub(crate) from: NaiveDate,
    /// The last date that Zoom was asked for.
    pub(crate) to: NaiveDate,
    /// The error.
    pub(crate) error: ErrorReport,
}

/// An error.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct ErrorReport {
    /// The error, in one line.
    pub(crate) text: String,
    /// The hint: what to do about it.
    pub(crate) hint: Option<String>,
    /// The HTTP status.
    pub(crate) status: Option<u16>,
    /// The code in Zoom's answer.
    pub(crate) zoom_code: Option<i64>,
    /// The request's id in Zoom's logs.
    pub(crate) tracking_id: Option<String>,
    /// When to try again.
    pub(crate) retry_after: Option<DateTime<Utc>>,
}

/// The document of `plan --json`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct PlanReport {
    /// The version of this document: 1.
    pub(crate) version: u32,
    /// Whether the account is a simulated one.
    pub(crate) sandbox: bool,
    /// The days that were asked for.
    pub(crate) range: Range,
    /// The forecast of the reading.
    pub(crate) forecast: Forecast,
    /// The least number of requests.
    pub(crate) requests: u64,
    /// The part of the account's rate that is used.
    pub(crate) share: f64,
    /// The time it takes, by plan.
    pub(crate) plans: Vec<PlanTime>,
    /// Statistics of the requests for the list.
    pub(crate) stats: Stats,
}

/// The document of `plan --archive … --json`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct SyncPlanReport {
    /// The forecast of the next sync.
    #[serde(flatten)]
    pub(crate) plan: SyncPlan,
    /// All requests that are known in advance.
    pub(crate) requests: u64,
    /// The part of the account's rate that is used.
    pub(crate) share: f64,
    /// The time it takes, by plan.
    pub(crate) plans: Vec<PlanTime>,
    /// Statistics of the requests for the list.
    pub(crate) stats: Stats,
}

/// The time that reading takes under a plan.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct PlanTime {
    /// The plan: free, pro, business, or a number of requests a second.
    pub(crate) plan: String,
    /// Requests a second, for the used share.
    pub(crate) requests_per_second: f64,
    /// The least time, in seconds.
    pub(crate) seconds: f64,
    /// Whether it is the plan that was given.
    pub(crate) chosen: bool,
}

/// The document of `gaps --json`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct GapsReport {
    /// The version of this document: 2.
    pub(crate) version: u32,
    /// Whether the account is a simulated one.
    pub(crate) sandbox: bool,
    /// Whether the archive holds what its settings require.
    pub(crate) standing: Standing,
    /// Open and accepted gaps; with `--accept`, those that were accepted.
    pub(crate) gaps: Vec<GapReport>,
}

/// The document of `set --json`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct SettingsReport {
    /// The version of this document.
    pub(crate) version: u32,
    /// Whether the account is a simulated one.
    pub(crate) sandbox: bool,
    /// Whether something was changed.
    pub(crate) changed: bool,
    /// The archive's settings.
    pub(crate) settings: ArchiveSettings,
}

/// The document of `status --readings --json`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ReadingsReport {
    /// The version of this document.
    pub(crate) version: u32,
    /// Whether the account is a simulated one.
    pub(crate) sandbox: bool,
    /// How much is confirmed, and how often readings differed.
    pub(crate) confirmation: Confirmation,
    /// All differences, oldest run first.
    pub(crate) differences: Vec<Difference>,
}

/// The document of `doctor --json`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct DoctorReport {
    /// The version of this document: 1.
    pub(crate) version: u32,
    /// Whether the account is a simulated one.
    pub(crate) sandbox: bool,
    /// Whether no check failed.
    pub(crate) ok: bool,
    /// The checks, in the order in which they ran.
    pub(crate) checks: Vec<Check>,
}

/// One check of `doctor`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct Check {
    /// The name of the check.
    pub(crate) name: &'static str,
    /// The result.
    pub(crate) status: Status,
    /// The finding.
    pub(crate) text: String,
    /// The hint: what to do about it.
    pub(crate) hint: Option<String>,
}

/// The result of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    /// Nothing is wrong.
    Ok,
    /// Something to know, which prevents nothing.
    Warn,
    /// Something that prevents the program from working.
    Fail,
}
