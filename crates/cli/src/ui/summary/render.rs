//! The summary of a run, for people.

use std::{collections::BTreeMap, path::Path};

use zoom_chat_reports::{
    HarvestSummary, dates::SETTLED_AFTER, harvest::FailedWindow, stats::Stats,
};

use super::{End, Report};
use crate::{
    exit::Exit,
    failure::{Failure, text_of},
    signal::Signal,
    ui::{
        ndjson::rfc3339,
        output::Place,
        quantity::{count, counted},
        stderr::{eprint, eprint_failure},
    },
};

/// The number of missing stretches that people see; the summary file lists all.
const SHOWN: usize = 1000;
/// The same number after a signal, when most is missing.
const SHOWN_WHEN_STOPPED: usize = 10;

impl Report {
    pub(super) fn eprint(&self, end: &End, exit: Exit, stats: Stats) {
        if matches!(end, End::Closed) {
            return;
        }
        let whole = self.is_whole();
        if !self.quiet {
            self.eprint_counts(self.verdict(end, whole), stats);
        }
        match end {
            End::Reached if whole => return,
            End::Reached => {
                eprint(&format!(
                    "error: incomplete: {} of time missing, {} failed",
                    counted(self.missing.len() as u64, "stretch"),
                    counted(self.failed.len() as u64, "window")
                ));
                self.eprint_missing(SHOWN);
                self.eprint_causes();
                eprint(&format!("hint: {}", self.what_to_do()));
                return;
            }
            End::Error(error) => eprint_failure(&Failure::from(error.clone())),
            End::Failed(failure) => return eprint_failure(failure),
            End::Interrupted(signal) => {
                let name = match signal {
                    Signal::Interrupt => "SIGINT",
                    Signal::Terminate => "SIGTERM",
                };
                eprint(&format!(
                    "error: interrupted by {name}, the output is incomplete"
                ));
                eprint(&format!("hint: {}", self.again()));
            }
            End::Closed => {}
        }
        // A run that could not begin to read, and never can, has only its error to report.
        let began = self.written.windows_planned > 0 || self.written.sessions > 0;
        if (began || exit == Exit::Incomplete) && !whole {
            eprint("incomplete, what is missing:");
            self.eprint_missing(SHOWN_WHEN_STOPPED);
            self.eprint_causes();
        }
    }

    /// How the run ended, in plain words.
    fn verdict(&self, end: &End, whole: bool) -> &'static str {
        match (end, whole) {
            (End::Reached, true) if self.archive => "COMPLETE, everything asked for is here",
            (End::Reached, true) => "COMPLETE, everything that Zoom reports was read",
            (End::Reached, false) => "INCOMPLETE, part of it is missing",
            _ => "INCOMPLETE, the run ended early",
        }
    }

    fn eprint_counts(&self, verdict: &str, stats: Stats) {
        let of = match (self.range, self.archive) {
            (Some(range), _) => range.to_string(),
            (None, true) => "from the archive".to_owned(),
            (None, false) => return,
        };
        let written = &self.written;
        let sandbox = if self.sandbox { " (SANDBOX)" } else { "" };
        eprint(&format!("summary{sandbox}: {of}: {verdict}"));
        if !self.archive || self.command == "sessions" {
            eprint(&format!("  sessions   {}", count(written.sessions)));
        }
        if self.command == "messages" {
            eprint(&format!(
                "  messages   {} sent, {} edited, {} deleted",
                count(written.sent),
                count(written.edited),
                count(written.deleted)
            ));
        }
        if let Some(standing) = &self.standing {
            eprint(&format!("  archive    {}", standing.text));
            if let Some(through) = standing.complete_through.and_then(rfc3339) {
                eprint(&format!(
                    "  complete   through {through}; newer messages were printed too, and more may follow"
                ));
            }
        }
        self.eprint_place();
        if self.archive {
            return;
        }
        if self.command == "messages" {
            eprint(&format!(
                "  windows    {} of {} read, {} failed",
                count(written.windows_done),
                count(written.windows_planned),
                count(written.windows_failed)
            ));
        }
        eprint(&format!("  requests   {}", requests(stats)));
        if let Some(notice) = tokens_ended(stats) {
            eprint(&format!("  tokens     {notice}"));
        }
        if let Some(harvest) = &self.harvest {
            self.eprint_doubts(harvest);
            let complete = match written.windows_done {
                0 if written.windows_planned > 0 => "nothing".to_owned(),
                _ => complete(harvest),
            };
            eprint(&format!("  complete   {complete}"));
            if harvest.undecodable > 0 {
                eprint(&format!(
                    "  unreadable {} in an unknown form; printed as Zoom sent them",
                    counted(harvest.undecodable, "entry")
                ));
            }
        }
    }

    fn eprint_place(&self) {
        match &self.place {
            Place::Nowhere => {}
            Place::File(file) => eprint(&format!("  output     {}", file.display())),
            Place::Part(part) => eprint(&format!("  output     {}, unfinished", part.display())),
            Place::Withheld(file) => eprint(&format!(
                "  output     {} is not made, since part of it is missing",
                file.display()
            )),
        }
        if let Some(begun) = self.continues.and_then(rfc3339) {
            eprint(&format!(
                "  continues  a run of {begun}; what it had read may have changed since"
            ));
        }
        if let Some(before) = self.partial_before.and_then(rfc3339) {
            eprint(&format!(
                "  in part    what was sent before {before}: Zoom no longer has the rest"
            ));
        }
    }

    /// Prints warnings that do not make the output incomplete.
    fn eprint_doubts(&self, harvest: &HarvestSummary) {
        if let Some(ahead) = harvest.machine_clock_ahead_s {
            eprint(&format!("  clocks     {}", clocks(ahead)));
        }
        if harvest.windows_unconfirmed > 0 {
            eprint(&format!(
                "  read once  {} of several pages; `--confirm` reads them until two readings agree",
                counted(harvest.windows_unconfirmed, "window")
            ));
        }
        if harvest.unplaceable > 0 {
            eprint(&format!(
                "  no time    {} without a possible time; printed as Zoom sent them",
                counted(harvest.unplaceable, "entry")
            ));
        }
        if harvest.api_may_have_changed {
            eprint(&format!("  answers    {API_MAY_HAVE_CHANGED}"));
        }
    }

    fn eprint_missing(&self, most: usize) {
        for missing in self.missing.iter().take(most) {
            let whose = match &missing.session_id {
                Some(id) => self.name_of(id),
                None => "all sessions".to_owned(),
            };
            let instant = |at| rfc3339(at).unwrap_or_default();
            eprint(&format!(
                "  missing: {whose}: {} to {}: {}",
                instant(missing.start),
                instant(missing.end),
                missing.reason
            ));
        }
        if self.missing.len() > most {
            eprint(&format!(
                "  and {} more; `--summary FILE` lists all",
                self.missing.len() - most
            ));
        }
    }

    /// What a run does after this one was interrupted.
    fn again(&self) -> String {
        match &self.place {
            Place::Part(part) => goes_on(part),
            _ => "run it again: it starts from the beginning".to_owned(),
        }
    }

    fn what_to_do(&self) -> String {
        let used = match &self.place {
            Place::Part(part) => format!("; rename {} to use it as it is", part.display()),
            Place::Withheld(_) => "; without --output, what is there is printed".to_owned(),
            _ => String::new(),
        };
        if self.archive {
            return format!(
                "`sync` brings the archive up to date; `gaps` says why something is missing{used}"
            );
        }
        if self.missing.iter().any(|missing| missing.healable) {
            return match &self.place {
                Place::Part(part) => format!("{}{used}", goes_on(part)),
                _ => format!(
                    "run it again; `--from`, `--to` and session ids narrow it to what is missing{used}"
                ),
            };
        }
        if !self.failed.is_empty() {
            return format!("running it again is unlikely to help: see the causes{used}");
        }
        format!("no later run can read it: Zoom no longer has it{used}")
    }

    /// Prints why windows failed, each reason once a session.
    fn eprint_causes(&self) {
        // Windows of one session differ in their attempts and tracking ids; those of the first window are enough.
        let mut causes: BTreeMap<_, (&FailedWindow, usize)> = BTreeMap::new();
        for failed in &self.failed {
            let error = &failed.error;
            let kind = (error.kind().to_string(), error.status(), error.zoom_code());
            let (_, windows) = causes
                .entry((&failed.session_id, kind))
                .or_insert((failed, 0));
            *windows += 1;
        }
        for (failed, windows) in causes.values().take(SHOWN) {
            let whose = match &failed.session_id {
                Some(id) => self.name_of(id),
                None => "the list of sessions".to_owned(),
            };
            let text = text_of(&failed.error);
            let windows = counted(*windows as u64, "window");
            eprint(&format!("  cause: {whose}: {text}, in {windows}"));
            if let Some(hint) = failed.error.hint() {
                eprint(&format!("    hint: {hint}"));
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

fn goes_on(part: &Path) -> String {
    format!(
        "run the same command again: it continues {}",
        part.display()
    )
}

/// The number of requests, of retries, and of answers that asked for a slower rate.
pub(crate) fn requests(stats: Stats) -> String {
    format!(
        "{}, {} of them retries, {} answered \"too many requests\"",
        count(stats.requests.total()),
        count(stats.retries),
        count(stats.rate_limited)
    )
}

/// If more access tokens than this ended early, the summary says so.
const ENDED_EARLY: u64 = 3;

/// A warning if another program fetches tokens for the same app, which slows the run down.
pub(crate) fn tokens_ended(stats: Stats) -> Option<String> {
    (stats.tokens_rejected > ENDED_EARLY && stats.token_refreshes > ENDED_EARLY).then(|| {
        format!(
            "{} fetched, since Zoom ended them early: another program seems to use the same app, which slows down \
             both; give each its own app",
            count(stats.token_refreshes)
        )
    })
}

/// A warning after several sessions in a row whose answers are in an unknown form.
pub(crate) const API_MAY_HAVE_CHANGED: &str =
    "three sessions in a row were answered in an unknown form: Zoom's API may have changed";

/// The stretch that is complete, in words; it may be empty.
fn complete(harvest: &HarvestSummary) -> String {
    let (from, through) = (harvest.complete_from, harvest.complete_through);
    let instant = |at| rfc3339(at).unwrap_or_default();
    match (from < through, harvest.gaps.is_empty()) {
        (true, true) => format!("from {} through {}", instant(from), instant(through)),
        (true, false) => format!(
            "from {} through {}, except for what is missing",
            instant(from),
            instant(through)
        ),
        (false, true) => format!(
            "nothing yet: messages of the last {} hours may still change",
            SETTLED_AFTER.num_hours()
        ),
        (false, false) => "nothing".into(),
    }
}

/// The difference between this machine's clock and Zoom's.
pub(crate) fn clocks(machine_ahead_s: i64) -> String {
    let days = machine_ahead_s.unsigned_abs() / 86_400;
    let way = if machine_ahead_s > 0 {
        "ahead of"
    } else {
        "behind"
    };
    let days = counted(days, "day");
    format!("this machine's clock is {days} {way} Zoom's; Zoom's counts")
}
