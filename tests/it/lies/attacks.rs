//! What an attack from outside has found, each as it was made.

use std::sync::Mutex;

use chrono::TimeDelta;
use futures::TryStreamExt;
use httpmock::{HttpMockRequest, HttpMockResponse, Method::GET, MockServer};
use zoom_chat_reports::{Coverage, DateRange, Entry};

use super::{
    ACCOUNT,
    edges::{sent, sync},
    is_honest, timed,
};
use crate::support::{self, Keys, assert_equals_truth, sandbox, truth};

#[tokio::test]
async fn a_date_ahead_claims_nothing_of_the_future() {
    for offset in ["+49h", "+100h", "+60d"] {
        let account = sandbox(&format!("{ACCOUNT},date_offset={offset}")).await;
        let (zoom, clock) = timed(&account);
        let (mut coverage, mut keys) = (Coverage::default(), Keys::new());
        sync(&zoom, &mut coverage, &mut keys).await;
        let claimed = coverage
            .sessions()
            .flat_map(|id| coverage.proven(id, &zoom_chat_reports::Options::everything()))
            .map(|interval| interval.end)
            .max();
        assert!(
            claimed.unwrap() <= account.now() - TimeDelta::hours(47),
            "{offset}: {claimed:?}"
        );
        let passed = TimeDelta::days(6);
        account.advance(passed);
        clock.advance(passed.to_std().unwrap());
        account.set_date_offset("none".parse().unwrap());
        sync(&zoom, &mut coverage, &mut keys).await;
        let (_, due) = truth(&account, &DateRange::last_six_months(account.today()));
        let (keys, due) = (sent(keys), sent(due));
        assert_equals_truth(offset, &keys, &due, &keys);
    }
}

#[tokio::test]
async fn a_session_that_is_refused_for_its_own_reasons_cuts_no_other() {
    for edges in [
        "beyond_floor=accepted,future_to=accepted",
        "beyond_floor=refused,future_to=refused",
    ] {
        let account = sandbox(&format!("{ACCOUNT},{edges}")).await;
        let id = account.session_ids().remove(1);
        let fault = format!(
            "messages:session={}:times=9:error_page=300",
            id.replace(':', "%3A").replace(',', "%2C")
        );
        account.add_fault(fault.parse().unwrap());
        let (zoom, _) = timed(&account);
        let range = DateRange::last_six_months(zoom.today().await.unwrap());
        let harvested = support::run(zoom.harvest(range).everything(), || {}).await;
        let (all, mut due) = truth(&account, &range);
        due.retain(|key, _| key.0 != id);
        assert_equals_truth(edges, &harvested.keys, &due, &all);
        let named = harvested
            .summary
            .gaps
            .iter()
            .all(|gap| gap.session_id.as_deref() == Some(&id));
        assert!(named, "{edges}: {:?}", harvested.summary.gaps);
    }
}

#[tokio::test]
async fn refusals_of_the_list_that_pass_hide_no_session() {
    for nth in 1..12 {
        let account = sandbox(&format!("{ACCOUNT},listed_when=last,beyond_floor=accepted")).await;
        let fault = format!("sessions:nth={nth}:times=2:error_page=300");
        account.add_fault(fault.parse().unwrap());
        let (zoom, _) = timed(&account);
        is_honest(&fault, &account, &zoom).await;
    }
}

#[tokio::test]
async fn an_error_beside_an_empty_array_ends_no_window() {
    for (code, array) in [(429, "[]"), (500, "null"), (124, "[]")] {
        let account = sandbox("sessions=3,messages=3000,page_tokens=key").await;
        let body =
            format!(r#"{{"code":{code},"message":"x","messages":{array},"next_page_token":""}}"#);
        let body = body.replace(':', "%3A").replace(',', "%2C");
        account.add_fault(format!("messages:page=2:body={body}").parse().unwrap());
        let (zoom, _) = timed(&account);
        is_honest(&format!("{code} {array}"), &account, &zoom).await;
    }
}

/// A session whose pages are counted by place, and a message that is deleted after some requests.
struct Scripted {
    messages: Vec<String>,
    requests: usize,
    /// After how many requests which message goes, and the item that tells of it on every page.
    deletion: (usize, usize, String),
}

impl Scripted {
    fn answer(&mut self, request: &HttpMockRequest) -> String {
        self.requests += 1;
        let (after, place, item) = &self.deletion;
        let mut left = self.messages.clone();
        let mut deleted = String::new();
        if self.requests > *after {
            left.remove(*place);
            deleted.clone_from(item);
        }
        let token = request
            .query_params()
            .into_iter()
            .find(|(name, _)| name == "next_page_token");
        let start: usize = token.map_or(0, |(_, value)| {
            value.trim_start_matches('p').parse().unwrap()
        });
        let end = (start + 100).min(left.len());
        let next = if end < left.len() {
            format!("p{end}")
        } else {
            String::new()
        };
        format!(
            r#"{{"messages":[{}],"deleted_messages":[{deleted}],"next_page_token":"{next}"}}"#,
            left[start..end].join(",")
        )
    }
}

#[tokio::test]
async fn a_listed_deletion_of_whatever_time_hides_no_message() {
    let sent = |number: i64| 1_791_200_000_000 + number * 1000;
    let times = [
        ("seconds", "1791200300".to_owned()),
        ("as sent", sent(150).to_string()),
        ("absent", "null".to_owned()),
    ];
    for (name, action) in times {
        let server = MockServer::start_async().await;
        let messages =
            (0..250).map(|number| format!(r#"{{"id":"m{number}","timestamp":{}}}"#, sent(number)));
        let deleted = format!(
            r#"{{"id":"m150","timestamp":{},"action_timestamp":{action}}}"#,
            sent(150)
        );
        let script = Mutex::new(Scripted {
            messages: messages.collect(),
            requests: 0,
            deletion: (2, 150, deleted),
        });
        server.mock(|when, then| {
            when.method(GET).path_includes("/sessions/s");
            then.respond_with(move |request: &HttpMockRequest| {
                let body = script.lock().unwrap().answer(request);
                HttpMockResponse::builder().status(200).body(body).build()
            });
        });
        let zoom = support::mocked(&server).build().unwrap();
        let entries = zoom.messages("s", "2026-10-05".parse().unwrap()).entries();
        let entries: Vec<Entry> = entries.try_collect().await.unwrap();
        let ids: std::collections::BTreeSet<&str> = entries
            .iter()
            .filter_map(|entry| entry.keys().id.as_deref())
            .collect();
        assert!(
            ids.contains("m200"),
            "{name}: the one that moved up is missing"
        );
        assert_eq!(ids.len(), 250, "{name}");
    }
}
