//! A sink as an archive is one: it commits the entries of a window when the window is done.

use std::{collections::HashMap, pin::pin};

use futures::TryStreamExt;
use zoom_chat_reports::{
    Coverage, Error, HarvestEvent, HarvestSummary,
    harvest::{FailedWindow, Harvest, WindowId},
};

use crate::support::{Keys, key};

/// What was committed, over any number of runs.
///
/// What is not proven yet is read again by the next run, so a later run may bring what an earlier one
/// has committed: like any store, it keeps that once.
#[derive(Default)]
pub struct Sink {
    pub keys: Keys,
    pub coverage: Coverage,
}

/// How a run ended.
pub struct Run {
    pub failed: Vec<FailedWindow>,
    pub end: Result<HarvestSummary, Error>,
}

impl Sink {
    /// Takes what a harvest brings, except what is proven already.
    pub async fn take(&mut self, harvest: Harvest) -> Run {
        let mut events = pin!(harvest.except(&self.coverage.clone()).events());
        let earlier = self.keys.clone();
        let mut open: HashMap<WindowId, Keys> = HashMap::new();
        let mut failed = Vec::new();
        loop {
            match events.try_next().await {
                Ok(Some(HarvestEvent::Entries {
                    window, entries, ..
                })) => {
                    let keys = open.entry(window).or_default();
                    for entry in &entries {
                        *keys.entry(key(entry)).or_default() += 1;
                    }
                }
                Ok(Some(HarvestEvent::WindowDone(facts))) => {
                    let done = open
                        .keys()
                        .find(|id| id.session_id == facts.session_id && id.window == facts.asked)
                        .cloned();
                    let done = done.and_then(|id| open.remove(&id)).unwrap_or_default();
                    for (key, count) in done {
                        if !earlier.contains_key(&key) {
                            *self.keys.entry(key).or_default() += count;
                        }
                    }
                    self.coverage.record(&facts);
                }
                Ok(Some(HarvestEvent::WindowFailed(window))) => failed.push(window),
                Ok(Some(HarvestEvent::Finished(summary))) => {
                    return Run {
                        failed,
                        end: Ok(summary),
                    };
                }
                Ok(Some(_)) => {}
                Ok(None) => panic!("a harvest ends with its summary or an error"),
                Err(error) => {
                    return Run {
                        failed,
                        end: Err(error),
                    };
                }
            }
        }
    }
}
