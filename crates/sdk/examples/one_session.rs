//! One session of the last 30 days in a `Vec`, and what is missing of it.
//!
//! `cargo run -p zoom-chat-reports --example one_session -- SESSION_ID`; without an id it reads the first session.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "an example says what it does"
)]

mod common;

use zoom_chat_reports::{ChatReports, DateRange, Error, ErrorKind, Result};

#[tokio::main]
async fn main() -> std::process::ExitCode {
    match read().await {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            common::explain(&error);
            std::process::ExitCode::FAILURE
        }
    }
}

async fn read() -> Result<()> {
    let zoom = ChatReports::builder_from_env()?.build()?;
    // By Zoom's clock, not this machine's.
    let range = DateRange::last_days(30, zoom.today().await?)?;
    let session_id = match std::env::args().nth(1) {
        Some(id) => id,
        None => first_session(&zoom, range).await?,
    };
    let all = zoom
        .messages(&session_id, range)
        .everything()
        .entries()
        .collect_all()
        .await?;
    for entry in &all.items {
        match entry.message() {
            Ok(message) => println!("{} {}", entry.kind(), message.id),
            // Its form is unknown, but nothing is lost: `entry.raw()` is what Zoom sent.
            Err(why) => println!("{} with another form: {why}", entry.kind()),
        }
    }
    eprintln!(
        "{} entries, complete from {} through {}",
        all.items.len(),
        all.report.complete_from,
        all.report.complete_through
    );
    // This is an error if anything is missing.
    all.complete().map(drop)
}

async fn first_session(zoom: &ChatReports, range: DateRange) -> Result<String> {
    let sessions = zoom.sessions(range).entries().collect_all().await?;
    let first = sessions.items.iter().find_map(|session| session.id());
    let none = || Error::new(ErrorKind::NotFound, "no session has messages in these days");
    first.map(str::to_owned).ok_or_else(none)
}
