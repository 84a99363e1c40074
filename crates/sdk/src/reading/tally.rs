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
    sessions: Vec<Arc<str>>,
    open: HashMap<(usize, NaiveDate), Counts>,
    answered: HashMap<usize, Vec<AnsweredWindow>>,
    failed: HashMap<usize, Why>,
    /// The end of the last window that failed, by session.
    failed_until: HashMap<usize, DateTime<Utc>>,
    /// How many windows are not over, by session.
    left: HashMap<usize, u64>,
    list_gaps: Vec<Gap>,
    oldest_as_of: Option<DateTime<Utc>>,
    total: Counts,
    windows_done: u64,
    windows_failed: u64,
    unconfirmed: u64,
    /// Whether the account returned any item.
    anything: bool,
    unreadable: HashSet<usize>,
    suspect: bool,
}

impl Tally {
    pub(crate) fn new(asked: Wanted) -> Self {
        Self {
            asked,
            run: RunId::new(),
            once: Once::default(),
            sessions: Vec::new(),
            open: HashMap::new(),
            answered: HashMap::new(),
            failed: HashMap::new(),
            failed_until: HashMap::new(),
            left: HashMap::new(),
            list_gaps: Vec::new(),
            oldest_as_of: None,
            total: Counts::default(),
            windows_done: 0,
            windows_failed: 0,
            unconfirmed: 0,
            anything: false,
            unreadable: HashSet::new(),
            suspect: false,
        }
    }

    /// Adds sessions, and windows that will be read.
    pub(crate) fn expect(&mut self, sessions: impl IntoIterator<Item = Arc<str>>, units: &[Unit]) {
        self.sessions.extend(sessions);
        for unit in units {
            *self.left.entry(unit.session).or_default() += 1;
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
        let session_id = self.sessions[unit.session].clone();
        let options = &self.asked.options;
        let facts = WindowFacts::new(self.run, session_id, options, unit, reading, counts);
        self.done(unit.session, &facts);
        facts
    }

    /// Notes that a window failed.
    pub(crate) fn failed(&mut self, unit: &Unit, error: &Error) {
        self.ended(unit);
        self.windows_failed += 1;
        self.missing_because(unit.session, Why::of(error));
        let until = self
            .failed_until
            .entry(unit.session)
            .or_insert(unit.keep.end);
        *until = unit.keep.end.max(*until);
        if error.kind() == ErrorKind::UnreadableBody {
            self.unreadable.insert(unit.session);
            self.suspect |= self.unreadable.len() >= SUSPECT;
        }
    }

    /// Notes why a session has gaps; the first reason counts.
    fn missing_because(&mut self, session: usize, why: Why) {
        self.failed.entry(session).or_insert(why);
    }

    /// The counts of a window that is over.
    fn ended(&mut self, unit: &Unit) -> Counts {
        self.once.ended(unit);
        if let Some(left) = self.left.get_mut(&unit.session) {
            *left -= 1;
            if *left == 0 {
                self.left.remove(&unit.session);
            }
        }
        let counts = self.open.remove(&(unit.stretch, unit.window.from));
        counts.unwrap_or_default()
    }

    fn done(&mut self, session: usize, facts: &WindowFacts) {
        if facts.settled {
            self.answered(session, facts.answered.clone());
        } else {
            self.missing_because(session, GapReason::Unsettled.into());
        }
        self.windows_done += 1;
        self.unconfirmed += u64::from(!facts.confirmed);
        self.total.add(facts);
    }

    pub(crate) fn answered(&mut self, session: usize, window: AnsweredWindow) {
        let as_of = window.as_of;
        self.oldest_as_of = Some(self.oldest_as_of.map_or(as_of, |oldest| oldest.min(as_of)));
        self.answered.entry(session).or_default().push(window);
    }

    pub(crate) fn list_failed(&mut self, window: Window) {
        self.windows_failed += 1;
        self.list_gap(window, GapReason::ListIncomplete);
    }

    pub(crate) fn nameless_session(&mut self, window: Window) {
        self.list_gap(window, GapReason::NamelessSession);
    }

    fn list_gap(&mut self, window: Window, reason: GapReason) {
        let interval = Interval::new(midnight(window.from), midnight(window.to));
        let gap = Gap::new(None, interval, reason.into());
        // Both passes may meet the same one.
        if !self.list_gaps.contains(&gap) {
            self.list_gaps.push(gap);
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

        let mut gaps = std::mem::take(&mut self.list_gaps);
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
        HarvestSummary {
            sessions: self.sessions.len(),
            windows_done: self.windows_done,
            windows_failed: self.windows_failed,
            sessions_unread: self.left.len() as u64,
            windows_unread: self.left.values().sum(),
            windows_unconfirmed: self.unconfirmed,
            sent: self.total.sent,
            edited: self.total.edited,
            deleted: self.total.deleted,
            changed: self.total.changed,
            duplicates: self.total.duplicates,
            outside: self.total.outside,
            unplaceable: self.total.unplaceable,
            undecodable: self.total.undecodable,
            complete_from,
            complete_through,
            machine_clock_ahead_s: ahead.map(|ahead| ahead.num_seconds()),
            api_may_have_changed: self.suspect,
            gaps,
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
        for (index, id) in self.sessions.iter().enumerate() {
            let mut known = asked.except.proven(id, &asked.options);
            known.extend(
                self.answered
                    .get(&index)
                    .into_iter()
                    .flat_map(|w| proven(w)),
            );
            let known = Interval::union(known);
            if is_early && self.left.contains_key(&index) {
                let all = Interval::new(required.start, end.max(required.end));
                let unread = all.without(&known).into_iter();
                gaps.extend(unread.map(|open| Gap::new(Some(id), open, GapReason::Unread.into())));
                continue;
            }
            // The content of a failed window is missing, even if it is too recent to be proven for others.
            let until = self.failed_until.get(&index).copied();
            let until = until.map_or(required.end, |until| until.min(end).max(required.end));
            let open = Interval::new(required.start, until).without(&known);
            let failed = self.failed.get(&index).copied();
            // A failed window is named even if nothing else is open, for instance if it is too
            // recent to be proven.
            let young = (open.is_empty() && failed.is_some())
                .then(|| Interval::new(required.end, end.max(required.end)));
            let why = failed.unwrap_or_else(|| GapReason::Transient.into());
            let missing = open.into_iter().chain(young);
            gaps.extend(missing.map(|open| Gap::new(Some(id), open, why)));
        }
    }
}
