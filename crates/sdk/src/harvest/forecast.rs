//! The forecast: how many requests a harvest takes, before it runs.

use std::{collections::HashSet, sync::Arc, time::Duration};

use serde::Serialize;

use super::Harvest;
use crate::{
    Plan, Result, Session,
    model::plan::RateLabel,
    reading::{listed, run::Run, source::Halt},
};

/// The least that a harvest takes, computed from the list of sessions and the windows to be read.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Forecast {
    /// Sessions that will be read.
    pub sessions: usize,
    /// Windows that will be read, of all sessions.
    pub windows: usize,
    /// Requests that list the sessions.
    pub listing_requests: u64,
    /// Requests that read messages, at least: one a window. Each further 100 messages of a window take one more.
    pub message_requests: u64,
    #[serde(skip)]
    ids: Vec<Arc<str>>,
}

impl Forecast {
    /// The ids of the sessions that will be read.
    pub fn session_ids(&self) -> impl Iterator<Item = &str> {
        self.ids.iter().map(|id| &**id)
    }

    /// All requests, at least.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.listing_requests + self.message_requests
    }

    /// How long the requests take under a plan's rate limit, of which a share is used.
    #[must_use]
    pub fn duration(&self, plan: Plan, share: f64) -> Duration {
        let rate = plan.per_second(RateLabel::Medium) * share;
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52 requests")]
        let seconds = self.requests() as f64 / rate;
        Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
    }
}

impl Harvest {
    /// Reads the list of sessions, and computes what a harvest of them takes.
    ///
    /// # Errors
    /// When the list of sessions cannot be read completely.
    pub async fn forecast(&self) -> Result<Forecast> {
        self.check()?;
        let caller = &self.inner.caller;
        let run = Run::begin(self.inner.clone()).await?;
        let before = caller.stats().requests.sessions;
        let sessions = match &self.sessions {
            Some(ids) => ids.clone(),
            None => self.list(&run).await?,
        };
        let asked = caller.stats().requests.sessions - before;
        let mut planner = run.planner(self.whole_windows);
        let windows = self.units(&run, &mut planner, &sessions, 0).len();
        Ok(Forecast {
            sessions: sessions.len(),
            windows,
            // A harvest reads the list twice, and each time it learns the horizon again.
            listing_requests: 2 * asked,
            message_requests: windows as u64,
            ids: sessions,
        })
    }

    /// The ids of all sessions.
    async fn list(&self, run: &Run) -> Result<Vec<Arc<str>>> {
        let mut known = HashSet::new();
        let mut ids: Vec<Arc<str>> = self.also.clone();
        ids.retain(|id| known.insert(id.clone()));
        for window in listed::whole_reach(run) {
            let listed = listed::list(run, window, 1).await;
            let listed = listed.map_err(|halt| match halt {
                Halt::Error(error) => error,
                Halt::Dropped => unreachable!("the list is always wanted"),
            })?;
            let found = listed.iter().filter_map(Session::shared_id);
            ids.extend(found.filter(|id| known.insert(id.clone())));
        }
        Ok(ids)
    }
}
