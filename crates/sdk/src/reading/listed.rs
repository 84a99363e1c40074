//! The list of sessions, as a source that is read window by window.

use std::{
    collections::HashSet,
    hash::{BuildHasher, RandomState},
    sync::Arc,
};

use chrono::{DateTime, NaiveDate, Utc};
use zoom_chat_reports_api::types::ChatSessionsPage;

use super::{
    run::Run,
    source::{Given, Halt, How, Kind, Manner, Out, PageBody, Source, Taken},
    window::read_window,
};
use crate::{
    DateRange, Session,
    dates::{Window, horizon::Horizon},
    transport::operations::{MAX_SESSIONS, Place, SessionsRequest, date},
};

/// The list of sessions; gives each session once, even if it is listed several times.
pub(crate) struct Listed {
    parameters: Arc<[(String, String)]>,
    /// Names the reading of the list. Each reading finds the edges again, so that temporary refusals
    /// in one reading hide no session from the other.
    pub(crate) pass: Arc<str>,
    seen: HashSet<String>,
    hasher: RandomState,
}

impl Listed {
    pub(crate) fn new(parameters: Arc<[(String, String)]>) -> Self {
        Self {
            parameters,
            pass: "0".into(),
            seen: HashSet::new(),
            hasher: RandomState::new(),
        }
    }
}

impl Source for Listed {
    type Request = SessionsRequest;
    type Item = Session;
    // The list shows no deletions; it is read twice instead.
    const ITEMS_VANISH: bool = false;
    const KIND: Kind = Kind::List;

    fn name(&self) -> &Arc<str> {
        &self.pass
    }

    fn at(&self, place: Place) -> SessionsRequest {
        SessionsRequest {
            parameters: self.parameters.clone(),
            place,
        }
    }

    fn begin(&mut self, _: Manner) {}

    fn is_whole(&mut self) {}

    fn take(&mut self, page: ChatSessionsPage) -> Taken<Session> {
        let mut digest = 0_u64;
        let mut items = Vec::new();
        for session in page.sessions.into_iter().flatten().map(Session::new) {
            // A session without a readable id is named by its text.
            let name = session.id().unwrap_or(session.raw());
            digest = digest.wrapping_add(self.hasher.hash_one(name));
            if self.seen.insert(name.to_owned()) {
                items.push(session);
            }
        }
        Taken {
            gained: !items.is_empty(),
            items,
            digest,
            stable_digest: 0,
            lacking: 0,
            deletions: Vec::new(),
        }
    }

    fn agrees(&self, _: DateTime<Utc>) -> bool {
        true
    }
}

impl PageBody for ChatSessionsPage {
    fn next_page_token(&self) -> Option<&str> {
        let token = self.next_page_token.as_deref();
        token.filter(|token| !token.is_empty())
    }

    fn echo(&self) -> (Option<NaiveDate>, Option<NaiveDate>) {
        (date(self.from), date(self.to))
    }
}

/// The windows that list all sessions that Zoom still has.
pub(crate) fn whole_reach(run: &Run) -> Vec<Window> {
    let today = run.now().date_naive();
    let interval = run.interval(&DateRange::last_six_months(today));
    Horizon::default()
        .clip(Window::around(interval), run.today())
        .map(|dates| dates.split(run.inner.window_days))
        .unwrap_or_default()
}

/// The sessions that Zoom lists for one window; `pass` names the reading of the list.
pub(crate) async fn list(run: &Run, window: Window, pass: u32) -> Result<Vec<Session>, Halt> {
    struct All(Vec<Session>);
    impl Out<Session> for All {
        async fn put(&mut self, page: Given<Session>) -> Result<(), Halt> {
            self.0.extend(page.items);
            Ok(())
        }
    }
    let how = How {
        page_size: MAX_SESSIONS,
        exact: true,
        confirm: false,
    };
    let mut all = All(Vec::new());
    let mut source = Listed::new(Arc::default());
    source.pass = pass.to_string().into();
    read_window(run, &mut source, how, window, None, None, &mut all).await?;
    Ok(all.0)
}
