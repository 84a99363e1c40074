//! What is missing: by name, accepted, and never hidden by a changed table.

use zoom_chat_archive::{
    Archive, ArchiveSettings, FindingKind, GapAxis, GapClass, Outcome, SyncOptions, VerifyOptions,
};
use zoom_chat_reports::Options;
use zoom_chat_reports_sandbox::Sandbox;

use super::{Place, account, create, sync};
use crate::support::{client, sandbox};

/// Changes the database with another program.
fn change(place: &Place, sql: &str) {
    let db = rusqlite::Connection::open(place.path().join("archive.db")).unwrap();
    assert!(db.execute(sql, []).unwrap() > 0, "{sql}");
}

fn kinds(archive: &Archive) -> Vec<FindingKind> {
    let report = archive.verify(&VerifyOptions::deep()).unwrap();
    report.findings.iter().map(|finding| finding.kind).collect()
}

async fn archive_without_a_session(sandbox: &Sandbox, place: &Place) -> Archive {
    let refused = &sandbox.session_ids()[0];
    let fault = format!(
        "messages:times=0:session={}:status=403",
        refused.replace(':', "%3A")
    );
    sandbox.add_fault(fault.parse().unwrap());
    let mut archive = create(place, sandbox);
    let report = sync(&mut archive, sandbox).await;
    assert_eq!(report.outcome, Outcome::Incomplete);
    archive
}

#[tokio::test]
async fn a_file_that_zoom_no_longer_has_is_a_gap_that_can_be_accepted() {
    let sandbox = sandbox("sessions=4,messages=200").await;
    sandbox.add_fault("file:times=0:status=404".parse().unwrap());
    let place = Place::new();
    let settings = ArchiveSettings::default();
    let mut archive = Archive::create(&place.path(), &account(&sandbox), &settings).unwrap();
    let report = sync(&mut archive, &sandbox).await;
    assert_eq!(report.outcome, Outcome::Incomplete);
    let gaps = archive.gaps().unwrap();
    assert!(!gaps.is_empty());
    for gap in gaps {
        assert_eq!((gap.axis, gap.class), (GapAxis::Attachment, GapClass::Gone));
        assert!(gap.file_id.is_some() && gap.session_id.is_some());
        assert_eq!(gap.failure.unwrap().status, Some(404));
        archive
            .accept_gap(gap.id, "removed by its owner", "me")
            .unwrap();
    }
    let report = sync(&mut archive, &sandbox).await;
    assert_eq!(report.outcome, Outcome::Complete);
    assert!(report.attachments.missing > 0 && report.accepted_gaps > 0);
    let report = archive.verify(&VerifyOptions::deep()).unwrap();
    assert!(
        report.is_whole() && report.is_complete(),
        "{:?}",
        report.findings
    );

    // One that comes back after all is fetched.
    sandbox.clear_faults();
    let report = sync(&mut archive, &sandbox).await;
    assert_eq!(report.attachments.missing, 0);
    assert_eq!(kinds(&archive), []);
}

#[tokio::test]
async fn a_gap_that_is_taken_off_the_list_is_still_missing() {
    let sandbox = sandbox("sessions=4,messages=200").await;
    let place = Place::new();
    let archive = archive_without_a_session(&sandbox, &place).await;
    let before = archive.verify(&VerifyOptions::quick()).unwrap();
    assert!(before.open_gaps > 0 && !before.is_complete());
    change(&place, "DELETE FROM gaps");
    let after = archive.verify(&VerifyOptions::quick()).unwrap();
    assert!(!after.is_complete());
    assert_eq!(after.open_gaps, before.open_gaps);
    assert_eq!(after.gaps[0].session_id, before.gaps[0].session_id);
}

#[tokio::test]
async fn an_acceptance_that_the_ledger_does_not_tell_of_is_named() {
    let sandbox = sandbox("sessions=4,messages=200").await;
    let place = Place::new();
    let mut archive = archive_without_a_session(&sandbox, &place).await;
    let id = archive.gaps().unwrap()[0].id;
    archive
        .accept_gap(id, "the session is private", "me")
        .unwrap();
    assert_eq!(kinds(&archive), []);
    change(
        &place,
        "UPDATE gaps SET reason = 'all is well' WHERE state = 'accepted'",
    );
    assert_eq!(kinds(&archive), [FindingKind::Gap]);
    change(
        &place,
        "UPDATE gaps SET state = 'healed' WHERE state = 'accepted'",
    );
    assert_eq!(kinds(&archive), [FindingKind::Gap]);
    change(
        &place,
        "UPDATE gaps SET state = 'accepted', reason = 'x', operator = 'y' WHERE state = 'healed'",
    );
    assert_eq!(kinds(&archive), [FindingKind::Gap]);
}

#[tokio::test]
async fn a_run_cannot_be_said_to_have_covered_more() {
    let sandbox = sandbox("sessions=2,messages=50").await;
    let place = Place::new();
    let mut archive = create(&place, &sandbox);
    sync(&mut archive, &sandbox).await;
    assert_eq!(kinds(&archive), []);
    change(
        &place,
        "UPDATE runs SET complete_through = complete_through + 86400000",
    );
    assert_eq!(kinds(&archive), [FindingKind::Coverage]);
    let covered = archive.coverage().unwrap().unwrap();
    assert!(covered.end <= sandbox.now());
}

#[tokio::test]
async fn a_stored_file_cannot_be_said_to_be_missing_or_another() {
    let sandbox = sandbox("sessions=3,messages=200").await;
    let place = Place::new();
    let settings = ArchiveSettings::default();
    let mut archive = Archive::create(&place.path(), &account(&sandbox), &settings).unwrap();
    sync(&mut archive, &sandbox).await;
    assert_eq!(kinds(&archive), []);
    let one = "id = (SELECT min(id) FROM attachments WHERE state = 'stored')";
    change(
        &place,
        &format!("UPDATE attachments SET state = 'pending' WHERE {one}"),
    );
    assert!(kinds(&archive).contains(&FindingKind::Unit));
    change(
        &place,
        "UPDATE attachments SET state = 'stored' WHERE state = 'pending'",
    );
    assert_eq!(kinds(&archive), []);
    change(
        &place,
        &format!(
            "UPDATE attachments SET (sha256, bytes) = (SELECT sha256, bytes FROM attachments
               WHERE state = 'stored' ORDER BY id DESC LIMIT 1) WHERE {one}"
        ),
    );
    assert!(kinds(&archive).contains(&FindingKind::Unit));
}

#[tokio::test]
async fn a_run_for_less_hides_no_gap_of_what_the_archive_is_to_hold() {
    let sandbox = sandbox("sessions=4,messages=200").await;
    let place = Place::new();
    let mut archive = archive_without_a_session(&sandbox, &place).await;
    let before = archive.gaps().unwrap().len();
    sandbox.clear_faults();
    let mut less = archive.settings().clone();
    less.options = Options::default();
    let mut options = SyncOptions::new();
    options.once = Some(less);
    let report = archive
        .sync(&client(&sandbox), &account(&sandbox), options)
        .await
        .unwrap();
    // What it was asked for is here; what the archive promises is not.
    assert_eq!(report.outcome, Outcome::Complete);
    assert_eq!(archive.gaps().unwrap().len(), before);
    assert!(
        !archive
            .verify(&VerifyOptions::quick())
            .unwrap()
            .is_complete()
    );
    assert_eq!(
        sync(&mut archive, &sandbox).await.outcome,
        Outcome::Complete
    );
    assert!(
        archive
            .verify(&VerifyOptions::deep())
            .unwrap()
            .is_complete()
    );
}

#[tokio::test]
async fn an_archive_that_was_never_filled_is_whole_and_not_complete() {
    let sandbox = sandbox("sessions=1,messages=10").await;
    let place = Place::new();
    let mut archive = create(&place, &sandbox);
    let report = archive.verify(&VerifyOptions::deep()).unwrap();
    assert!(report.is_whole() && !report.is_complete());
    sync(&mut archive, &sandbox).await;
    assert!(
        archive
            .verify(&VerifyOptions::deep())
            .unwrap()
            .is_complete()
    );
}
