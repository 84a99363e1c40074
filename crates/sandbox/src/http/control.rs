//! `/_sandbox/…`: the clock, the truth, the statistics and the faults.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;

use axum::body::Body;
use axum::http::Response;
use chrono::{DateTime, SecondsFormat, Utc};
use futures::stream;
use serde::Deserialize;
use serde_json::json;

use super::call::{self, query_of};
use super::reply::Reply;
use crate::fault::Fault;
use crate::settings::DateOffset;
use crate::state::{Shared, lock};
use crate::truth::TruthEntry;

/// How many faults can be set over HTTP.
const MOST_FAULTS: usize = 1000;

/// At most one of the two ways to move the clock, and the offset of the shown dates.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockChange {
    now: Option<DateTime<Utc>>,
    advance_seconds: Option<f64>,
    date_offset: Option<String>,
}

/// One fault or several.
#[derive(Deserialize)]
#[serde(untagged)]
enum Faults {
    Several(Vec<Fault>),
    One(Box<Fault>),
}

/// Answers one request for `/_sandbox/{what}`.
pub(crate) fn answer(
    shared: &Arc<Shared>,
    method: &str,
    what: &str,
    query: Option<&str>,
    body: &[u8],
) -> Result<Response<Body>, Reply> {
    let reply = match (method, what) {
        ("GET", "truth") => return truth(shared, query),
        ("GET", "clock") => clock(shared),
        ("POST", "clock") => match serde_json::from_slice(body) {
            Ok(change) => move_clock(shared, &change),
            Err(error) => bad(&error.to_string()),
        },
        ("GET", "stats") => {
            let stats = shared.stats();
            Reply::json(200, serde_json::to_vec(&stats).expect("counts are JSON"))
        }
        ("POST", "stats/reset") => {
            lock(&shared.stats).reset();
            done()
        }
        ("GET", "settings") => Reply::json(
            200,
            json!({"settings": shared.settings.to_string()}).to_string(),
        ),
        ("GET", "faults") => {
            let book = lock(&shared.faults);
            Reply::json(
                200,
                serde_json::to_vec(&book.faults()).expect("faults are JSON"),
            )
        }
        ("POST", "faults") => match serde_json::from_slice(body) {
            Ok(Faults::Several(faults)) => add(shared, faults),
            Ok(Faults::One(fault)) => add(shared, vec![*fault]),
            Err(error) => bad(&error.to_string()),
        },
        ("DELETE", "faults") => {
            lock(&shared.faults).clear();
            done()
        }
        _ => Reply::error(404, 404, "The sandbox has no such control."),
    };
    Err(reply)
}

fn clock(shared: &Shared) -> Reply {
    let now = shared
        .clock
        .now()
        .to_rfc3339_opts(SecondsFormat::AutoSi, true);
    let clock = json!({
        "now": now,
        "today": shared.today().to_string(),
        "date": shared.clock.date_header(),
    });
    Reply::json(200, clock.to_string())
}

/// Changes nothing unless all changes are possible.
fn move_clock(shared: &Shared, change: &ClockChange) -> Reply {
    let offset = match change.date_offset.as_deref().map(str::parse::<DateOffset>) {
        Some(Err(valid)) => return bad(&format!("date_offset is none of: {valid}")),
        Some(Ok(offset)) => Some(offset),
        None => None,
    };
    let moved = match (change.now, change.advance_seconds) {
        (Some(now), None) => shared.set_clock(now),
        (None, Some(seconds)) => shared.advance_clock(seconds),
        (None, None) if offset.is_some() => Ok(()),
        _ => return bad("give one of now and advance_seconds, or date_offset, or both kinds"),
    };
    if let Err(why) = moved {
        return bad(&why);
    }
    if let Some(offset) = offset {
        shared.clock.set_date_offset(offset);
    }
    clock(shared)
}

fn add(shared: &Shared, faults: Vec<Fault>) -> Reply {
    if let Some(why) = faults.iter().find_map(|fault| fault.check().err()) {
        return bad(&format!("the fault {why}"));
    }
    let mut book = lock(&shared.faults);
    if book.faults().len() + faults.len() > MOST_FAULTS {
        return bad(&format!("at most {MOST_FAULTS} faults can be set"));
    }
    for fault in faults {
        book.add(fault);
    }
    done()
}

/// Streams the truth as NDJSON.
fn truth(shared: &Arc<Shared>, query: Option<&str>) -> Result<Response<Body>, Reply> {
    let query = query_of(query);
    let instant = |name: &str, otherwise: i64| match call::value(&query, name) {
        None => Ok(otherwise),
        Some(text) => DateTime::parse_from_rfc3339(text)
            .map(|instant| instant.timestamp_millis())
            .map_err(|_| bad(&format!("{name} is no RFC 3339 instant"))),
    };
    let selected = instant("from", i64::MIN)?..instant("to", i64::MAX)?;
    let now = shared.clock.now();
    let state = (Arc::clone(shared), Some((0, 0)));
    let lines = stream::unfold(state, move |(shared, place)| {
        let selected = selected.clone();
        async move {
            let (entries, next) = shared.truth_step(now, place?);
            let mut block = Vec::new();
            for entry in entries {
                if selected.contains(&entry.timestamp) {
                    serde_json::to_writer(&mut block, &entry).expect("entries are JSON");
                    block.push(b'\n');
                }
            }
            Some((Ok::<_, Infallible>(block), (shared, next)))
        }
    });
    Response::builder()
        .header("content-type", "application/x-ndjson")
        .body(Body::from_stream(lines))
        .map_err(|_| bad("the answer cannot be made"))
}

/// The whole truth at once.
pub(crate) fn whole_truth(shared: &Shared) -> Vec<TruthEntry> {
    let now = shared.clock.now();
    let mut all = Vec::new();
    let mut places: VecDeque<_> = [(0, 0)].into();
    while let Some(place) = places.pop_front() {
        let (entries, next) = shared.truth_step(now, place);
        all.extend(entries);
        places.extend(next);
    }
    all
}

fn done() -> Reply {
    Reply::json(200, "{}")
}

fn bad(message: &str) -> Reply {
    Reply::error(400, 400, message)
}
