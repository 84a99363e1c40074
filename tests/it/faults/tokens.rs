//! 12 to 14: access tokens that are rejected, and an endpoint that gives none.

use std::sync::Arc;

use futures::{TryStreamExt, future};
use zoom_chat_reports::{ErrorKind, ServerToServer};

use crate::{
    raw_server::{Act, RawServer},
    support::{self, builder},
};

use super::{ACCOUNT, account, harvest, least, month, survives, through, timed};

/// Every way in which a token was seen to be rejected.
const REJECTIONS: [&str; 5] = [
    "expire_token",
    "status=401",
    "status=400:body={\"code\"%3A124%2C\"message\"%3A\"Access token is expired.\"}",
    "status=200:body={\"status\"%3Afalse%2C\"errorCode\"%3A401}",
    "status=401:body=<html>no</html>",
];

#[tokio::test]
async fn fault_12_a_rejected_token_is_renewed_and_the_same_page_asked_for_again() {
    let least = least(ACCOUNT).await;
    for rejection in REJECTIONS {
        // On a page that carries a page token.
        let fault = format!("messages:page=2:nth=3:{rejection}");
        let (sandbox, zoom, _) = survives(ACCOUNT, &[&fault]).await;
        // None is fetched where others show meanwhile that the token lives.
        let issued = sandbox.stats().tokens_issued;
        let least_issued = if rejection == "expire_token" { 2 } else { 1 };
        assert!(
            (least_issued..=2).contains(&issued),
            "{rejection}: {issued}"
        );
        assert_eq!(zoom.stats().restarts, 0, "{rejection}");
        let rejected = sandbox.stats().report_requests - least;
        // One more for each request that was on its way with the old token.
        assert!((1..=32).contains(&rejected), "{rejection}: {rejected}");
    }
}

#[tokio::test]
async fn fault_12_the_page_token_stays_the_same() {
    let sandbox = account(ACCOUNT, &["messages:page=2:expire_token"]).await;
    let server = RawServer::start(Some(sandbox.address()), |_| Act::Pass);
    let (zoom, _) = through(&sandbox, &server);
    let id = sandbox.session_ids()[0].clone();
    zoom.messages(&id, month())
        .page_size(20)
        .entries()
        .try_collect::<Vec<_>>()
        .await
        .unwrap();
    let asked = server.requests();
    let twice: Vec<_> = asked
        .windows(3)
        .filter(|three| three[1].contains("/oauth/token"))
        .map(|three| three[0] == three[2] && three[0].contains("next_page_token="))
        .collect();
    assert_eq!(twice, [true], "{} requests", asked.len());
}

#[tokio::test]
async fn fault_12_messages_that_are_refused_from_some_point_on_end_the_run() {
    for rejection in REJECTIONS.iter().skip(1) {
        let fault = format!("messages:nth=5:times=0:{rejection}");
        let sandbox = account(ACCOUNT, &[&fault]).await;
        let (zoom, _) = timed(&sandbox);
        let events = harvest(&zoom).events().try_collect::<Vec<_>>().await;
        let error = events.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Credentials, "{rejection}");
        assert!(error.hint().is_some());
        let issued = sandbox.stats().tokens_issued;
        assert!(issued <= 5, "{rejection}: {issued} tokens");
    }
}

#[tokio::test]
async fn fault_13_tasks_that_see_401_at_once_make_one_token_request() {
    for ends_former in ["yes", "no"] {
        let settings = format!("{ACCOUNT},latency_ms=50,new_token_ends_former={ends_former}");
        let sandbox = support::sandbox(&settings).await;
        let (zoom, _) = timed(&sandbox);
        let zoom = Arc::new(zoom);
        let id = sandbox.session_ids()[0].clone();
        let day = "2026-08-05".parse().unwrap();
        zoom.messages(&id, day).send().await.unwrap();
        for round in 1..=3 {
            sandbox.revoke_tokens();
            let calls = (0..24).map(|_| zoom.messages(&id, day).send());
            future::try_join_all(calls).await.unwrap();
            assert_eq!(sandbox.stats().tokens_issued, round + 1, "{ends_former}");
        }
        // They did see it at once.
        assert!(sandbox.stats().count("messages", 401) >= 3 * 20);
    }
}

#[tokio::test]
async fn fault_13_a_harvest_renews_its_token_once_each_time() {
    let settings = format!("{ACCOUNT},new_token_ends_former=yes");
    let (sandbox, ..) = survives(
        &settings,
        &[
            "messages:nth=10:expire_token",
            "messages:nth=30:expire_token",
        ],
    )
    .await;
    assert_eq!(sandbox.stats().tokens_issued, 3);
    assert_eq!(sandbox.stats().count("token", 200), 3);
}

#[tokio::test]
async fn fault_14_a_token_endpoint_that_fails_for_a_while_is_asked_again() {
    for effect in [
        "times=3:status=500",
        "times=3:status=503:body=<html>busy</html>",
        "times=2:status=429:header=Retry-After=3",
        "times=2:status=429",
        "times=2:status=200:body=<html>sign in</html>",
        "times=2:status=200",
        "times=2:truncate_body=10",
    ] {
        let (sandbox, ..) = survives(ACCOUNT, &[&format!("token:{effect}")]).await;
        // One that was cut had been issued all the same.
        let cut = if effect.contains("truncate") { 2 } else { 0 };
        assert_eq!(sandbox.stats().tokens_issued, 1 + cut, "{effect}");
    }
}

#[tokio::test]
async fn fault_14_a_token_endpoint_that_fails_in_mid_export_loses_nothing() {
    for effect in ["status=503", "status=429:header=Retry-After=2"] {
        let faults = [
            "messages:nth=15:expire_token",
            &format!("token:nth=2:times=4:{effect}"),
        ];
        let (sandbox, ..) = survives(ACCOUNT, &faults).await;
        assert_eq!(sandbox.stats().tokens_issued, 2, "{effect}");
    }
}

#[tokio::test]
async fn fault_14_refused_credentials_are_an_error_at_once_and_are_not_shown() {
    let sandbox = support::sandbox(ACCOUNT).await;
    let cases = [
        (
            sandbox.account_id(),
            sandbox.client_id(),
            "CANARY-SECRET",
            "invalid_client",
        ),
        (
            sandbox.account_id(),
            "CANARY-CLIENT",
            sandbox.client_secret(),
            "invalid_client",
        ),
        (
            "CANARY-ACCOUNT",
            sandbox.client_id(),
            sandbox.client_secret(),
            "invalid_request",
        ),
    ];
    for (account, client, secret, word) in cases {
        sandbox.reset_stats();
        let zoom = builder(&sandbox)
            .credentials(ServerToServer::new(account, client, secret).unwrap())
            .build()
            .unwrap();
        let events = harvest(&zoom).events().try_collect::<Vec<_>>().await;
        let error = events.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Credentials);
        assert!(error.to_string().contains(word), "{error}");
        let shown = format!("{error} {error:?} {:?} {zoom:?}", error.hint());
        assert!(
            !shown.contains("CANARY") && !shown.contains(secret),
            "{shown}"
        );
        assert_eq!(sandbox.stats().count("token", 400), 1, "{word}");
        assert_eq!(sandbox.stats().report_requests, 0);
    }
}
