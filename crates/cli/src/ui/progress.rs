//! What people see while a run goes on: bars on a terminal, a line now and then elsewhere.
//!
//! Only counts: names and texts never appear here.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use indicatif::{HumanCount, HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::task::JoinHandle;
use zoom_chat_archive::VerifyStep;
use zoom_chat_reports::ChatReports;

use crate::ui::stderr::{draws_bars, eprint};

const BAR_EVERY: Duration = Duration::from_millis(200);
const LINE_EVERY: Duration = Duration::from_secs(10);

/// Shows how far a run is, until it is dropped.
#[derive(Debug)]
pub(crate) struct Progress {
    counts: Arc<Counts>,
    bar: Option<ProgressBar>,
    ticker: Option<JoinHandle<()>>,
}

/// What has come so far.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) sessions: AtomicU64,
    pub(crate) windows: AtomicU64,
    pub(crate) windows_done: AtomicU64,
    pub(crate) entries: AtomicU64,
    /// What is counted in `windows`, where that is something else.
    unit: Mutex<Option<&'static str>>,
    /// When what is counted in windows began; until then the list of sessions is read.
    reading_since: Mutex<Option<Instant>>,
}

impl Counts {
    /// The list of sessions is read, and so many windows are to be read.
    pub(crate) fn planned(&self, windows: u64) {
        self.windows.store(windows, Relaxed);
        self.windows_done.store(0, Relaxed);
        *lock(&self.reading_since) = Some(Instant::now());
    }

    /// From now on something else is counted.
    pub(crate) fn count(&self, unit: &'static str) {
        *lock(&self.unit) = Some(unit);
        if self.reading_since().is_some() {
            self.planned(0);
        }
    }

    fn reading_since(&self) -> Option<Instant> {
        *lock(&self.reading_since)
    }
}

/// Nothing can fail while such a lock is held, so none is ever poisoned.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

impl Progress {
    /// Shows nothing.
    pub(crate) fn none() -> Self {
        Self {
            counts: Arc::default(),
            bar: None,
            ticker: None,
        }
    }

    /// Shows how far `zoom` is, unless nobody wants to know. Needs a runtime.
    pub(crate) fn start(quiet: bool, zoom: &ChatReports) -> Self {
        let mut this = Self::none();
        if quiet {
            return this;
        }
        let view = View {
            zoom: zoom.clone(),
            counts: this.counts.clone(),
            began: Instant::now(),
            styled: false,
        };
        if draws_bars() {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            this.ticker = Some(tokio::spawn(draw(view, bar.clone())));
            this.bar = Some(bar);
        } else {
            this.ticker = Some(tokio::spawn(tell(view)));
        }
        this
    }

    pub(crate) fn counts(&self) -> &Arc<Counts> {
        &self.counts
    }

    /// Does something that may draw on the same terminal.
    pub(crate) fn aside<T>(&self, f: impl FnOnce() -> T) -> T {
        match &self.bar {
            Some(bar) => bar.suspend(f),
            None => f(),
        }
    }
}

/// Tells how far a verification is, a line now and then; nothing where it is over soon.
pub(crate) fn steps(quiet: bool) -> impl FnMut(VerifyStep) {
    let mut last = Instant::now();
    move |step| {
        if quiet || last.elapsed() < LINE_EVERY {
            return;
        }
        last = Instant::now();
        let count = |number: u64| HumanCount(number).to_string();
        let text = match step {
            VerifyStep::Ledger { done, of } => {
                format!(
                    "{}/{} rows of the ledger, with what they tell of",
                    count(done),
                    count(of)
                )
            }
            VerifyStep::Tables { done, of } => format!("{done}/{of} tables"),
            VerifyStep::Search { done } => {
                format!("{} places in the index for search", count(done))
            }
            VerifyStep::Files { done, of } => {
                format!("{}/{} attachments", count(done), count(of))
            }
            _ => return,
        };
        eprint(&format!("progress: {text}"));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(ticker) = &self.ticker {
            ticker.abort();
        }
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// What the texts are made of.
struct View {
    zoom: ChatReports,
    counts: Arc<Counts>,
    began: Instant,
    styled: bool,
}

async fn draw(mut view: View, bar: ProgressBar) {
    // Without colours: readable on every terminal, and NO_COLOR has nothing to switch off.
    let listing = ProgressStyle::with_template("{spinner} {msg}");
    let reading = ProgressStyle::with_template("{spinner} [{bar:24}] {pos}/{len} {msg}");
    let (Ok(listing), Ok(reading)) = (listing, reading) else {
        return;
    };
    let reading = reading.progress_chars("=> ");
    bar.set_style(listing);
    let mut ticks = tokio::time::interval(BAR_EVERY);
    loop {
        ticks.tick().await;
        if view.counts.reading_since().is_some() {
            if !std::mem::replace(&mut view.styled, true) {
                bar.set_style(reading.clone());
            }
            bar.set_length(view.counts.windows.load(Relaxed));
            bar.set_position(view.counts.windows_done.load(Relaxed));
        }
        bar.set_message(view.text());
        bar.tick();
    }
}

async fn tell(mut view: View) {
    let mut ticks = tokio::time::interval(LINE_EVERY);
    // The first comes at once.
    ticks.tick().await;
    loop {
        ticks.tick().await;
        let text = view.text();
        let counts = &view.counts;
        if counts.reading_since().is_some() {
            let (done, all) = (
                counts.windows_done.load(Relaxed),
                counts.windows.load(Relaxed),
            );
            eprint(&format!("progress: {done}/{all} {text}"));
        } else {
            eprint(&format!("progress: {text}"));
        }
    }
}

impl View {
    fn text(&mut self) -> String {
        let stats = self.zoom.stats();
        let count = |count: &AtomicU64| HumanCount(count.load(Relaxed)).to_string();
        let requests = stats.requests.total();
        let seconds = self.began.elapsed().as_secs_f64().max(0.001);
        #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
        let rate = requests as f64 / seconds;
        let mut text = if let Some(since) = self.counts.reading_since() {
            let mut text = format!(
                "{}, {} sessions, {} messages, {rate:.1} requests/s",
                lock(&self.counts.unit).unwrap_or("windows"),
                count(&self.counts.sessions),
                count(&self.counts.entries)
            );
            if let Some(left) = self.left(since) {
                text.push_str(&format!(", {} left", HumanDuration(left)));
            }
            text
        } else {
            format!("listing sessions: {} so far", count(&self.counts.sessions))
        };
        let paused = stats.paused_for.map_or(0, |paused| paused.as_secs());
        if paused > 0 && stats.rate_limited > 0 {
            text.push_str(&format!(", waiting {paused} s for the rate limit"));
        } else if paused > 0 {
            text.push_str(&format!(
                ", waiting {paused} s for the server to answer again"
            ));
        } else if stats.retries > 0 {
            text.push_str(&format!(
                ", {} requests tried again",
                HumanCount(stats.retries)
            ));
        }
        text
    }

    /// How long the rest takes if it goes on as so far.
    fn left(&self, since: Instant) -> Option<Duration> {
        let done = self.counts.windows_done.load(Relaxed);
        let left = self.counts.windows.load(Relaxed).saturating_sub(done);
        if done < 5 || left == 0 {
            return None;
        }
        #[expect(clippy::cast_precision_loss, reason = "an estimate for people")]
        let factor = left as f64 / done as f64;
        Duration::try_from_secs_f64(since.elapsed().as_secs_f64() * factor).ok()
    }
}
