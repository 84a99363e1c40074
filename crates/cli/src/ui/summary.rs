//! The summary of a run: for people on stderr, for programs in a file.

mod render;

pub(crate) use render::{API_MAY_HAVE_CHANGED, clocks, requests, tokens_ended};

use std::{
    collections::BTreeMap,
    fs::File,
    io::Write,
    path::{Path, PathBuf},
};

use chrono::{DateTime, Utc};
use zoom_chat_archive::Standing;
use zoom_chat_reports::{DateRange, Error, HarvestSummary, harvest::FailedWindow, stats::Stats};

use crate::{
    exit::Exit,
    failure::{Failure, text_of},
    schema::{
        ErrorReport, FailureReport, Missing, Outcome, OutputReport, Range, Summary, VERSION,
        Written,
    },
    signal::Signal,
    ui::{
        output::{Output, Place, Stopped},
        progress::Progress,
        stderr::eprint_failure,
        stdout,
    },
};

/// The end of a run.
pub(crate) enum End {
    /// The run read everything it could.
    Reached,
    /// The reader closed stdout.
    Closed,
    /// A signal stopped it.
    Interrupted(Signal),
    /// An error of the account or of the way to it.
    Error(Error),
    /// Any other error.
    Failed(Failure),
}

impl From<Stopped> for End {
    fn from(stopped: Stopped) -> Self {
        match stopped {
            Stopped::Closed => Self::Closed,
            Stopped::Failed(failure) => Self::Failed(failure),
        }
    }
}

/// The result of a run, as it grows.
pub(crate) struct Report {
    pub(crate) command: &'static str,
    pub(crate) sandbox: bool,
    pub(crate) quiet: bool,
    /// Whether the run read an archive and sent no request.
    pub(crate) archive: bool,
    pub(crate) range: Option<DateRange>,
    /// The state of the archive that is read.
    pub(crate) standing: Option<Standing>,
    pub(crate) written: Written,
    pub(crate) harvest: Option<HarvestSummary>,
    pub(crate) missing: Vec<Missing>,
    pub(crate) failed: Vec<FailedWindow>,
    /// Names of sessions, if they are to be shown.
    pub(crate) names: BTreeMap<String, String>,
    /// The place of the lines.
    pub(crate) place: Place,
    /// When the run began whose file this one continues.
    pub(crate) continues: Option<DateTime<Utc>>,
    /// Lines of messages that were sent before this are only a part.
    pub(crate) partial_before: Option<DateTime<Utc>>,
}

impl Report {
    pub(crate) fn new(command: &'static str, sandbox: bool, quiet: bool) -> Self {
        Self {
            command,
            sandbox,
            quiet,
            archive: false,
            range: None,
            standing: None,
            written: Written::default(),
            harvest: None,
            missing: Vec::new(),
            failed: Vec::new(),
            names: BTreeMap::new(),
            place: Place::Nowhere,
            continues: None,
            partial_before: None,
        }
    }

    /// For a run that reads an archive.
    pub(crate) fn of_archive(command: &'static str, sandbox: bool, quiet: bool) -> Self {
        let archive = true;
        Self {
            archive,
            ..Self::new(command, sandbox, quiet)
        }
    }

    /// Whether nothing is missing.
    pub(crate) fn is_whole(&self) -> bool {
        self.missing.is_empty() && self.failed.is_empty()
    }

    /// Writes the last lines, and gives a file its name if nothing is missing.
    pub(crate) fn put(&mut self, output: Output, progress: &Progress) -> End {
        let put = match self.is_whole() {
            true => output.finish(progress),
            false => output.withhold(progress),
        };
        match put {
            Ok(place) => {
                self.place = place;
                End::Reached
            }
            Err(stopped) => stopped.into(),
        }
    }

    /// Reports how the run ended, first in the file.
    pub(crate) fn finish(
        self,
        end: &End,
        stats: Stats,
        file: Option<SummaryFile>,
    ) -> Result<Exit, Failure> {
        let whole = self.is_whole();
        let (exit, outcome) = match end {
            End::Reached if whole => (Exit::Complete, Outcome::Complete),
            End::Reached => (Exit::Incomplete, Outcome::Incomplete),
            End::Closed => (Exit::Complete, Outcome::OutputClosed),
            End::Interrupted(signal) => (Exit::Interrupted(*signal), Outcome::Interrupted),
            End::Error(error) => (self.exit_of(error, &stats), Outcome::Failed),
            End::Failed(failure) => (failure.exit(), Outcome::Failed),
        };
        let written = file.map(|file| file.write(&self.document(end, exit, outcome, stats)));
        self.eprint(end, exit, stats);
        match written {
            Some(Err(failure)) if exit == Exit::Complete => Err(failure),
            Some(Err(failure)) => {
                eprint_failure(&failure);
                Ok(exit)
            }
            _ => Ok(exit),
        }
    }

    /// A range that is out of reach before any request is the user's mistake.
    fn exit_of(&self, error: &Error, stats: &Stats) -> Exit {
        let asked = stats.requests.sessions + stats.requests.messages;
        if error.kind() == zoom_chat_reports::ErrorKind::OutOfReach && asked == 0 {
            return Exit::Usage;
        }
        crate::failure::exit_of(error)
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
            output: match &self.place {
                Place::Nowhere | Place::Withheld(_) => None,
                Place::File(file) | Place::Part(file) => Some(OutputReport {
                    file: file.clone(),
                    whole: matches!(self.place, Place::File(_)),
                    continues: self.continues,
                    partial_before: self.partial_before,
                }),
            },
            standing: self.standing.clone(),
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

/// The file of `--summary`, opened before any request so that a bad path fails at once.
///
/// It is empty until the run ends, so the file of a killed run cannot be mistaken for that of a run
/// that ended.
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
        let text = stdout::json(summary)?;
        let written = self.file.write_all(text.as_bytes());
        written.map_err(|error| {
            let what = format!("the summary {} cannot be written", self.path.display());
            Failure::io(&what, &error).hint("free some disk space, or give --summary another path")
        })
    }
}
