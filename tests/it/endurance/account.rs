//! An account of forty sessions that a script answers for.

use std::{
    fmt::Write,
    pin::pin,
    sync::{Arc, Mutex},
    time::Duration,
};

use chrono::NaiveDate;
use futures::TryStreamExt;
use zoom_chat_reports::{
    ChatReports, ChatReportsBuilder, DateRange, Error, HarvestEvent, HarvestSummary, Plan,
    ServerToServer,
};

use super::clock::SimulatedClock;
use crate::raw_server::{Act, End, RawServer};

/// Sessions that it lists.
pub const SESSIONS: usize = 40;
/// Windows of each session in six months.
pub const WINDOWS: usize = 7;

const NOW: &str = "2026-11-20T12:00:00Z";

/// A kind of request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Token,
    List,
    Messages,
}

/// A request, as a script sees it.
pub struct Asked<'a> {
    pub kind: Kind,
    /// The session, of messages.
    pub session: &'a str,
    /// The simulated time since the start.
    pub at: Duration,
}

/// The account; its requests are noted.
pub struct Account {
    server: RawServer,
    clock: Arc<SimulatedClock>,
    log: Arc<Mutex<Vec<(Duration, Kind)>>>,
}

/// How a run on it ended.
pub struct Run {
    pub took: Duration,
    /// The summary of a run that ended, in whatever way.
    pub summary: Option<HarvestSummary>,
    pub error: Option<Error>,
    /// Sessions of windows that failed.
    pub failed: Vec<String>,
}

impl Account {
    /// Answers by a script where that gives an answer (status line, headers and body), else well.
    pub fn new(script: impl Fn(&Asked<'_>) -> Option<String> + Send + Sync + 'static) -> Self {
        Self::acting(move |asked| {
            let answer = script(asked)?;
            Some(Act::Bytes(answer.into_bytes(), End::Stay))
        })
    }

    /// Does what a script says, where it says something, else answers well.
    pub fn acting(script: impl Fn(&Asked<'_>) -> Option<Act> + Send + Sync + 'static) -> Self {
        let clock = SimulatedClock::new(NOW.parse().unwrap());
        let log: Arc<Mutex<Vec<_>>> = Arc::default();
        let (noted, time) = (log.clone(), clock.clone());
        let server = RawServer::start(None, move |seen| {
            let (kind, session) = kind_of(&seen.target);
            let at = time.look();
            noted.lock().unwrap().push((at, kind));
            let asked = Asked { kind, session, at };
            script(&asked).unwrap_or_else(|| Act::Bytes(well(kind).into_bytes(), End::Stay))
        });
        Self { server, clock, log }
    }

    /// A client on it, at 20 requests a second.
    pub fn builder(&self) -> ChatReportsBuilder {
        ChatReports::builder()
            .credentials(ServerToServer::new("account", "client", "secret").unwrap())
            .base_url(self.server.url("/v2"))
            .auth_url(self.server.url("/oauth/token"))
            .plan(Plan::Pro)
            .clock(self.clock.clone())
    }

    /// Its time.
    pub fn clock(&self) -> Arc<SimulatedClock> {
        self.clock.clone()
    }

    /// Reads six months of all sessions.
    pub async fn run(&self) -> Run {
        self.run_with(&self.builder().build().unwrap()).await
    }

    /// The same by a client of one's own.
    pub async fn run_with(&self, zoom: &ChatReports) -> Run {
        let today: NaiveDate = "2026-11-20".parse().unwrap();
        let harvest = zoom.harvest(DateRange::last_six_months(today));
        let began = self.clock.look();
        let mut run = Run {
            took: Duration::ZERO,
            summary: None,
            error: None,
            failed: Vec::new(),
        };
        let mut events = pin!(harvest.events());
        loop {
            match events.try_next().await {
                Ok(Some(HarvestEvent::WindowFailed(failed))) => {
                    let session = failed.session_id.as_deref().unwrap_or("the list");
                    run.failed.push(session.to_owned());
                }
                Ok(Some(HarvestEvent::Finished(summary) | HarvestEvent::Stopped(summary))) => {
                    run.summary = Some(summary);
                }
                Ok(Some(_)) => {}
                Ok(None) => break,
                Err(error) => run.error = Some(error),
            }
        }
        run.took = self.clock.look() - began;
        run
    }

    /// The instants of all requests of some kinds.
    pub fn requests(&self, kinds: &[Kind]) -> Vec<Duration> {
        let log = self.log.lock().unwrap();
        let fits = log.iter().filter(|(_, kind)| kinds.contains(kind));
        fits.map(|(at, _)| *at).collect()
    }
}

/// The most requests within any minute.
pub fn worst_minute(requests: &[Duration]) -> usize {
    most_within(requests, Duration::from_secs(60))
}

/// The most requests within any time as long.
pub fn most_within(requests: &[Duration], time: Duration) -> usize {
    let in_time = |first: usize| {
        let end = requests[first] + time;
        requests[first..].iter().take_while(|at| **at < end).count()
    };
    (0..requests.len()).map(in_time).max().unwrap_or(0)
}

/// An answer of a status, with headers that end in line breaks.
pub fn answer(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\n{headers}\r\n{body}")
}

fn kind_of(target: &str) -> (Kind, &str) {
    let path = target.split('?').next().unwrap_or_default();
    if path.starts_with("/oauth/") {
        return (Kind::Token, "");
    }
    match path.strip_prefix("/v2/report/chat/sessions/") {
        Some(session) => (Kind::Messages, session),
        None => (Kind::List, ""),
    }
}

fn well(kind: Kind) -> String {
    let body = match kind {
        Kind::Token => r#"{"access_token":"t","expires_in":3600}"#.to_owned(),
        Kind::List => list(),
        Kind::Messages => r#"{"messages":[]}"#.to_owned(),
    };
    answer("200 OK", "date: Fri, 20 Nov 2026 12:00:00 GMT\r\n", &body)
}

fn list() -> String {
    let mut body = r#"{"sessions":["#.to_owned();
    for session in 0..SESSIONS {
        let comma = if session == 0 { "" } else { "," };
        write!(body, r#"{comma}{{"id":"s{session:02}"}}"#).unwrap();
    }
    body + "]}"
}
