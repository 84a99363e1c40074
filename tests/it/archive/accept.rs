//! Accepting that something is missing: by name, by session, by day, by class, from now on.

use chrono::TimeDelta;
use zoom_chat_archive::{Accept, Archive, ArchiveSettings, GapClass, GapState, Outcome, Verdict};

use super::{
    Place, accept, account, assert_whole, create,
    gaps::{archive_without_a_session, open},
    sync,
};
use crate::support::sandbox;

#[tokio::test]
async fn files_that_are_refused_are_accepted_as_a_class_from_now_on() {
    let sandbox = sandbox("sessions=4,messages=400").await;
    sandbox.add_fault("file:times=0:status=403".parse().unwrap());
    let place = Place::new();
    let settings = ArchiveSettings::default();
    let mut archive = Archive::create(&place.path(), &account(&sandbox), &settings).unwrap();
    sync(&mut archive, &sandbox).await;
    let refused = archive.gaps().unwrap();
    assert!(refused.len() > 3);
    // Each file once, however many entries name it, and each can be accepted by its name.
    let names: std::collections::BTreeSet<&String> = refused.iter().map(|gap| &gap.id).collect();
    assert_eq!(names.len(), refused.len());
    assert_eq!(
        archive.standing().unwrap().files.missing,
        refused.len() as u64
    );
    assert!(refused.iter().all(|gap| gap.class == GapClass::Refused));
    let mut all = Accept::default();
    all.class = Some(GapClass::Refused);
    all.from_now_on = true;
    all.reason = "files are kept elsewhere".to_owned();
    all.operator = "me".to_owned();
    assert_eq!(archive.accept(&all).unwrap().len(), refused.len());
    sandbox.advance(TimeDelta::days(7));
    let report = sync(&mut archive, &sandbox).await;
    assert_eq!(
        report.outcome,
        Outcome::Complete,
        "{}",
        report.standing.text
    );
    assert!(report.standing.accepted_gaps > refused.len() as u64);
    // A stretch of messages of the same class is none of it.
    let bad = sandbox.session_ids()[0].replace(':', "%3A");
    let fault = format!("messages:times=0:session={bad}:status=403");
    sandbox.add_fault(fault.parse().unwrap());
    sandbox.advance(TimeDelta::days(7));
    let report = sync(&mut archive, &sandbox).await;
    assert_eq!(report.outcome, Outcome::Incomplete);
}

#[tokio::test]
async fn a_session_that_is_always_refused_is_accepted_once() {
    let sandbox = sandbox("sessions=4,messages=400").await;
    let place = Place::new();
    let mut archive = archive_without_a_session(&sandbox, &place).await;
    let session = open(&archive)[0].session_id.clone();
    let mut accept = Accept::default();
    accept.session_id.clone_from(&session);
    accept.from_now_on = true;
    accept.reason = "under legal hold elsewhere".to_owned();
    accept.operator = "me".to_owned();
    // What is narrower than "from now on" is not silently widened.
    accept.before = Some(sandbox.today());
    assert!(archive.accept(&accept).is_err());
    accept.before = None;
    archive.accept(&accept).unwrap();
    for day in 0..5 {
        let report = sync(&mut archive, &sandbox).await;
        assert_eq!(
            report.outcome,
            Outcome::Complete,
            "day {day}: {:?}",
            open(&archive)
        );
        assert_eq!(report.standing.verdict, Verdict::CompleteExceptAccepted);
        sandbox.advance(TimeDelta::days(1));
    }
    // It stands for what was asked for and refused, never for what nobody asked for.
    sandbox.clear_faults();
    sandbox.advance(TimeDelta::days(300));
    let report = sync(&mut archive, &sandbox).await;
    assert_eq!(
        report.outcome,
        Outcome::Incomplete,
        "{}",
        report.standing.text
    );
    let account = open(&archive);
    assert!(
        account
            .iter()
            .any(|gap| gap.session_id.is_none() && gap.class == GapClass::Gone)
    );
    assert_whole(&archive);
}

#[tokio::test]
async fn several_gaps_are_accepted_at_once_by_name_by_session_or_by_day() {
    let sandbox = sandbox("sessions=6,messages=400").await;
    for session in &sandbox.session_ids()[..3] {
        let session = session.replace(':', "%3A");
        let fault = format!("messages:times=0:session={session}:status=404");
        sandbox.add_fault(fault.parse().unwrap());
    }
    let place = Place::new();
    let mut archive = create(&place, &sandbox);
    sync(&mut archive, &sandbox).await;
    let gaps = open(&archive);
    assert_eq!(gaps.len(), 3);
    // The beginning of a name is enough; nothing, or what means two, is not.
    let accepted = accept(&mut archive, &[&gaps[0].id[..8], &gaps[1].id], "agreed");
    assert_eq!(accepted.len(), 2);
    assert!(accepted.iter().all(|gap| gap.state == GapState::Accepted));
    for ids in [&["" as &str][..], &["zzzzzzzz"], &[&gaps[0].id], &[]] {
        let mut wrong = Accept::default();
        wrong.ids = ids.iter().map(|id| (*id).to_owned()).collect();
        wrong.reason = "x".to_owned();
        let refused = archive.accept(&wrong).unwrap_err();
        assert_eq!(refused.kind(), zoom_chat_archive::ErrorKind::InvalidInput);
        assert!(refused.hint().is_some());
    }
    let mut rest = Accept::default();
    rest.before = Some(sandbox.today());
    rest.reason = "before my time".to_owned();
    assert_eq!(archive.accept(&rest).unwrap().len(), 1);
    assert_eq!(open(&archive).len(), 0);
    let rows = archive.gaps().unwrap();
    let acceptance = rows[0].acceptance.as_ref().unwrap();
    assert_eq!(
        (&*acceptance.reason, &*acceptance.operator),
        ("agreed", "me")
    );
    assert_whole(&archive);
}
