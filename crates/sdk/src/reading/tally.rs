//! The tally of a run: counts what its windows gave, and makes the summary; for every way of reading.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::{
    clean::{Cleaned, Dropped, Novelty},
    once::Once,
    plan::Unit,
    source::Reading,
};
use crate::{
    Coverage, DateRange, Entry, Error, ErrorKind, Gap, GapReason, HarvestSummary, Options,
    dates::{
        Interval, RunId,
        horizon::{Horizon, Today},
        padding::earliest_midnight,
        proof::{AnsweredWindow, SETTLED_AFTER, proven},
        range::midnight,
        window::Window,
    },
    reading::{
        facts::{Counts, WindowFacts},
        summary::Why,
    },
    transport::stats::Counters,
};

/// After this many sessions in a row with answers of an unknown form, the API seems to have changed.
const SUSPECT: usize = 3;

/// What was asked for, the same for all windows.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    pub(crate) range: DateRange,
    pub(crate) options: Options,
    pub(crate) except: Arc<Coverage>,
    /// Whether windows give all their entries, even those that their neighbours give.
    pub(crate) whole_windows: bool,
    pub(crate) counters: Arc<Counters>,
}

/// How far a run could read, at its end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scope {
    /// The instants that were asked for.
    pub(crate) interval: Interval,
    pub(crate) horizon: Horizon,
    pub(crate) today: Today,
    pub(crate) now: DateTime<Utc>,
    /// How far the machine's clock is ahead of Zoom's, if by more than a day.
    pub(crate) machine_ahead: Option<TimeDelta>,
}

/// What a run that ended early has left undone, apart from windows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Early {
    /// Whether the list of sessions was read, in all its passes.
    pub(crate) list_read: bool,
}

impl Scope {
    /// The first instant that can be proven.
    pub(crate) fn provable_from(&self) -> DateTime<Utc> {
        self.horizon.provable_from(self.today)
    }
}

/// The facts and failures of a run.
pub(crate) struct Tally {
    asked: Wanted,
    run: RunId,
    once: Once,
    pub(crate) sessions: Vec<OfSession>,
    open: HashMap<(usize, NaiveDate), Counts>,
    oldest_as_of: Option<DateTime<Utc>>,
    /// Whether the account returned any item.
    anything: bool,
    unreadable: HashSet<usize>,
    /// What is counted so far, and the gaps of the list.
    summary: HarvestSummary,
}

/// The facts and failures of one session.
#[derive(Default)]
pub(crate) struct OfSession {
    pub(crate) id: Arc<str>,
    answered: Vec<AnsweredWindow>,
    /// Why it has gaps; the first reason counts.
    failed: Option<Why>,
    /// The end of the last window that failed.
    failed_until: Option<DateTime<Utc>>,
    /// How many windows are not over.
    left: u64,
}

impl Tally {
    pub(crate) fn new(asked: Wanted) -> Self {
        let start = asked.range.start();
        Self {
            asked,
            run: RunId::new(),
            once: Once::default(),
            sessions: Vec::new(),
            open: HashMap::new(),
            oldest_as_of: None,
            anything: false,
            unreadable: HashSet::new(),
            summary: HarvestSummary::empty(start, start),
        }
    }

    /// Adds sessions, and windows that will be read.
    pub(crate) fn expect(&mut self, sessions: impl IntoIterator<Item = Arc<str>>, units: &[Unit]) {
        self.sessions
            .extend(sessions.into_iter().map(|id| OfSession {
                id,
                ..OfSession::default()
            }));
        for unit in units {
            self.sessions[unit.session].left += 1;
        }
        if !self.asked.whole_windows {
            self.once.expect(units);
        }
    }

    /// Notes that the list named a session.
    pub(crate) fn listed(&mut self) {
        self.anything = true;
    }

    /// The entries of a page that must be given out.
    pub(crate) fn page(&mut self, unit: &Unit, page: Vec<Cleaned>) -> Vec<Entry> {
        let counts = self
            .open
            .entry((unit.stretch, unit.window.from))
            .or_default();
        let mut entries = Vec::with_capacity(page.len());
        for cleaned in page {
            let novelty = if self.asked.whole_windows {
                Novelty::New
            } else {
                self.once.note(unit, &cleaned)
            };
            if novelty == Novelty::Duplicate {
                counts.duplicates += 1;
                continue;
            }
            counts.given(&cleaned, cleaned.changed || novelty == Novelty::Changed);
            entries.push(cleaned.entry);
        }
        self.anything |= !entries.is_empty();
        entries
    }

    /// Notes that a window was read completely; returns its facts.
    pub(crate) fn read(&mut self, unit: &Unit, reading: Reading, dropped: Dropped) -> WindowFacts {
        let mut counts = self.ended(unit);
        counts.duplicates += dropped.duplicates;
        counts.outside += dropped.outside;
        self.asked.counters.duplicate(counts.duplicates);
        self.unreadable.clear();
        let session = &mut self.sessions[unit.session];
        let (session_id, options) = (session.id.clone(), &self.asked.options);
        let facts = WindowFacts::new(self.run, session_id, options, unit, reading, counts);
        self.summary.add(&facts);
        if facts.settled {
            self.answered(unit.session, facts.answered.clone());
        } else {
            session.failed.get_or_insert(GapReason::Unsettled.into());
        }
        facts
    }

    /// Notes that a window failed.
    pub(crate) fn failed(&mut self, unit: &Unit, error: &Error) {
        self.ended(unit);
        self.summary.windows_failed += 1;
        let session = &mut self.sessions[unit.session];
        session.failed.get_or_insert(Why::of(error));
        session.failed_until = session.failed_until.max(Some(unit.keep.end));
        if error.kind() == ErrorKind::UnreadableBody {
            self.unreadable.insert(unit.session);
            self.summary.api_may_have_changed |= self.unreadable.len() >= SUSPECT;
        }
    }

    /// The counts of a window that is over.
    fn ended(&mut self, unit: &Unit) -> Counts {
        self.once.ended(unit);
        self.sessions[unit.session].left -= 1;
        let counts = self.open.remove(&(unit.stretch, unit.window.from));
        counts.unwrap_or_default()
    }

    pub(crate) fn answered(&mut self, session: usize, window: AnsweredWindow) {
        let as_of = window.as_of;
        self.oldest_as_of = Some(self.oldest_as_of.map_or(as_of, |oldest| oldest.min(as_of)));
        self.sessions[session].answered.push(window);
    }

    pub(crate) fn list_failed(&mut self, window: Window) {
        self.summary.windows_failed += 1;
        self.list_gap(window, GapReason::ListIncomplete);
    }

    pub(crate) fn nameless_session(&mut self, window: Window) {
        self.list_gap(window, GapReason::NamelessSession);
    }

    fn list_gap(&mut self, window: Window, reason: GapReason) {
        let interval = Interval::new(midnight(window.from), midnight(window.to));
        let gap = Gap::new(None, interval, reason.into());
        // Both passes may meet the same one.
        if !self.summary.gaps.contains(&gap) {
            self.summary.gaps.push(gap);
        }
    }

    /// The summary; `early` is given if the run ended early.
    pub(crate) fn summary(mut self, scope: &Scope, early: Option<Early>) -> HarvestSummary {
        let range = self.asked.range;
        let interval = scope.interval;
        let provable_from = scope.provable_from();
        let complete_from = interval.start.max(provable_from).min(interval.end);
        let mut complete_through = self.oldest_as_of.unwrap_or(scope.now) - SETTLED_AFTER;
        if let Some(ceiling) = scope.horizon.learned_ceiling(scope.today) {
            complete_through = complete_through.min(earliest_midnight(ceiling));
        }
        let complete_through = complete_through.min(interval.end).max(complete_from);

        let mut gaps = std::mem::take(&mut self.summary.gaps);
        let mut in_all = |start, end, reason: GapReason| {
            gaps.push(Gap::new(None, Interval::new(start, end), reason.into()));
        };
        if early.is_some_and(|early| !early.list_read) {
            in_all(interval.start, interval.end, GapReason::ListIncomplete);
        }
        if !range.is_whole_reach() && complete_from > range.start() {
            in_all(range.start(), complete_from, GapReason::BeyondReach);
        }
        let ahead = scope.machine_ahead;
        let doubtful = |ahead| Today::is_too_far(ahead) || !self.anything;
        if ahead.is_some_and(doubtful) {
            in_all(interval.start, interval.end, GapReason::ClocksDisagree);
        }
        let required = Interval::new(complete_from, complete_through);
        let is_early = early.is_some();
        self.session_gaps(required, interval.end, is_early, &mut gaps);
        let left = || self.sessions.iter().map(|session| session.left);
        HarvestSummary {
            sessions: self.sessions.len(),
            sessions_unread: left().filter(|left| *left > 0).count() as u64,
            windows_unread: left().sum(),
            complete_from,
            complete_through,
            machine_clock_ahead_s: ahead.map(|ahead| ahead.num_seconds()),
            gaps,
            ..self.summary
        }
    }

    /// The required instants that are not proven, by session.
    fn session_gaps(
        &self,
        required: Interval,
        end: DateTime<Utc>,
        is_early: bool,
        gaps: &mut Vec<Gap>,
    ) {
        let asked = &self.asked;
        for session in &self.sessions {
            let id = &session.id;
            let mut known = asked.except.proven(id, &asked.options);
            known.extend(proven(&session.answered));
            let known = Interval::union(known);
            if is_early && session.left > 0 {
                let all = Interval::new(required.start, end.max(required.end));
                let unread = all.without(&known).into_iter();
                gaps.extend(unread.map(|open| Gap::new(Some(id), open, GapReason::Unread.into())));
                continue;
            }
            // The content of a failed window is missing, even if it is too recent to be proven for others.
            let until = session.failed_until.unwrap_or(required.end);
            let until = until.min(end).max(required.end);
            let open = Interval::new(required.start, until).without(&known);
            // A failed window is named even if nothing else is open, for instance if it is too
            // recent to be proven.
            let young = (open.is_empty() && session.failed.is_some())
                .then(|| Interval::new(required.end, end.max(required.end)));
            let why = session.failed.unwrap_or(GapReason::Transient.into());
            let missing = open.into_iter().chain(young);
            gaps.extend(missing.map(|open| Gap::new(Some(id), open, why)));
        }
    }
}
