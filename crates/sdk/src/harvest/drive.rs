//! Runs a harvest: lists, plans, and keeps as many windows under way as the rate limit can serve.

use std::sync::Arc;

use tokio::{
    sync::{Notify, mpsc::Sender},
    task::JoinSet,
};

use crate::{
    DateRange, Error, ErrorKind, HarvestEvent, Result, Sessions,
    chain::out_of_reach,
    run::{MessagesOf, WindowRun},
    sessions::Listing,
    sieve::{Hasher, Sieve},
};

use super::{
    FailedWindow, Harvest, WindowFacts, WindowId,
    summary::Tally,
    units::{self, Seams, Unit},
};

type Events = Sender<Result<HarvestEvent>>;

/// Why a harvest ends early: an error for the consumer, or nobody who listens.
pub(crate) enum Stop {
    Error(Error),
    Dropped,
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

/// Runs a harvest to its end, or until nobody listens.
pub(crate) async fn drive(harvest: Harvest, events: Events) {
    if let Err(Stop::Error(error)) = run(harvest, &events).await {
        // Nobody listens any more: nobody to tell.
        let _ = events.send(Err(error)).await;
    }
}

async fn run(harvest: Harvest, events: &Events) -> Result<(), Stop> {
    harvest.check()?;
    let inner = harvest.inner.clone();
    let mut tally = Tally::default();
    let today = inner.caller.ensure_server_time().await?.date_naive();
    let asked = crate::window::Window::around(crate::window::Interval::new(
        harvest.range.start(),
        harvest.range.end(),
    ));
    inner.reach().clip(asked, today).ok_or_else(out_of_reach)?;

    let sessions = match &harvest.sessions {
        Some(ids) => ids.clone(),
        None => list(&harvest, &mut tally, Some(events)).await?,
    };
    let units = plan(&harvest, &sessions);
    emit(
        events,
        HarvestEvent::Planned {
            sessions: sessions.len(),
            windows: units.len(),
        },
    )
    .await?;
    read(&harvest, &sessions, units, &mut tally, events).await?;

    let summary = tally.summary(
        &sessions,
        &harvest.range,
        &harvest.options,
        &harvest.except,
        &inner.reach(),
        inner.caller.server_now(),
    );
    emit(events, HarvestEvent::Finished(summary)).await
}

/// The units of a harvest, once the sessions are known.
pub(crate) fn plan(harvest: &Harvest, sessions: &[Arc<str>]) -> Vec<Unit> {
    let inner = &harvest.inner;
    units::plan(
        sessions,
        &harvest.range,
        &harvest.options,
        &harvest.except,
        &inner.reach(),
        inner.caller.server_now().date_naive(),
        inner.window_days,
    )
}

/// Lists the sessions of the whole reach, twice, and takes the union.
///
/// Whatever the range: a session may be listed only for the range of its last
/// message. Twice: one whose place in the list changes meanwhile can be missed
/// by one pass.
pub(crate) async fn list(
    harvest: &Harvest,
    tally: &mut Tally,
    events: Option<&Events>,
) -> Result<Vec<Arc<str>>, Stop> {
    let inner = &harvest.inner;
    let today = inner.caller.server_now().date_naive();
    let whole = DateRange::last_six_months(today);
    let mut listing = Listing::start(Sessions::new(inner.clone(), whole)).await?;
    let mut ids = Vec::new();
    for pass in 0..2 {
        if pass > 0 {
            listing.again().await?;
        }
        loop {
            match listing.next_page().await {
                Ok(Some(sessions)) => {
                    for session in sessions {
                        match session.shared_id() {
                            Some(id) => ids.push(id),
                            None => return Err(nameless().into()),
                        }
                        if let Some(events) = events {
                            emit(events, HarvestEvent::SessionFound(session)).await?;
                        }
                    }
                }
                Ok(None) => break,
                Err(error) if is_fatal(&error) => return Err(error.into()),
                Err(error) => {
                    let Some(window) = listing.window() else {
                        return Err(error.into());
                    };
                    let Some(events) = events else {
                        return Err(error.into());
                    };
                    tally.list_failed(window);
                    listing.skip_window();
                    let failed = FailedWindow {
                        session_id: None,
                        window,
                        error,
                    };
                    emit(events, HarvestEvent::WindowFailed(failed)).await?;
                }
            }
        }
    }
    Ok(ids)
}

async fn read(
    harvest: &Harvest,
    sessions: &[Arc<str>],
    units: Vec<Unit>,
    tally: &mut Tally,
    events: &Events,
) -> Result<(), Stop> {
    let caller = &harvest.inner.caller;
    let options = Arc::new(harvest.options.clone());
    let hasher = Hasher::default();
    let mut seams = Seams::of(&units);
    let mut waiting = units.into_iter();
    let mut running = JoinSet::new();
    // Latency is learned as pages come, and with it how many units are needed.
    let page_read = Arc::new(Notify::new());
    loop {
        while running.len() < caller.in_flight_target() {
            let Some(unit) = waiting.next() else { break };
            let reading = Reading {
                id: WindowId {
                    session_id: sessions[unit.session].clone(),
                    window: unit.window,
                },
                run: WindowRun::new(
                    harvest.inner.clone(),
                    MessagesOf {
                        session_id: sessions[unit.session].clone(),
                        options: options.clone(),
                    },
                    unit.window,
                    harvest.page_size,
                    Some(unit.keep),
                    Sieve::new(hasher.clone(), seams.around(&unit)),
                ),
                events: events.clone(),
                page_read: page_read.clone(),
            };
            running.spawn(async move { (unit, reading.to_end().await) });
        }
        let ended = tokio::select! {
            ended = running.join_next() => ended,
            () = page_read.notified() => continue,
        };
        let (unit, ended) = match ended {
            None => return Ok(()),
            Some(Ok(ended)) => ended,
            Some(Err(error)) => std::panic::resume_unwind(error.into_panic()),
        };
        seams.release(&unit);
        match ended {
            Ok(facts) => {
                tally.done(unit.session, &facts);
                emit(events, HarvestEvent::WindowDone(Box::new(facts))).await?;
            }
            Err(Stop::Dropped) => return Err(Stop::Dropped),
            Err(Stop::Error(error)) if is_fatal(&error) => return Err(error.into()),
            Err(Stop::Error(error)) => {
                tally.failed(unit.session, error.kind());
                let failed = FailedWindow {
                    session_id: Some(sessions[unit.session].clone()),
                    window: unit.window,
                    error,
                };
                emit(events, HarvestEvent::WindowFailed(failed)).await?;
            }
        }
    }
}

/// A unit being read.
struct Reading {
    id: WindowId,
    run: WindowRun,
    events: Events,
    page_read: Arc<Notify>,
}

impl Reading {
    async fn to_end(mut self) -> Result<WindowFacts, Stop> {
        while let Some(entries) = self.run.next().await? {
            self.page_read.notify_one();
            if !entries.is_empty() {
                let window = self.id.clone();
                emit(&self.events, HarvestEvent::Entries { window, entries }).await?;
            }
        }
        WindowFacts::of(&self.run, &self.id).ok_or_else(|| out_of_reach().into())
    }
}

async fn emit(events: &Events, event: HarvestEvent) -> Result<(), Stop> {
    events.send(Ok(event)).await.map_err(|_| Stop::Dropped)
}

/// Whether an error holds for every unit, so that going on is of no use.
fn is_fatal(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Credentials | ErrorKind::Scopes | ErrorKind::PaidPlan | ErrorKind::DailyLimit
    )
}

fn nameless() -> Error {
    Error::new(
        ErrorKind::UnreadableBody,
        "the list of sessions holds one without an id that can be read",
    )
    .with_hint("its messages cannot be asked for; name the sessions to read to go on without it")
}
