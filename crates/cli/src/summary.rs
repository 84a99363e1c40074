//! What is said at the end of a run, to people on stderr and to programs in a file.

use std::{
    collections::BTreeMap,
    fs::File,
    io::Write,
    path::{Path, PathBuf},
};

use indicatif::HumanCount;
use zoom_chat_reports::{DateRange, Error, FailedWindow, HarvestSummary, Stats};

use crate::{
    exit::Exit,
    failure::{Failure, text_of},
    line::rfc3339,
    output,
    schema::{ErrorReport, FailureReport, Missing, Outcome, Range, Summary, VERSION, Written},
    signal::Signal,
    stderr::say,
};

/// So many missing stretches are shown to people; the file names all.
const SHOWN: usize = 1000;
/// And so many where the run was stopped, when most is missing.
const SHOWN_WHEN_STOPPED: usize = 10;

/// How a run came to its end.
pub(crate) enum End {
    /// It read all that it could.
    Reached,
    /// The reader of stdout has seen enough.
    Closed,
    /// Somebody stopped it.
    Interrupted(Signal),
    /// An error of the account or of the way to it.
    Error(Error),
    /// Any other.
    Failed(Failure),
}

/// What a run has done, as it goes on.
pub(crate) struct Report {
    pub(crate) command: &'static str,
    pub(crate) sandbox: bool,
    pub(crate) quiet: bool,
    pub(crate) range: Option<DateRange>,
    pub(crate) written: Written,
    pub(crate) harvest: Option<HarvestSummary>,
    pub(crate) missing: Vec<Missing>,
    pub(crate) failed: Vec<FailedWindow>,
    /// Names of sessions, where they are to be shown.
    pub(crate) names: BTreeMap<String, String>,
}

impl Report {
    pub(crate) fn new(command: &'static str, sandbox: bool, quiet: bool) -> Self {
        Self {
            command,
            sandbox,
            quiet,
            range: None,
            written: Written::default(),
            harvest: None,
            missing: Vec::new(),
            failed: Vec::new(),
            names: BTreeMap::new(),
        }
    }

    /// Tells how the run ended, in the file first.
    pub(crate) fn finish(
        self,
        end: End,
        stats: Stats,
        file: Option<SummaryFile>,
    ) -> Result<Exit, Failure> {
        let whole = self.missing.is_empty() && self.failed.is_empty();
        let (exit, outcome) = match &end {
            End::Reached if whole => (Exit::Complete, Outcome::Complete),
            End::Reached => (Exit::Incomplete, Outcome::Incomplete),
            End::Closed => (Exit::Complete, Outcome::OutputClosed),
            End::Interrupted(signal) => (Exit::Interrupted(*signal), Outcome::Interrupted),
            End::Error(error) => (self.exit_of(error, &stats), Outcome::Failed),
            End::Failed(failure) => (failure.exit(), Outcome::Failed),
        };
        let written = file.map(|file| file.write(&self.document(&end, exit, outcome, stats)));
        self.tell(&end, stats);
        match written {
            Some(Err(failure)) if exit == Exit::Complete => Err(failure),
            Some(Err(failure)) => {
                failure.print();
                Ok(exit)
            }
            _ => Ok(exit),
        }
    }

    /// A range that is out of reach before anything was asked is the user's mistake.
    fn exit_of(&self, error: &Error, stats: &Stats) -> Exit {
        let asked = stats.requests.sessions + stats.requests.messages;
        if error.kind() == zoom_chat_reports::ErrorKind::OutOfReach && asked == 0 {
            return Exit::Usage;
        }
        crate::failure::exit_of(error.kind())
    }

    fn document(&self, end: &End, exit: Exit, outcome: Outcome, stats: Stats) -> Summary {
        Summary {
            version: VERSION,
            command: self.command,
            sandbox: self.sandbox,
            range: self.range.map(|range| Range {
                from: range.first(),
                to: range.last(),
            }),
            outcome,
            exit_code: exit.code(),
            written: self.written,
            harvest: self.harvest.clone(),
            missing: self.missing.clone(),
            failures: self.failed.iter().map(failure_report).collect(),
            error: match end {
                End::Error(error) => Some(error_report(error)),
                End::Failed(failure) => Some(ErrorReport {
                    text: failure.text().to_owned(),
                    hint: failure.hint_text().map(str::to_owned),
                    status: None,
                    zoom_code: None,
                    tracking_id: None,
                    retry_after: None,
                }),
                _ => None,
            },
            stats,
        }
    }

    fn tell(&self, end: &End, stats: Stats) {
        if matches!(end, End::Closed) {
            return;
        }
        if !self.quiet {
            self.tell_counts(stats);
        }
        let whole = self.missing.is_empty() && self.failed.is_empty();
        match end {
            End::Reached if whole => return,
            End::Reached => {
                say(&format!(
                    "error: incomplete: stretches of time missing: {}, windows failed: {}",
                    self.missing.len(),
                    self.failed.len()
                ));
                self.tell_missing(SHOWN);
                self.tell_causes();
                say(&format!("hint: {}", self.what_to_do()));
                return;
            }
            End::Error(error) => Failure::from(error.clone()).print(),
            End::Failed(failure) => return failure.print(),
            End::Interrupted(signal) => {
                let name = match signal {
                    Signal::Interrupt => "SIGINT",
                    Signal::Terminate => "SIGTERM",
                };
                say(&format!(
                    "error: interrupted by {name}, the output is incomplete"
                ));
                say("hint: run it again, it begins anew");
            }
            End::Closed => {}
        }
        // A run that never came to read has nothing to name but its error.
        let began = self.written.windows_planned > 0 || self.written.sessions > 0;
        if began && !whole {
            say("incomplete, what is missing:");
            self.tell_missing(SHOWN_WHEN_STOPPED);
            self.tell_causes();
        }
    }

    fn tell_counts(&self, stats: Stats) {
        let Some(range) = self.range else { return };
        let count = |number: u64| HumanCount(number).to_string();
        let written = &self.written;
        let sandbox = if self.sandbox { " (SANDBOX)" } else { "" };
        say(&format!("summary{sandbox}: {range}"));
        say(&format!("  sessions   {}", count(written.sessions)));
        if self.command == "messages" {
            say(&format!(
                "  messages   {} sent, {} edited, {} deleted",
                count(written.sent),
                count(written.edited),
                count(written.deleted)
            ));
            say(&format!(
                "  windows    {} of {} read, {} failed",
                count(written.windows_done),
                count(written.windows_planned),
                count(written.windows_failed)
            ));
        }
        say(&format!(
            "  requests   {}, {} of them again, {} answered \"too fast\"",
            count(stats.requests.total()),
            count(stats.retries),
            count(stats.rate_limited)
        ));
        if let Some(harvest) = &self.harvest {
            let instant = |at| rfc3339(at).unwrap_or_default();
            say(&format!(
                "  complete   from {} through {}{}",
                instant(harvest.complete_from),
                instant(harvest.complete_through),
                if harvest.gaps.is_empty() {
                    ""
                } else {
                    ", but for what is missing"
                }
            ));
            if harvest.undecodable > 0 {
                say(&format!(
                    "  odd        {} do not fit their type; they were printed as they are",
                    count(harvest.undecodable)
                ));
            }
        }
    }

    fn tell_missing(&self, most: usize) {
        for missing in self.missing.iter().take(most) {
            let whose = match &missing.session_id {
                Some(id) => self.name_of(id),
                None => "all sessions".to_owned(),
            };
            let instant = |at| rfc3339(at).unwrap_or_default();
            say(&format!(
                "  missing: {whose}: {} to {}: {}",
                instant(missing.start),
                instant(missing.end),
                missing.reason
            ));
        }
        if self.missing.len() > most {
            say(&format!(
                "  and {} more; `--summary FILE` names all",
                self.missing.len() - most
            ));
        }
    }

    fn what_to_do(&self) -> String {
        if self.missing.iter().any(|missing| missing.healable) {
            return "run it again; `--from`, `--to` and session ids narrow it to what is missing"
                .to_owned();
        }
        if !self.failed.is_empty() {
            return "running it again will hardly help: see the causes".to_owned();
        }
        "no later run can bring it: Zoom no longer has it".to_owned()
    }

    /// Why windows failed, each reason once a session.
    fn tell_causes(&self) {
        let mut causes: BTreeMap<(String, String, Option<&str>), usize> = BTreeMap::new();
        for failed in &self.failed {
            let whose = match &failed.session_id {
                Some(id) => self.name_of(id),
                None => "the list of sessions".to_owned(),
            };
            // Windows of one session differ in their tracking ids; one is enough.
            let text = failed.error.to_string();
            *causes
                .entry((whose, text, failed.error.hint()))
                .or_default() += 1;
        }
        for ((whose, text, hint), windows) in causes.iter().take(SHOWN) {
            let id = self
                .failed
                .iter()
                .find(|failed| failed.error.to_string() == *text);
            let id = id.and_then(|failed| failed.error.tracking_id());
            let id = id
                .map(|id| format!(" (tracking id {id})"))
                .unwrap_or_default();
            say(&format!(
                "  cause: {whose}: {text}{id}, in {windows} windows"
            ));
            if let Some(hint) = hint {
                say(&format!("    hint: {hint}"));
            }
        }
    }

    fn name_of(&self, id: &str) -> String {
        match self.names.get(id) {
            Some(name) => format!("session {id} \"{name}\""),
            None => format!("session {id}"),
        }
    }
}

fn failure_report(failed: &FailedWindow) -> FailureReport {
    FailureReport {
        session_id: failed.session_id.as_deref().map(str::to_owned),
        from: failed.window.from,
        to: failed.window.to,
        error: error_report(&failed.error),
    }
}

fn error_report(error: &Error) -> ErrorReport {
    ErrorReport {
        text: text_of(error),
        hint: error.hint().map(str::to_owned),
        status: error.status(),
        zoom_code: error.zoom_code(),
        tracking_id: error.tracking_id().map(str::to_owned),
        retry_after: error.retry_after(),
    }
}

/// The file of `--summary`, opened before anything is asked so that a bad path fails at once.
///
/// It is empty until the run ends: that of a run that was killed cannot be
/// mistaken for that of one that ended.
#[derive(Debug)]
pub(crate) struct SummaryFile {
    file: File,
    path: PathBuf,
}

impl SummaryFile {
    pub(crate) fn open(path: Option<&Path>) -> Result<Option<Self>, Failure> {
        let Some(path) = path else { return Ok(None) };
        match File::create(path) {
            Ok(file) => Ok(Some(Self {
                file,
                path: path.to_owned(),
            })),
            Err(error) => Err(Failure::io(
                &format!("the summary {} cannot be written", path.display()),
                &error,
            )
            .hint("give --summary a path in a folder that can be written to")),
        }
    }

    fn write(mut self, summary: &Summary) -> Result<(), Failure> {
        let text = output::json(summary)?;
        let written = self.file.write_all(text.as_bytes());
        written.map_err(|error| {
            let what = format!("the summary {} cannot be written", self.path.display());
            Failure::io(&what, &error).hint("make room, or give --summary another path")
        })
    }
}
