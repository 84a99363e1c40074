//! The progress of a run: a bar on a terminal, otherwise a line at intervals.
//!
//! It shows only counts, never names or texts.

mod counts;
mod steps;
mod view;

use std::{sync::Arc, time::Duration};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::task::JoinHandle;
use zoom_chat_reports::ChatReports;

use super::stderr::{draws_bars, eprint};
pub(crate) use counts::Counts;

use view::View;

pub(crate) use steps::{export_steps, steps};

const BAR_EVERY: Duration = Duration::from_millis(200);
const LINE_EVERY: Duration = Duration::from_secs(10);

/// Shows the progress of a run until it is dropped.
#[derive(Debug)]
pub(crate) struct Progress {
    counts: Arc<Counts>,
    bar: Option<ProgressBar>,
    ticker: Option<JoinHandle<()>>,
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

    /// Shows the progress of the run of `zoom`, unless it is to be quiet. Needs a runtime.
    pub(crate) fn start(quiet: bool, zoom: &ChatReports) -> Self {
        let mut this = Self::none();
        if quiet {
            return this;
        }
        let view = View::new(zoom.clone(), this.counts.clone());
        if draws_bars() {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            this.ticker = Some(tokio::spawn(draw(view, bar.clone())));
            this.bar = Some(bar);
        } else {
            this.ticker = Some(tokio::spawn(eprint_lines(view)));
        }
        this
    }

    pub(crate) fn counts(&self) -> &Arc<Counts> {
        &self.counts
    }

    /// Runs something that may write to the same terminal.
    pub(crate) fn aside<T>(&self, f: impl FnOnce() -> T) -> T {
        match &self.bar {
            Some(bar) => bar.suspend(f),
            None => f(),
        }
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

async fn draw(mut view: View, bar: ProgressBar) {
    // Without colours: readable on every terminal, and NO_COLOR has nothing to switch off. A wide message
    // is cut where the line ends, so that no half line stays on a narrow terminal.
    let listing = ProgressStyle::with_template("{spinner} {wide_msg}");
    let reading = ProgressStyle::with_template("{spinner} {pos}/{len} [{bar:10}] {wide_msg}");
    let (Ok(listing), Ok(reading)) = (listing, reading) else {
        return;
    };
    let reading = reading.progress_chars("=> ");
    bar.set_style(listing.clone());
    let mut has_bar = false;
    let mut ticks = tokio::time::interval(BAR_EVERY);
    loop {
        ticks.tick().await;
        let (pause, position) = (view.pause(), view.position());
        // A narrow terminal has no room for a bar and the reason of a pause.
        let wants_bar = pause.is_none() && position.is_some();
        if std::mem::replace(&mut has_bar, wants_bar) != wants_bar {
            bar.set_style(if wants_bar { &reading } else { &listing }.clone());
        }
        if let Some((done, all)) = position {
            bar.set_length(all);
            bar.set_position(done);
        }
        bar.set_message(pause.unwrap_or_else(|| view.text()));
        bar.tick();
    }
}

async fn eprint_lines(mut view: View) {
    let mut ticks = tokio::time::interval(LINE_EVERY);
    // The first line comes at once.
    ticks.tick().await;
    loop {
        ticks.tick().await;
        let text = view.text();
        eprint(&match view.position() {
            Some((done, all)) => format!("progress: {done}/{all} {text}"),
            None => format!("progress: {text}"),
        });
    }
}
