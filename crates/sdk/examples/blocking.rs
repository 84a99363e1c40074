//! Use without `async`: a runtime of one thread runs each call to its end.
//!
//! `cargo run -p zoom-chat-reports --example blocking`
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "an example says what it does"
)]

use zoom_chat_reports::{ChatReports, DateRange, futures::TryStreamExt};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let zoom = ChatReports::builder_from_env()?.build()?;
    let range = DateRange::last_days(7, runtime.block_on(zoom.today())?)?;
    let mut sessions = zoom.sessions(range).entries();
    let mut count = 0;
    while let Some(session) = runtime.block_on(sessions.try_next())? {
        println!("{}", session.id().unwrap_or("a session without an id"));
        count += 1;
    }
    eprintln!("{count} sessions");
    Ok(())
}
