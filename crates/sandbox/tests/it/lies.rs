//! Faults that make answers lie: wrong dates, errors that look like pages, pages
//! that hold too little or too much.

use std::collections::BTreeSet;
use std::io::Read;

use flate2::read::{GzDecoder, MultiGzDecoder};
use serde_json::Value;
use zoom_chat_reports_sandbox::TruthEntry;

use crate::client::{Client, start};

const LISTING: &str = "/v2/report/chat/sessions?from=2026-11-01&to=2026-11-02";

/// A window of the first session that has many pages.
fn window(client: &Client) -> String {
    let query = "from=2026-10-25&to=2026-11-20&page_size=10&include_fields=edited_messages,deleted_messages";
    client.report(&client.first_session(), query)
}

/// The ids in one array of a page.
fn ids(page: &Value, array: &str) -> Vec<String> {
    let items = page[array].as_array().into_iter().flatten();
    items
        .map(|item| item["id"].as_str().unwrap().to_owned())
        .collect()
}

/// The ids in one array of all pages.
fn all_ids(pages: &[Value], array: &str) -> Vec<String> {
    pages.iter().flat_map(|page| ids(page, array)).collect()
}

fn vanished(client: &Client) -> Vec<TruthEntry> {
    let mut truth = client.sandbox.truth();
    truth.retain(|entry| entry.vanished);
    truth
}

#[tokio::test]
async fn a_wrong_date_stands_on_one_answer_that_is_otherwise_as_it_is() {
    let client = start("plan=unlimited").await;
    let right = client.get(LISTING).await;
    assert_eq!(right.header("date"), Some("Fri, 20 Nov 2026 12:00:00 GMT"));
    for (date, shown) in [
        ("-80d", Some("Tue, 01 Sep 2026 12:00:00 GMT")),
        ("+365d", Some("Sat, 20 Nov 2027 12:00:00 GMT")),
        (
            "1970-01-01T00%3A00%3A00Z",
            Some("Thu, 01 Jan 1970 00:00:00 GMT"),
        ),
        (
            "9999-12-31T00%3A00%3A00Z",
            Some("Fri, 31 Dec 9999 00:00:00 GMT"),
        ),
        ("some day in May", Some("some day in May")),
        ("none", None),
    ] {
        let fault = format!("sessions:date={date}").parse().unwrap();
        client.sandbox.add_fault(fault);
        let wrong = client.get(LISTING).await;
        assert_eq!(wrong.header("date"), shown);
        assert_eq!((wrong.status, wrong.text()), (200, right.text()));
        let next = client.get(LISTING).await;
        assert_eq!(next.header("date"), right.header("date"), "{date}");
    }
}

#[tokio::test]
async fn an_error_page_is_a_200_that_echoes_the_dates_asked_for() {
    let client = start("fault=any:times=0:nth=2:error_page=300").await;
    for target in [LISTING, &window(&client)] {
        let answer = client.get(target).await;
        assert_eq!(answer.status, 200);
        let body = answer.json();
        assert_eq!((answer.code(), body["message"].is_string()), (300, true));
        let asked = target.split("from=").nth(1).unwrap();
        assert!(asked.starts_with(body["from"].as_str().unwrap()));
        assert!(target.contains(&format!("to={}", body["to"].as_str().unwrap())));
        assert!(body.get("messages").is_none() && body.get("sessions").is_none());
    }
}

#[tokio::test]
async fn arrays_can_come_under_another_name() {
    let client =
        start("plan=unlimited,fault=sessions:rename_arrays,fault=messages:rename_arrays").await;
    for (target, name, other) in [
        (LISTING, "sessions", "chat_sessions"),
        (&window(&client), "messages", "chat_messages"),
    ] {
        let renamed = client.get(target).await.json();
        let usual = client.get(target).await.json();
        assert_eq!(renamed[other], usual[name]);
        assert!(!usual[name].as_array().unwrap().is_empty());
        assert!(renamed.get(name).is_none() && usual.get(other).is_none());
    }
}

#[tokio::test]
async fn with_offset_paging_the_messages_after_vanished_ones_are_skipped() {
    let client = start("plan=unlimited,page_tokens=offset").await;
    let target = window(&client);
    let before = all_ids(&client.pages(&target).await, "messages");
    client
        .sandbox
        .add_fault("messages:page=3:vanish=2".parse().unwrap());
    let pages = client.pages(&target).await;
    let found = all_ids(&pages, "messages");
    // Two of page 2 are gone after it was given; two slid from page 3 to page 2.
    assert_eq!(found[..20], before[..20]);
    assert_eq!(found[20..], before[22..]);
    let gone: BTreeSet<String> = vanished(&client)
        .into_iter()
        .map(|entry| entry.id)
        .collect();
    assert_eq!(gone, before[18..20].iter().cloned().collect());
    // No array ever shows them again, the deleted ones neither.
    let after = client.pages(&target).await;
    for array in ["messages", "edited_messages", "deleted_messages"] {
        assert!(
            all_ids(&after, array).iter().all(|id| !gone.contains(id)),
            "{array}"
        );
    }
    let expected: Vec<String> = before
        .iter()
        .filter(|id| !gone.contains(*id))
        .cloned()
        .collect();
    assert_eq!(all_ids(&after, "messages"), expected);
}

#[tokio::test]
async fn what_vanished_stays_in_the_truth_and_is_marked() {
    let client = start("plan=unlimited,page_tokens=key").await;
    let before = client.sandbox.truth();
    assert!(before.iter().all(|entry| !entry.vanished && entry.visible));
    client
        .sandbox
        .add_fault("messages:page=2:vanish=10".parse().unwrap());
    let target = window(&client);
    let pages = client.pages(&target).await;
    let gone = vanished(&client);
    assert!(gone.len() >= 10 && gone.iter().all(|entry| !entry.visible));
    assert_eq!(client.sandbox.truth().len(), before.len());
    // A key leads behind the last item given, even if that item is gone.
    let found = all_ids(&pages, "messages");
    assert_eq!(found[..10], ids(&pages[0], "messages"));
    let over_http = client.get_plain("/_sandbox/truth").await;
    assert_eq!(
        over_http.text().matches("\"vanished\":true").count(),
        gone.len()
    );
}

#[tokio::test]
async fn a_snapshot_keeps_what_vanishes_while_it_is_read() {
    let client = start("plan=unlimited,page_tokens=snapshot").await;
    let target = window(&client);
    let before = client.pages(&target).await;
    client
        .sandbox
        .add_fault("messages:page=3:vanish=2".parse().unwrap());
    let meanwhile = client.pages(&target).await;
    assert_eq!(
        all_ids(&meanwhile, "messages"),
        all_ids(&before, "messages")
    );
    let after = client.pages(&target).await;
    let difference = all_ids(&before, "messages").len() - all_ids(&after, "messages").len();
    assert_eq!(difference, 2);
}

#[tokio::test]
async fn nothing_vanishes_before_a_first_page() {
    let client = start("plan=unlimited,fault=messages:vanish=5").await;
    assert_eq!(client.get(&window(&client)).await.status, 200);
    assert!(vanished(&client).is_empty());
}

#[tokio::test]
async fn a_session_whose_messages_all_vanished_is_not_listed() {
    let client = start("plan=unlimited,sessions=3,messages=300").await;
    let session = client.sandbox.session_ids().remove(2);
    let listing = "/v2/report/chat/sessions?from=2026-10-25&to=2026-11-05";
    let is_listed = || async {
        let sessions = client.items(listing, "sessions").await;
        sessions.iter().any(|item| item["id"] == session.as_str())
    };
    assert!(is_listed().await);
    let fault = "messages:times=0:vanish=1000".parse().unwrap();
    client.sandbox.add_fault(fault);
    // Every message but the last one of this window lies before some page.
    let target = client.report(&session, "from=2026-10-25&to=2026-11-20&page_size=1");
    client.pages(&target).await;
    assert_eq!(client.items(&target, "messages").await.len(), 1);
    assert!(!is_listed().await);
}

#[tokio::test]
async fn a_wide_answer_holds_more_than_was_asked_for() {
    let client = start("plan=unlimited").await;
    let day = |page: &Value| -> BTreeSet<String> {
        let items = page["messages"].as_array().unwrap().iter();
        items
            .map(|item| item["date_time"].as_str().unwrap()[..10].to_owned())
            .collect()
    };
    let query = "from=2026-11-11&to=2026-11-11&page_size=100";
    let target = client.report(&client.sandbox.session_ids()[4], query);
    let usual = client.get(&target).await.json();
    assert_eq!(day(&usual), BTreeSet::from(["2026-11-11".to_owned()]));
    client
        .sandbox
        .add_fault("messages:times=0:wide=1".parse().unwrap());
    let pages = client.pages(&target).await;
    let days: BTreeSet<String> = pages.iter().flat_map(day).collect();
    let expected = ["2026-11-10", "2026-11-11", "2026-11-12"].map(str::to_owned);
    assert_eq!(days, BTreeSet::from(expected));
    assert_eq!(pages[0]["from"], "2026-11-11", "the echo does not tell");
}

#[tokio::test]
async fn bodies_come_in_tolerable_wire_forms() {
    let client = start("plan=unlimited").await;
    let right = client.get(LISTING).await.body;
    let gunzip = |body: &[u8]| {
        let mut text = Vec::new();
        MultiGzDecoder::new(body).read_to_end(&mut text).unwrap();
        text
    };
    for (encoding, coding) in [
        ("bom", None),
        ("gzip", Some("gzip")),
        ("GZIP", Some("GZIP")),
        ("x-gzip", Some("x-gzip")),
        ("members", Some("gzip")),
    ] {
        let fault = format!("sessions:encoding={encoding}").parse().unwrap();
        client.sandbox.add_fault(fault);
        let answer = client.get(LISTING).await;
        assert_eq!(answer.header("content-encoding"), coding);
        if coding.is_none() {
            assert_eq!(answer.body, [b"\xEF\xBB\xBF".as_slice(), &right].concat());
            continue;
        }
        assert_eq!(gunzip(&answer.body), right, "{encoding}");
        let mut first_member = Vec::new();
        GzDecoder::new(&answer.body[..])
            .read_to_end(&mut first_member)
            .unwrap();
        assert_eq!(first_member.len() < right.len(), encoding == "members");
    }
}

#[tokio::test]
async fn a_page_can_break_off_behind_a_text_that_looks_like_an_error() {
    // Each of these faults can also be scripted; this is how.
    let page = r#"{"from":"2026-11-01","messages":[{"id":"1","bot_message":{"content":{"code":300,"message":"no"}}}]}"#;
    let escaped = page.replace(':', "%3A").replace(',', "%2C");
    let client = start(&format!(
        "fault=messages:body={escaped}:header=content-type=application/json:truncate_body=90"
    ))
    .await;
    let answer = client.get(&window(&client)).await;
    assert_eq!((answer.status, answer.text()), (200, &page[..90]));
    assert!(answer.text().contains("\"code\":300"));
    assert!(serde_json::from_slice::<Value>(&answer.body).is_err());
}

#[tokio::test]
async fn pages_can_go_on_without_an_end_with_fresh_tokens_and_nothing_new() {
    for tokens in ["key", "offset", "snapshot"] {
        let client = start(&format!("plan=unlimited,page_tokens={tokens}")).await;
        let target = window(&client);
        let due = all_ids(&client.pages(&target).await, "messages");
        client
            .sandbox
            .add_fault("messages:times=0:endless_pages".parse().unwrap());
        let (mut found, mut used, mut token) = (Vec::new(), BTreeSet::new(), String::new());
        for _ in 0..due.len() / 10 + 20 {
            let page = client
                .get(&format!("{target}&next_page_token={token}"))
                .await
                .json();
            found.extend(ids(&page, "messages"));
            token = page["next_page_token"].as_str().unwrap().to_owned();
            assert!(!token.is_empty() && used.insert(token.clone()), "{tokens}");
        }
        assert_eq!(found, due, "{tokens}");
    }
}

#[tokio::test]
async fn a_header_can_be_added_to_the_real_answer_or_take_the_place_of_its_own() {
    let client =
        start("fault=sessions:add_header=x-ratelimit-limit=0.0001:add_header=X-Odd=1").await;
    let odd = client.get(LISTING).await;
    let limits = odd
        .headers
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case("x-ratelimit-limit"));
    assert_eq!(
        limits.map(|(_, value)| value.as_str()).collect::<Vec<_>>(),
        ["0.0001"]
    );
    assert_eq!(odd.header("x-odd"), Some("1"));
    let usual = client.get(LISTING).await;
    assert_eq!((odd.status, odd.text()), (200, usual.text()));
    assert_eq!(usual.header("x-ratelimit-limit"), Some("20"));
}
