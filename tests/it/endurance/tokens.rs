//! Two programs of one app, where a new token ends the former.

use std::time::Duration;

use zoom_chat_reports::{ChatReports, Plan, ServerToServer};
use zoom_chat_reports_sandbox::Sandbox;

use crate::support::{self, assert_equals_truth, truth};

/// Clients with clocks of their own, as two programs have.
fn programs(sandbox: &Sandbox) -> [ChatReports; 2] {
    [(); 2].map(|()| {
        let credentials = ServerToServer::new(
            sandbox.account_id(),
            sandbox.client_id(),
            sandbox.client_secret(),
        );
        ChatReports::builder()
            .credentials(credentials.unwrap())
            .base_url(sandbox.api_url())
            .auth_url(sandbox.auth_url())
            .plan(Plan::custom(30.0).unwrap())
            .build()
            .unwrap()
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_programs_that_end_each_others_tokens_both_read_everything() {
    let sandbox =
        support::sandbox("sessions=24,messages=4000,new_token_ends_former=yes,latency_ms=100")
            .await;
    let range = "2026-08-01..2026-10-31".parse().unwrap();
    let began = std::time::Instant::now();
    let runs = programs(&sandbox).map(|zoom| async move {
        let harvested = support::run(zoom.harvest(range).everything(), || {}).await;
        (harvested, zoom.stats())
    });
    let runs = futures::future::join_all(runs).await;
    let (all, due) = truth(&sandbox, &range);
    for (harvested, _) in &runs {
        assert!(harvested.failed.is_empty(), "{:?}", harvested.failed);
        assert!(harvested.summary.is_complete());
        assert_equals_truth("both", &harvested.keys, &due, &all);
    }
    let rejected = |run: &(_, zoom_chat_reports::stats::Stats)| run.1.tokens_rejected;
    assert!(runs.iter().map(rejected).sum::<u64>() > 0);
    let minutes = began.elapsed().max(Duration::from_secs(60)).as_secs_f64() / 60.0;
    #[expect(clippy::cast_precision_loss, reason = "few")]
    let a_minute = sandbox.stats().tokens_issued as f64 / minutes;
    assert!(a_minute <= 60.0, "{a_minute} tokens a minute");
}
