//! What the tests share: a simulated account, a client on it, and the comparison with the truth.

use std::{
    collections::{BTreeMap, BTreeSet},
    pin::pin,
    sync::Arc,
};

use chrono::TimeDelta;
use futures::TryStreamExt;
use zoom_chat_reports::{
    ChatReports, ChatReportsBuilder, DateRange, Entry, EntryKind, HarvestEvent, HarvestSummary,
    Plan, ServerToServer,
    auth::AccessToken,
    clock::SkippingClock,
    harvest::{FailedWindow, Harvest},
};
use zoom_chat_reports_sandbox::{ListedWhen, Sandbox, Settings, TruthEntry, TruthKind, rules};

/// A simulated account with these settings; with hostile data and without a rate limit unless
/// they say otherwise.
pub async fn sandbox(settings: &str) -> Sandbox {
    let mut text = settings.to_owned();
    for (key, value) in [("plan", "unlimited"), ("quirks", "yes")] {
        let named = |part: &str| {
            part.split('=')
                .next()
                .is_some_and(|name| name.trim() == key)
        };
        if !settings.split(',').any(named) {
            text = format!("{key}={value},{text}");
        }
    }
    let settings: Settings = text.parse().expect("settings");
    Sandbox::start(settings).await.expect("a loopback port")
}

/// A client on the account that never waits: its clock jumps.
pub fn client(sandbox: &Sandbox) -> ChatReports {
    builder(sandbox).build().expect("a client")
}

/// The client before it is built, for tests that change a setting.
pub fn builder(sandbox: &Sandbox) -> ChatReportsBuilder {
    ChatReports::builder()
        .credentials(
            ServerToServer::new(
                sandbox.account_id(),
                sandbox.client_id(),
                sandbox.client_secret(),
            )
            .expect("credentials"),
        )
        .base_url(sandbox.api_url())
        .auth_url(sandbox.auth_url())
        .plan(Plan::Business)
        .clock(Arc::new(SkippingClock::new(sandbox.now())))
}

/// An HTTP client that trusts nobody, for a server without TLS.
pub fn http() -> reqwest::Client {
    reqwest::Client::builder()
        .tls_backend_preconfigured(crate::faults::tls::no_roots())
        .no_proxy()
        .build()
        .unwrap()
}

/// A bearer token of the account.
pub async fn token(sandbox: &Sandbox) -> String {
    let form = [
        ("grant_type", "account_credentials"),
        ("account_id", sandbox.account_id()),
    ];
    let request = http().post(sandbox.auth_url()).form(&form);
    let request = request.basic_auth(sandbox.client_id(), Some(sandbox.client_secret()));
    let answer = request.send().await.unwrap().bytes().await.unwrap();
    let answer: serde_json::Value = serde_json::from_slice(&answer).unwrap();
    answer["access_token"].as_str().unwrap().to_owned()
}

/// A client of a server that answers as it is told, with a given token; up to 1,000 requests a second.
pub fn mocked(server: &httpmock::MockServer) -> ChatReportsBuilder {
    ChatReports::builder()
        .access_token(AccessToken::new("token"))
        .base_url(server.base_url())
        .plan(Plan::custom(1000.0).unwrap())
}

/// What identifies an entry: session, array, id, times; of a sent one not the time of its last edit.
pub type Key = (String, TruthKind, String, Option<i64>, Option<i64>);

/// The key of an entry that came.
pub fn key(entry: &Entry) -> Key {
    let kind = match entry.kind() {
        EntryKind::Sent => TruthKind::Sent,
        EntryKind::Edited => TruthKind::Edited,
        EntryKind::Deleted => TruthKind::Deleted,
    };
    let keys = entry.keys();
    (
        entry.session_id().to_owned(),
        kind,
        keys.id.clone().unwrap_or_default(),
        keys.timestamp,
        keys.action_timestamp.filter(|_| kind != TruthKind::Sent),
    )
}

fn truth_key(entry: &TruthEntry) -> Key {
    (
        entry.session_id.to_string(),
        entry.kind,
        entry.id.clone(),
        entry.served_timestamp,
        entry
            .action_timestamp
            .filter(|_| entry.kind != TruthKind::Sent),
    )
}

/// How often each key came.
pub type Keys = BTreeMap<Key, usize>;

/// What a harvest brought.
pub struct Harvested {
    /// How often each key came.
    pub keys: Keys,
    /// The windows that failed.
    pub failed: Vec<FailedWindow>,
    /// The last event.
    pub summary: HarvestSummary,
}

/// Runs a harvest; `between` is called after every page.
pub async fn run(harvest: Harvest, between: impl FnMut()) -> Harvested {
    try_run(harvest, between).await.expect("no fatal error")
}

/// Runs a harvest; `None` if it ends with an error, which is told.
pub async fn run_or_error(harvest: Harvest) -> Option<Harvested> {
    try_run(harvest, || {}).await.ok()
}

async fn try_run(
    harvest: Harvest,
    mut between: impl FnMut(),
) -> Result<Harvested, zoom_chat_reports::Error> {
    let mut events = pin!(harvest.events());
    let mut keys = Keys::new();
    let mut failed = Vec::new();
    let mut summary = None;
    while let Some(event) = events.try_next().await? {
        match event {
            HarvestEvent::Entries { entries, .. } => {
                for entry in &entries {
                    *keys.entry(key(entry)).or_default() += 1;
                }
                between();
            }
            HarvestEvent::WindowFailed(window) => failed.push(window),
            HarvestEvent::Finished(last) => summary = Some(last),
            _ => {}
        }
    }
    Ok(Harvested {
        keys,
        failed,
        summary: summary.expect("a harvest ends with its summary"),
    })
}

/// The truth in a range, as often as each key exists: all, and what can be had and is visible.
pub fn truth(sandbox: &Sandbox, range: &DateRange) -> (Keys, Keys) {
    let in_range = |entry: &&TruthEntry| {
        let at = chrono::DateTime::UNIX_EPOCH + TimeDelta::milliseconds(entry.timestamp);
        range.contains(at)
    };
    let truth = sandbox.truth();
    let hidden = unlistable(sandbox, &truth);
    let mut all = Keys::new();
    let mut due = Keys::new();
    for entry in truth.iter().filter(in_range) {
        *all.entry(truth_key(entry)).or_default() += 1;
        if entry.reachable && entry.visible && !hidden.contains(&*entry.session_id) {
            *due.entry(truth_key(entry)).or_default() += 1;
        }
    }
    (all, due)
}

/// The sessions that no question about the list can show.
///
/// Where a session is listed only for a range that holds its last message, and no range may reach
/// up to now, a session that was active in the meantime is in no list.
fn unlistable(sandbox: &Sandbox, truth: &[TruthEntry]) -> BTreeSet<String> {
    let settings = sandbox.settings();
    if settings.listed_when != ListedWhen::Last {
        return BTreeSet::new();
    }
    let (_, end) = rules::reach(&settings.range, sandbox.now());
    let end = end.timestamp_millis();
    truth
        .iter()
        .filter(|entry| entry.timestamp.max(entry.happened_at) >= end)
        .map(|entry| entry.session_id.to_string())
        .collect()
}

/// Fails unless all that is due came, each as often as it exists, and nothing that does not exist.
pub fn assert_equals_truth(context: &str, keys: &Keys, due: &Keys, all: &Keys) {
    let missing: Vec<&Key> = due
        .iter()
        .filter(|(key, count)| keys.get(*key) != Some(count))
        .map(|(key, _)| key)
        .collect();
    let extra: Vec<&Key> = keys
        .iter()
        .filter(|(key, count)| all.get(*key) != Some(count))
        .map(|(key, _)| key)
        .collect();
    assert!(
        missing.is_empty() && extra.is_empty(),
        "{context}: {} of {} missing or repeated, first {:?}; {} that do not exist so, first {:?}",
        missing.len(),
        due.len(),
        missing.first(),
        extra.len(),
        extra.first(),
    );
}
