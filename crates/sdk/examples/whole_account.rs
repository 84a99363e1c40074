//! The whole account as NDJSON on stdout. A file records what was read, and it is not asked for again.
//!
//! `cargo run -p zoom-chat-reports --example whole_account -- coverage.json > messages.ndjson`
//!
//! The exit code is 3 if something is missing. Run it again to fetch what is still available.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "an example says what it does"
)]

mod common;

use std::{
    collections::HashMap,
    error::Error,
    fs,
    io::{self, BufWriter, Write},
    path::Path,
    process::ExitCode,
};

use zoom_chat_reports::{
    ChatReports, Coverage, DateRange, Entry, HarvestEvent, HarvestSummary, futures::TryStreamExt,
};

#[tokio::main]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let path = std::env::args()
        .nth(1)
        .ok_or("name a file for the coverage")?;
    let path = Path::new(&path);
    let mut coverage = match fs::read(path) {
        Ok(json) => serde_json::from_slice(&json)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Coverage::default(),
        Err(error) => return Err(error.into()),
    };
    let summary = read(path, &mut coverage).await?;
    for gap in &summary.gaps {
        let session = gap.session_id.as_deref().unwrap_or("all sessions");
        eprintln!(
            "missing of {session}: {} to {}, {}",
            gap.start, gap.end, gap.reason
        );
    }
    eprintln!("complete through {}", summary.complete_through);
    Ok(if summary.is_complete() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(3)
    })
}

async fn read(path: &Path, coverage: &mut Coverage) -> Result<HarvestSummary, Box<dyn Error>> {
    let zoom = ChatReports::builder_from_env()?.build()?;
    let range = DateRange::last_six_months(zoom.today().await?);
    let mut out = BufWriter::new(io::stdout().lock());
    let mut events = zoom.harvest(range).everything().except(coverage).events();
    // Entries of windows that are not done yet. A window that fails is dropped completely, and read again later.
    let mut open: HashMap<_, Vec<Entry>> = HashMap::new();
    let mut last = None;
    while let Some(event) = events.try_next().await? {
        match event {
            HarvestEvent::Entries {
                window, entries, ..
            } => {
                open.entry((window.session_id, window.window))
                    .or_default()
                    .extend(entries);
            }
            HarvestEvent::WindowDone(facts) => {
                let window = (facts.session_id.clone(), facts.asked);
                for entry in open.remove(&window).unwrap_or_default() {
                    writeln!(out, "{}", entry.raw())?;
                }
                // The entries must be safe before the coverage says so.
                out.flush()?;
                coverage.record(&facts);
                keep(path, coverage)?;
            }
            HarvestEvent::WindowFailed(failed) => {
                if let Some(session_id) = failed.session_id {
                    open.remove(&(session_id, failed.window));
                }
                common::explain(&failed.error);
            }
            HarvestEvent::Finished(summary) | HarvestEvent::Stopped(summary) => {
                last = Some(summary);
            }
            _ => {}
        }
    }
    last.ok_or_else(|| "the run ended without a summary".into())
}

/// Writes a temporary file and renames it, so that the coverage is never half written.
fn keep(path: &Path, coverage: &Coverage) -> io::Result<()> {
    let beside = path.with_extension("new");
    fs::write(&beside, serde_json::to_vec(coverage)?)?;
    fs::rename(beside, path)
}
