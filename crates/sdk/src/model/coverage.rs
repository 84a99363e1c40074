//! Coverage: what is proven, by session and question.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    dates::{
        AnsweredWindow, Interval, Proof, RunId, Window, range::DateRange, window::WINDOW_DAYS,
    },
    model::options::Options,
    version::Version,
};

/// What is proven, by session, so that a later harvest does not ask for it again.
///
/// Call [`record`](Self::record) for each committed
/// [`HarvestEvent::WindowDone`](crate::HarvestEvent::WindowDone), store the coverage
/// (it implements serde's traits), and give it to the next harvest.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Coverage {
    version: Version<1>,
    sessions: BTreeMap<String, Vec<Answered>>,
}

/// What was answered to one question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Answered {
    options: Options,
    #[serde(flatten)]
    proof: Proof<RunId>,
}

impl Coverage {
    /// Adds an answered window of a run.
    pub(crate) fn add(
        &mut self,
        session_id: &str,
        options: &Options,
        run: RunId,
        answered: AnsweredWindow,
    ) {
        self.proof(session_id, options).add(run, answered);
    }

    /// Adds instants that the caller's own records prove.
    pub fn insert(&mut self, session_id: &str, options: &Options, interval: Interval) {
        self.proof(session_id, options).insert(interval);
    }

    /// The instants of a session that are proven for `options`, in order and disjoint.
    #[must_use]
    pub fn proven(&self, session_id: &str, options: &Options) -> Vec<Interval> {
        let answered = self.sessions.get(session_id).into_iter().flatten();
        Interval::union(
            answered
                .filter(|answered| answered.options.answers(options))
                .flat_map(|answered| answered.proof.intervals()),
        )
    }

    /// The instants of `interval` that are not proven for `options`, in order and disjoint.
    #[must_use]
    pub fn missing(
        &self,
        session_id: &str,
        options: &Options,
        interval: Interval,
    ) -> Vec<Interval> {
        interval.without(&self.proven(session_id, options))
    }

    /// The windows that a harvest of `range` asks for, oldest first, if every date is within Zoom's reach.
    #[must_use]
    pub fn windows_to_ask(
        &self,
        session_id: &str,
        options: &Options,
        range: DateRange,
    ) -> Vec<Window> {
        let missing = self.missing(session_id, options, range.interval());
        let windows = missing
            .into_iter()
            .flat_map(|stretch| Window::around(stretch).split(WINDOW_DAYS));
        windows.collect()
    }

    /// The sessions for which anything was answered.
    pub fn sessions(&self) -> impl Iterator<Item = &str> {
        self.sessions.keys().map(String::as_str)
    }

    fn proof(&mut self, session_id: &str, options: &Options) -> &mut Proof<RunId> {
        let of_session = self.sessions.entry(session_id.to_owned()).or_default();
        let known = of_session
            .iter()
            .position(|answered| answered.options == *options);
        let place = known.unwrap_or_else(|| {
            of_session.push(Answered {
                options: options.clone(),
                proof: Proof::default(),
            });
            of_session.len() - 1
        });
        &mut of_session[place].proof
    }
}
