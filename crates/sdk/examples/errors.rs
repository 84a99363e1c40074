//! How an unattended program decides what to do about an error.
//!
//! `cargo run -p zoom-chat-reports --example errors -- SESSION_ID`
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "an example says what it does"
)]

mod common;

use std::fmt;

use zoom_chat_reports::{
    Again, ChatReports, DateRange, Error, ErrorKind,
    chrono::{DateTime, Utc},
};

/// What the program does next.
enum Next {
    /// Try again, at this instant if one is known.
    Again(Option<DateTime<Utc>>),
    /// Keep what was read, and name what is missing.
    Partial,
    /// Skip this session; others may be readable.
    Skip,
    /// A person must act first.
    Call,
}

fn next(error: &Error) -> Next {
    match error.kind() {
        ErrorKind::Incomplete => Next::Partial,
        ErrorKind::NotFound | ErrorKind::OutOfReach | ErrorKind::Refused => Next::Skip,
        // For kinds that are added later, `again` decides.
        _ => match error.again() {
            Again::Now | Again::Later => Next::Again(error.retry_after()),
            _ => Next::Call,
        },
    }
}

impl fmt::Display for Next {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Again(Some(instant)) => write!(f, "ask again after {instant}"),
            Self::Again(None) => f.write_str("ask again later"),
            Self::Partial => f.write_str("take what there is, and name what is missing"),
            Self::Skip => f.write_str("leave this session out"),
            Self::Call => f.write_str("call somebody"),
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let zoom = ChatReports::builder_from_env()?.build()?;
    let range = DateRange::last_days(7, zoom.today().await?)?;
    let session_id = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "nobody".to_owned());
    let all = zoom.messages(&session_id, range).entries().collect_all();
    match all.await {
        Ok(all) => {
            println!("{} entries", all.items.len());
            if let Some(error) = all.report.error() {
                common::explain(error);
                println!("{}", next(error));
            }
        }
        Err(error) => {
            common::explain(&error);
            println!("{}", next(&error));
        }
    }
    Ok(())
}
