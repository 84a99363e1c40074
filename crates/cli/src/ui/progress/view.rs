//! The text of a run's progress.

use std::{
    collections::VecDeque,
    sync::{Arc, atomic::Ordering::Relaxed},
    time::{Duration, Instant},
};

use zoom_chat_reports::{ChatReports, stats::Stats};

use super::counts::Counts;
use crate::ui::quantity::{counted, duration};

/// The time over which rates are measured.
const RATE_OVER: Duration = Duration::from_secs(15);
/// The number of parts that must be done before the rest is estimated.
const ENOUGH: u64 = 5;

/// Follows a run.
pub(super) struct View {
    zoom: ChatReports,
    counts: Arc<Counts>,
    rates: Rates,
}

impl View {
    pub(super) fn new(zoom: ChatReports, counts: Arc<Counts>) -> Self {
        let mut rates = Rates::default();
        rates.observe(&zoom.stats());
        Self {
            zoom,
            counts,
            rates,
        }
    }

    /// The number of parts that are done, and of all parts; none until both are known.
    pub(super) fn position(&self) -> Option<(u64, u64)> {
        self.counts.reading_since()?;
        let counts = &self.counts;
        Some((
            counts.windows_done.load(Relaxed),
            counts.windows.load(Relaxed),
        ))
    }

    /// The state of the run, the most important first: a narrow terminal cuts off the end.
    pub(super) fn text(&mut self) -> String {
        let stats = self.zoom.stats();
        self.rates.observe(&stats);
        let mut parts = Vec::new();
        let sessions = self.counts.sessions.load(Relaxed);
        match self.counts.reading_since() {
            Some(since) => {
                parts.push(self.counts.unit().to_owned());
                parts.extend(wait(&stats));
                parts.extend(self.left(since).map(|left| {
                    let left = duration(left);
                    format!("{left} left")
                }));
                parts.extend(self.rates.text());
                parts.push(counted(sessions, "session"));
                parts.push(counted(self.counts.entries.load(Relaxed), "message"));
            }
            None => {
                parts.push(format!("listing sessions: {sessions} so far"));
                parts.extend(wait(&stats));
            }
        }
        if stats.paused_for.is_none() && stats.retries > 0 {
            parts.push(counted(stats.retries, "retry"));
        }
        parts.join(", ")
    }

    /// Why no request is sent at the moment, and for how long; `None` if requests are sent.
    pub(super) fn pause(&self) -> Option<String> {
        wait(&self.zoom.stats())
    }

    /// The time that the rest takes at the present rate.
    fn left(&self, since: Instant) -> Option<Duration> {
        let (done, all) = self.position()?;
        let left = all.saturating_sub(done);
        if done < ENOUGH || left == 0 {
            return None;
        }
        #[expect(clippy::cast_precision_loss, reason = "an estimate for people")]
        let factor = left as f64 / done as f64;
        Duration::try_from_secs_f64(since.elapsed().as_secs_f64() * factor).ok()
    }
}

/// Why no request is sent at the moment, and for how long.
fn wait(stats: &Stats) -> Option<String> {
    let left = stats.paused_for.filter(|left| !left.is_zero())?;
    let why = match stats.paused_by {
        Some(429) => "Zoom's rate limit is reached".to_owned(),
        Some(status) => format!("Zoom answers {status}"),
        None => "Zoom does not answer".to_owned(),
    };
    Some(format!("{why}, trying again in {}", duration(left)))
}

/// Requests a second, by the kinds that Zoom limits separately.
#[derive(Default)]
struct Rates(VecDeque<(Instant, u64, u64)>);

impl Rates {
    fn observe(&mut self, stats: &Stats) {
        let requests = &stats.requests;
        let now = Instant::now();
        let is_old = |(at, ..): &(Instant, u64, u64)| now.duration_since(*at) > RATE_OVER;
        // One sample that is just too old stays, so that there are always two to compare.
        while self.0.get(1).is_some_and(is_old) {
            self.0.pop_front();
        }
        self.0.push_back((
            now,
            requests.sessions + requests.messages,
            requests.file_info + requests.download,
        ));
    }

    /// The rate of each kind that was sent lately.
    fn text(&self) -> Option<String> {
        let ((begin, reports, files), (end, reports_now, files_now)) =
            (self.0.front()?, self.0.back()?);
        let seconds = end.duration_since(*begin).as_secs_f64().max(0.001);
        #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
        let rate = |number: u64, noun: &str| {
            (number > 0).then(|| format!("{:.1} {noun}/s", number as f64 / seconds))
        };
        let kinds = [
            rate(reports_now - reports, "requests"),
            rate(files_now - files, "file requests"),
        ];
        let kinds: Vec<String> = kinds.into_iter().flatten().collect();
        (!kinds.is_empty()).then(|| kinds.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use zoom_chat_reports::stats::Stats;

    use super::{Rates, wait};

    #[test]
    fn a_pause_says_why_and_how_long() {
        let mut stats = Stats::default();
        assert_eq!(wait(&stats), None);
        stats.paused_for = Some(Duration::from_secs(8));
        for (status, text) in [
            (Some(503), "Zoom answers 503, trying again in 8 s"),
            (
                Some(429),
                "Zoom's rate limit is reached, trying again in 8 s",
            ),
            (None, "Zoom does not answer, trying again in 8 s"),
        ] {
            stats.paused_by = status;
            assert_eq!(wait(&stats).as_deref(), Some(text));
        }
    }

    #[test]
    fn rates_of_files_are_told_apart() {
        let (mut rates, mut stats) = (Rates::default(), Stats::default());
        rates.observe(&stats);
        assert_eq!(rates.text(), None);
        stats.requests.download = 7;
        rates.observe(&stats);
        let text = rates.text().expect("a rate");
        assert!(
            text.ends_with(" file requests/s") && !text.contains(", "),
            "{text}"
        );
        stats.requests.messages = 2;
        rates.observe(&stats);
        assert!(rates.text().expect("rates").contains(" requests/s, "));
    }
}
