//! Statistics of all requests.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

/// How many requests are remembered one by one.
const REMEMBERED: usize = 10_000;
/// How many unknown parameters are counted by name, and how much of each name is kept.
const NAMES: usize = 1000;
const LETTERS: usize = 100;
/// The name under which the others are counted.
const OTHERS: &str = "…";

/// The requests since the sandbox's start or the last reset, counted. Times are
/// real time, not the sandbox's clock.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stats {
    /// Answers by operation (`messages`, `sessions`, `token`, `file`, `download`,
    /// `settings`, `other`) and HTTP status.
    pub by_operation: BTreeMap<String, BTreeMap<u16, u64>>,
    /// Report requests: messages and sessions.
    pub report_requests: u64,
    /// Answers with status 429, of all operations.
    pub rate_limited: u64,
    /// The most report requests that arrived within any one second, those
    /// that were answered by 429 included.
    pub max_in_one_second: u64,
    /// Report requests in each whole second since the first one; at most the
    /// first 100,000 seconds.
    pub per_second: Vec<u64>,
    /// When the first report request came, in ms since the start.
    pub first_report_ms: Option<u64>,
    /// When the last report request came, in ms since the start.
    pub last_report_ms: Option<u64>,
    /// Access tokens issued since the start of the sandbox.
    pub tokens_issued: u64,
    /// Requests that carried a page token which was refused.
    pub page_tokens_refused: u64,
    /// Query parameters that the operation does not know, with how often. Names
    /// are cut to 100 characters; after the first 1,000, all others count as `…`.
    pub unknown_parameters: BTreeMap<String, u64>,
    /// The last 10,000 report requests, oldest first.
    pub recent: VecDeque<ReportRequest>,
}

/// One report request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportRequest {
    /// When it came, in ms since the start.
    pub at_ms: u64,
    /// `messages` or `sessions`.
    pub operation: String,
    /// The session asked for.
    pub session_id: Option<String>,
    /// `from` as asked.
    pub from: Option<String>,
    /// `to` as asked.
    pub to: Option<String>,
    /// Whether it carried a page token.
    pub page_token: bool,
    /// All other query parameters, in the order they came.
    pub parameters: Vec<(String, String)>,
    /// The HTTP status of the answer.
    pub status: u16,
}

impl Stats {
    /// How many answers of an operation have this status.
    #[must_use]
    pub fn count(&self, operation: &str, status: u16) -> u64 {
        self.by_operation
            .get(operation)
            .and_then(|statuses| statuses.get(&status))
            .copied()
            .unwrap_or(0)
    }
}

/// The running count.
#[derive(Debug)]
pub(crate) struct Recorder {
    started: Instant,
    window: VecDeque<Instant>,
    pub(crate) stats: Stats,
}

impl Recorder {
    pub(crate) fn new() -> Self {
        Self {
            started: Instant::now(),
            window: VecDeque::new(),
            stats: Stats::default(),
        }
    }

    /// Notes that a report request arrived.
    pub(crate) fn arrived(&mut self, at: Instant) -> u64 {
        let ms = u64::try_from(at.saturating_duration_since(self.started).as_millis())
            .unwrap_or(u64::MAX);
        let second = Duration::from_secs(1);
        while self
            .window
            .front()
            .is_some_and(|&first| at.saturating_duration_since(first) >= second)
        {
            self.window.pop_front();
        }
        self.window.push_back(at);
        let stats = &mut self.stats;
        stats.max_in_one_second = stats.max_in_one_second.max(self.window.len() as u64);
        stats.report_requests += 1;
        let first = *stats.first_report_ms.get_or_insert(ms);
        stats.last_report_ms = Some(ms);
        let second = (ms.saturating_sub(first) / 1000) as usize;
        if second < 100_000 {
            if stats.per_second.len() <= second {
                stats.per_second.resize(second + 1, 0);
            }
            stats.per_second[second] += 1;
        }
        ms
    }

    /// Notes the answer to a request.
    pub(crate) fn answered(&mut self, operation: &str, status: u16) {
        let statuses = self
            .stats
            .by_operation
            .entry(operation.to_owned())
            .or_default();
        *statuses.entry(status).or_default() += 1;
        if status == 429 {
            self.stats.rate_limited += 1;
        }
    }

    /// Counts a query parameter that the operation does not know.
    pub(crate) fn unknown_parameter(&mut self, name: &str) {
        let names = &mut self.stats.unknown_parameters;
        let mut name: String = name.chars().take(LETTERS).collect();
        if names.len() >= NAMES && !names.contains_key(&name) {
            OTHERS.clone_into(&mut name);
        }
        *names.entry(name).or_default() += 1;
    }

    pub(crate) fn remember(&mut self, request: ReportRequest) {
        if self.stats.recent.len() == REMEMBERED {
            self.stats.recent.pop_front();
        }
        self.stats.recent.push_back(request);
    }

    pub(crate) fn reset(&mut self) {
        self.stats = Stats::default();
        self.window.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::{LETTERS, NAMES, OTHERS, Recorder};

    #[test]
    fn no_number_of_unknown_parameters_eats_memory() {
        let mut recorder = Recorder::new();
        for number in 0..NAMES + 50 {
            recorder.unknown_parameter(&format!("later{number}"));
        }
        recorder.unknown_parameter("later7");
        recorder.unknown_parameter("later1049");
        let names = &recorder.stats.unknown_parameters;
        assert_eq!(names.len(), NAMES + 1);
        assert_eq!((names["later7"], names[OTHERS]), (2, 51));
    }

    #[test]
    fn a_long_name_is_cut_between_two_characters() {
        let mut recorder = Recorder::new();
        recorder.unknown_parameter(&"é".repeat(LETTERS + 1));
        assert_eq!(recorder.stats.unknown_parameters[&"é".repeat(LETTERS)], 1);
    }
}
