//! The plan of a sync foretells its requests.

use chrono::TimeDelta;
use zoom_chat_archive::{Account, Archive, ErrorKind, SyncOptions};
use zoom_chat_reports_sandbox::Sandbox;

use super::{Place, account, create, read, sync};
use crate::support::{client, sandbox};

/// What the plan says, what the sync asked, and how many further pages it read.
async fn plan_and_sync(archive: Archive, place: &Place, sandbox: &Sandbox) -> (u64, u64, u64) {
    drop(archive);
    let options = SyncOptions::new();
    let plan = read(&place.path())
        .plan(&client(sandbox), &account(sandbox), &options)
        .await
        .unwrap();
    let mut archive =
        Archive::open(&place.path(), &zoom_chat_archive::OpenOptions::default()).unwrap();
    sandbox.reset_stats();
    sync(&mut archive, sandbox).await;
    let further = sandbox
        .stats()
        .recent
        .iter()
        .filter(|request| request.operation == "messages" && request.page_token)
        .count();
    (
        plan.requests(),
        sandbox.stats().report_requests,
        further as u64,
    )
}

#[tokio::test]
async fn the_second_sync_sends_as_many_requests_as_were_planned() {
    let sandbox = sandbox("sessions=8,messages=1500").await;
    let place = Place::new();
    let mut archive = create(&place, &sandbox);
    sync(&mut archive, &sandbox).await;
    let (planned, asked, _) = plan_and_sync(archive, &place, &sandbox).await;
    assert_eq!(asked, planned);
}

#[tokio::test]
async fn after_a_week_the_plan_lacks_only_further_pages_and_changed_days() {
    let sandbox = sandbox("sessions=8,messages=1500").await;
    let place = Place::new();
    let mut archive = create(&place, &sandbox);
    sync(&mut archive, &sandbox).await;
    sandbox.advance(TimeDelta::days(7));
    let (planned, asked, further) = plan_and_sync(archive, &place, &sandbox).await;
    assert!(
        planned <= asked - further,
        "{planned} of {asked}, {further} further pages"
    );
    // A page is read once more after a window of several, and days of changed messages are read again.
    assert!(
        asked <= planned + 60,
        "{planned} of {asked}, {further} further pages"
    );
}

#[tokio::test]
async fn the_first_sync_sends_what_was_planned_and_further_pages() {
    let sandbox = sandbox("sessions=3,messages=90").await;
    let place = Place::new();
    let archive = create(&place, &sandbox);
    let (planned, asked, further) = plan_and_sync(archive, &place, &sandbox).await;
    // Each of the first sessions finds out how far Zoom's reach goes.
    let refused = sandbox.stats().count("messages", 400);
    assert_eq!((asked - refused, further), (planned, 0));
    assert!(refused <= 24, "{refused}");
}

#[tokio::test]
async fn a_plan_is_refused_to_another_account() {
    let sandbox = sandbox("sessions=1,messages=10").await;
    let place = Place::new();
    let archive = create(&place, &sandbox);
    let other = Account {
        id: "other".to_owned(),
        sandbox: true,
    };
    let plan = archive
        .plan(&client(&sandbox), &other, &SyncOptions::new())
        .await;
    assert_eq!(plan.unwrap_err().kind(), ErrorKind::OtherAccount);
    assert_eq!(sandbox.stats().report_requests, 0);
}
