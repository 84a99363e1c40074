//! What is missing: worked out when asked, accepted, and never hidden by a changed table.

use chrono::TimeDelta;
use zoom_chat_archive::{
    Archive, ArchiveSettings, GapAxis, GapClass, GapReport, Outcome, SyncOptions, Verdict,
    VerifyOptions,
};
use zoom_chat_reports::Options;
use zoom_chat_reports_sandbox::Sandbox;

use super::{Place, account, assert_whole, create, sync, without_attachments};
use crate::support::{client, sandbox};

pub(super) async fn archive_without_a_session(sandbox: &Sandbox, place: &Place) -> Archive {
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

pub(super) fn open(archive: &Archive) -> Vec<GapReport> {
    let gaps = archive.gaps().unwrap().into_iter();
    gaps.filter(GapReport::counts).collect()
}

/// The last day on which the first file was asked for in vain, and on how many days it was.
fn asked_last(archive: &Archive) -> (Option<String>, i64) {
    let db = rusqlite::Connection::open(archive.path().join("archive.db")).unwrap();
    let sql = "SELECT last_day, failed_days FROM attachments WHERE id = 1";
    db.query_row(sql, [], |row| {
        Ok((row.get::<_, Option<String>>(0)?, row.get::<_, i64>(1)?))
    })
    .unwrap()
}

/// Two runs on one of three days: files count as gone on the third.
async fn fail_on_day(day: u32, archive: &mut Archive, sandbox: &Sandbox) {
    // Twice a day says no more than once.
    for _ in 0..2 {
        let report = sync(archive, sandbox).await;
        let is_gone = day == 2;
        let due = if is_gone {
            Outcome::Complete
        } else {
            Outcome::Incomplete
        };
        assert_eq!(report.outcome, due, "day {day}: {}", report.standing.text);
        let files = report.standing.files;
        assert_eq!(
            (files.missing == 0, files.gone > 0),
            (is_gone, is_gone),
            "{files:?}"
        );
    }
    for gap in archive.gaps().unwrap() {
        assert_eq!(gap.axis, GapAxis::Attachment);
        let class = if day == 2 {
            GapClass::Gone
        } else {
            GapClass::Transient
        };
        assert_eq!(gap.class, class);
        assert!(gap.file_id.is_some() && gap.session_id.is_some());
        assert_eq!(gap.failure.unwrap().status, Some(404));
    }
}

#[tokio::test]
async fn a_file_is_gone_when_zoom_says_so_in_three_runs_on_three_days() {
    let sandbox = sandbox("sessions=4,messages=200").await;
    sandbox.add_fault("file:times=0:status=404".parse().unwrap());
    let place = Place::new();
    let settings = ArchiveSettings::default();
    let mut archive = Archive::create(&place.path(), &account(&sandbox), &settings).unwrap();
    for day in 0..3 {
        fail_on_day(day, &mut archive, &sandbox).await;
        sandbox.advance(TimeDelta::hours(24));
    }
    let report = archive.verify(&VerifyOptions::deep()).unwrap();
    assert!(
        report.is_whole() && report.is_complete(),
        "{:?}",
        report.findings
    );
    assert_eq!(report.standing.verdict, Verdict::Complete);

    // It is asked for ever more seldom.
    assert_eq!(asked_last(&archive).1, 3);
    let mut asked = Vec::new();
    for day in 3..12 {
        let before = asked_last(&archive);
        sync(&mut archive, &sandbox).await;
        if asked_last(&archive) != before {
            asked.push(day);
        }
        sandbox.advance(TimeDelta::hours(24));
    }
    assert_eq!(asked, [4, 8]);

    // One that comes back after all is fetched.
    sandbox.clear_faults();
    sandbox.advance(TimeDelta::days(4));
    sync(&mut archive, &sandbox).await;
    assert_eq!(asked_last(&archive).1, 0, "it is stored");
    // And the youngest of the others, which were gone for less long.
    sandbox.advance(TimeDelta::days(8));
    let report = sync(&mut archive, &sandbox).await;
    assert_eq!(
        (report.standing.files.missing, report.standing.files.gone),
        (0, 0)
    );
    assert_whole(&archive);
}

#[tokio::test]
async fn gaps_are_worked_out_anew_and_keep_their_names() {
    let sandbox = sandbox("sessions=4,messages=200").await;
    let place = Place::new();
    let mut archive = archive_without_a_session(&sandbox, &place).await;
    let before = open(&archive);
    sandbox.advance(TimeDelta::days(1));
    sync(&mut archive, &sandbox).await;
    let after = open(&archive);
    assert_eq!(after[0].id, before[0].id);
    assert!(after[0].end > before[0].end);
    sandbox.clear_faults();
    sync(&mut archive, &sandbox).await;
    // But for the day that Zoom no longer had when it answered again.
    let left = open(&archive);
    assert_eq!(left.len(), 1, "{left:?}");
    assert_eq!(
        (left[0].class, &left[0].id),
        (GapClass::Gone, &before[0].id)
    );
    assert_eq!(left[0].end - left[0].start, TimeDelta::days(1));
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
    assert_eq!(report.standing.verdict, Verdict::Incomplete);
    assert_eq!(archive.standing().unwrap().verdict, Verdict::Incomplete);
    assert_eq!(archive.status().unwrap().last_complete_sync, None);
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
    assert_eq!(report.standing.verdict, Verdict::NothingYet);
    sync(&mut archive, &sandbox).await;
    assert!(
        archive
            .verify(&VerifyOptions::deep())
            .unwrap()
            .is_complete()
    );
}

#[tokio::test]
async fn a_lost_file_is_fetched_again_under_a_new_row() {
    let sandbox = sandbox("sessions=4,messages=300").await;
    let place = Place::new();
    let settings = ArchiveSettings::default();
    let mut archive = Archive::create(&place.path(), &account(&sandbox), &settings).unwrap();
    sync(&mut archive, &sandbox).await;
    let folders = std::fs::read_dir(place.path().join("files")).unwrap();
    let lost: Vec<_> = folders
        .flat_map(|folder| std::fs::read_dir(folder.unwrap().path()).unwrap())
        .map(|file| file.unwrap().path())
        .step_by(3)
        .collect();
    for (number, file) in lost.iter().enumerate() {
        match number % 2 {
            0 => std::fs::remove_file(file).unwrap(),
            _ => std::fs::write(file, "cut").unwrap(),
        }
    }
    assert!(
        !archive
            .verify(&VerifyOptions::quick())
            .unwrap()
            .is_as_written()
    );
    let report = sync(&mut archive, &sandbox).await;
    assert!(report.attachments.lost >= lost.len() as u64);
    assert_eq!(report.outcome, Outcome::Complete);
    assert_whole(&archive);

    // One that Zoom no longer has is missing from then on, and named: Zoom took nothing away.
    std::fs::remove_file(&lost[0]).unwrap();
    sandbox.add_fault("file:times=0:status=404".parse().unwrap());
    for _ in 0..4 {
        let report = sync(&mut archive, &sandbox).await;
        assert_eq!(report.outcome, Outcome::Incomplete);
        let files = report.standing.files;
        assert!(files.missing > 0 && files.gone == 0, "{files:?}");
        sandbox.advance(TimeDelta::days(1));
    }
    let gaps = archive.gaps().unwrap();
    assert_eq!(
        gaps[0].reason.as_deref(),
        Some("it was stored, and is lost")
    );
    assert_whole(&archive);
}

#[tokio::test]
async fn days_that_are_asked_for_later_are_missing_until_they_are_read() {
    let sandbox = sandbox("sessions=4,messages=400").await;
    let place = Place::new();
    let mut settings = without_attachments();
    settings.start = Some(sandbox.today() - chrono::Days::new(30));
    let mut archive = Archive::create(&place.path(), &account(&sandbox), &settings).unwrap();
    assert_eq!(
        sync(&mut archive, &sandbox).await.outcome,
        Outcome::Complete
    );
    settings.start = Some(sandbox.today() - chrono::Days::new(100));
    archive.change_settings(&settings).unwrap();
    let missing = open(&archive);
    assert_eq!(missing.len(), 1, "{missing:?}");
    assert_eq!(
        (missing[0].class, missing[0].reason.as_deref()),
        (GapClass::Transient, Some("no sync has read it yet"))
    );
    // A session that fails now is missing from the new first day on.
    let bad = sandbox.session_ids()[0].replace(':', "%3A");
    let fault = format!("messages:times=0:session={bad}:status=500");
    sandbox.add_fault(fault.parse().unwrap());
    let report = sync(&mut archive, &sandbox).await;
    assert_eq!(report.outcome, Outcome::Incomplete);
    let missing = open(&archive);
    assert_eq!(missing.len(), 1, "{missing:?}");
    assert_eq!(missing[0].start.date_naive(), settings.start.unwrap());
    sandbox.clear_faults();
    let report = sync(&mut archive, &sandbox).await;
    assert_eq!(report.outcome, Outcome::Complete, "{:?}", report.gaps);
    assert_whole(&archive);
}

#[tokio::test]
async fn a_run_for_less_says_of_no_message_that_it_vanished() {
    let sandbox = sandbox("sessions=4,messages=2000").await;
    let place = Place::new();
    let mut archive = create(&place, &sandbox);
    sync(&mut archive, &sandbox).await;
    let mut less = archive.settings().clone();
    less.options = Options::default();
    let mut options = SyncOptions::new();
    options.once = Some(less);
    options.reread_days = Some(100);
    let report = archive
        .sync(&client(&sandbox), &account(&sandbox), options)
        .await
        .unwrap();
    assert!(report.duplicates > 100, "{}", report.duplicates);
    assert_eq!(report.not_returned, 0);
}

#[tokio::test]
async fn what_is_in_doubt_for_one_reason_is_one_gap_however_often_it_is_seen() {
    let sandbox = sandbox("sessions=2,messages=100,odd_ids=some").await;
    let place = Place::new();
    let mut archive = create(&place, &sandbox);
    for _ in 0..4 {
        sync(&mut archive, &sandbox).await;
        sandbox.advance(TimeDelta::days(3));
    }
    let because = |gap: &GapReport| {
        gap.reason
            .as_deref()
            .is_some_and(|why| why.contains("without an id"))
    };
    let gaps = archive.gaps().unwrap();
    assert_eq!(
        gaps.iter().filter(|gap| because(gap)).count(),
        1,
        "{gaps:?}"
    );
    assert_whole(&archive);
}
