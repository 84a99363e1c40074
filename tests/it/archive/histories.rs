//! Long histories: nothing of the truth is missing outside the stretches that the archive names, and
//! it names none that is not missing.
//!
//! `ZOOM_CHAT_DAYS=121` makes the daily histories as long as that, with the whole default account.

use chrono::{DateTime, TimeDelta, Utc};
use zoom_chat_archive::{
    Archive, GapAxis, GapClass, GapReport, ModificationsFlag, MonthCoverage, Outcome, Question,
    SyncOptions, Verdict,
};
use zoom_chat_reports_sandbox::{Sandbox, TruthKind};

use super::{Place, accept, account, assert_holds, assert_whole, create, keys, sync, whole_truth};
use crate::support::{client, sandbox};

/// What was sent and is neither here nor in a stretch that is named.
fn assert_nothing_is_lost_in_silence(context: &str, archive: &Archive, sandbox: &Sandbox) {
    let held: std::collections::BTreeSet<(String, String)> = keys(archive)
        .into_iter()
        .map(|key| (key.0, key.2))
        .collect();
    let standing = archive.standing().unwrap();
    let (from, through) = (
        standing.complete_from.unwrap(),
        standing.complete_through.unwrap(),
    );
    let gaps: Vec<GapReport> = archive.gaps().unwrap();
    let at = |ms| DateTime::<Utc>::from_timestamp_millis(ms).unwrap();
    let lost = sandbox.truth().into_iter().filter(|entry| {
        let sent = at(entry.timestamp);
        let is_due =
            entry.kind == TruthKind::Sent && entry.visible && from <= sent && sent < through;
        let is_named = |gap: &GapReport| {
            let of_session = gap
                .session_id
                .as_deref()
                .is_none_or(|id| id == &*entry.session_id);
            of_session && gap.axis != GapAxis::Attachment && gap.interval().contains(sent)
        };
        is_due
            && !held.contains(&(entry.session_id.to_string(), entry.id.clone()))
            && !gaps.iter().any(is_named)
    });
    let lost: Vec<_> = lost.collect();
    assert!(
        lost.is_empty(),
        "{context}: {} lost, first {:?}; {}",
        lost.len(),
        lost.first(),
        standing.text
    );
}

#[tokio::test]
async fn ten_months_without_a_sync_are_a_gap_of_the_account() {
    for sessions in [2, 60] {
        let settings = format!("sessions={sessions},messages=1500");
        let sandbox = sandbox(&settings).await;
        let place = Place::new();
        let mut archive = create(&place, &sandbox);
        assert_eq!(
            sync(&mut archive, &sandbox).await.outcome,
            Outcome::Complete
        );
        let through = archive.standing().unwrap().complete_through.unwrap();
        sandbox.advance(TimeDelta::days(304));
        let report = sync(&mut archive, &sandbox).await;
        assert_eq!(report.outcome, Outcome::Incomplete, "{settings}");
        let open: Vec<GapReport> = archive.gaps().unwrap();
        assert_eq!(open.len(), 1, "{settings}: {open:?}");
        assert_eq!(
            (&open[0].session_id, open[0].class),
            (&None, GapClass::Gone)
        );
        assert_eq!(open[0].start, through);
        assert!(open[0].end - open[0].start > TimeDelta::days(100));
        assert!(
            report
                .standing
                .text
                .contains("1 stretch of the whole account")
        );
        assert_nothing_is_lost_in_silence(&settings, &archive, &sandbox);
        let question = Question::default();
        assert_eq!(archive.unproven(&question).unwrap().len(), 1);

        let id = open[0].id.clone();
        accept(&mut archive, &[&id], "the service was down");
        assert_eq!(archive.unproven(&question).unwrap().len(), 0);
        // Accepted or not, nobody has read these months.
        let months = archive.status().unwrap().months;
        let of = |name: &str| {
            months
                .iter()
                .find(|month| month.month == name)
                .unwrap()
                .covered
        };
        assert_eq!(of("2026-12"), MonthCoverage::None);
        assert_eq!(
            (of("2026-10"), of("2027-06")),
            (MonthCoverage::Whole, MonthCoverage::Whole)
        );
        let standing = archive.standing().unwrap();
        assert_eq!(standing.verdict, Verdict::CompleteExceptAccepted);
        assert!(
            standing.text.ends_with("except 1 accepted gap"),
            "{}",
            standing.text
        );
        let again = sync(&mut archive, &sandbox).await;
        assert_eq!(again.outcome, Outcome::Complete, "{:?}", again.gaps);
        assert_nothing_is_lost_in_silence(&settings, &archive, &sandbox);
        assert_whole(&archive);
    }
}

/// Whether an account refuses the day before its floor depends on whether its local day has begun.
#[tokio::test]
async fn a_floor_that_shows_at_some_hours_only_opens_no_gap() {
    for zone in ["-11:00", "-03:00", "+05:45", "+14:00"] {
        let settings = format!("sessions=30,messages=300,zone={zone},now=2027-01-25T02:40:00Z");
        let sandbox = sandbox(&settings).await;
        let place = Place::new();
        let mut archive = create(&place, &sandbox);
        for step in 0..12 {
            let report = sync(&mut archive, &sandbox).await;
            let context = format!("{settings}, sync {step}: {}", report.standing.text);
            assert_eq!(
                report.outcome,
                Outcome::Complete,
                "{context}: {:?}",
                report.gaps
            );
            sandbox.advance(TimeDelta::hours(31));
        }
        assert_nothing_is_lost_in_silence(&settings, &archive, &sandbox);
        assert_whole(&archive);
    }
}

/// A run that was asked for less finds sessions of which it does not read all that the archive promises.
#[tokio::test]
async fn a_session_that_a_smaller_question_found_first_is_due_as_any_other() {
    let sandbox = sandbox("sessions=60,messages=1200").await;
    let place = Place::new();
    let mut archive = create(&place, &sandbox);
    let first = sync(&mut archive, &sandbox).await;
    sandbox.advance(TimeDelta::days(40));
    let mut options = SyncOptions::new();
    let mut once = archive.settings().clone();
    once.start = Some((sandbox.now() - TimeDelta::days(4)).date_naive());
    options.once = Some(once);
    let report = archive
        .sync(&client(&sandbox), &account(&sandbox), options)
        .await
        .unwrap();
    assert!(report.sessions > 0 && report.new_sessions > 0, "{first:?}");
    assert_nothing_is_lost_in_silence("once", &archive, &sandbox);
    let report = sync(&mut archive, &sandbox).await;
    assert_eq!(report.outcome, Outcome::Complete, "{:?}", report.gaps);
    assert_nothing_is_lost_in_silence("all", &archive, &sandbox);
    let from = first.standing.complete_from;
    assert_eq!(report.standing.complete_from, from);
    assert_whole(&archive);
}

/// For one run the account's clock is wrong by months: that run may say so, those after it are as if nothing had been.
#[tokio::test]
async fn one_wrong_date_spoils_no_later_run() {
    for offset in ["+200d", "+365d", "-200d"] {
        let sandbox = sandbox("sessions=8,messages=300,zone=-03:00,now=2026-11-01T12:00:00Z").await;
        let place = Place::new();
        let mut archive = create(&place, &sandbox);
        sync(&mut archive, &sandbox).await;
        sandbox.advance(TimeDelta::days(3));
        sandbox.set_date_offset(offset.parse().unwrap());
        let zoom = client(&sandbox);
        let wrong = archive
            .sync(&zoom, &account(&sandbox), SyncOptions::new())
            .await;
        if let Ok(wrong) = wrong {
            assert_ne!(wrong.outcome, Outcome::Complete, "{offset}");
        }
        sandbox.set_date_offset("none".parse().unwrap());
        sandbox.advance(TimeDelta::days(4));
        let report = sync(&mut archive, &sandbox).await;
        let context = format!("{offset}: {}", report.standing.text);
        assert_eq!(report.outcome, Outcome::Complete, "{context}");
        let through = report.standing.complete_through.unwrap();
        assert_eq!(through, sandbox.now() - TimeDelta::hours(48), "{context}");
        assert_nothing_is_lost_in_silence(offset, &archive, &sandbox);
        assert_whole(&archive);
    }
}

#[tokio::test]
async fn syncs_at_odd_intervals_name_exactly_what_was_never_read() {
    let sandbox = sandbox("sessions=8,messages=4000").await;
    let place = Place::new();
    let mut archive = create(&place, &sandbox);
    for days in [0, 2, 6, 1, 25, 60, 3, 150] {
        sandbox.advance(TimeDelta::days(days));
        let report = sync(&mut archive, &sandbox).await;
        assert_eq!(
            report.outcome,
            Outcome::Complete,
            "{days}: {:?}",
            report.gaps
        );
        assert_nothing_is_lost_in_silence(&format!("after {days} days"), &archive, &sandbox);
    }
    // All of these were within Zoom's six months. What follows is not.
    sandbox.advance(TimeDelta::days(200));
    sync(&mut archive, &sandbox).await;
    let open = archive.gaps().unwrap();
    assert_eq!(open.len(), 1, "{open:?}");
    let due = TimeDelta::days(200 - 181);
    let found = open[0].end - open[0].start;
    assert!((found - due).abs() < TimeDelta::days(6), "{found}");
    assert_nothing_is_lost_in_silence("at the end", &archive, &sandbox);
    assert_whole(&archive);
}

/// What an account may do otherwise than the default one.
const UNKNOWNS: [&str; 12] = [
    "",
    "zone=-11:00",
    "zone=+14:00",
    "zone=+05:45,daylight=europe",
    "to=exclusive",
    "future_to=refused",
    "future_to=clamped",
    "future_to=accepted",
    "listed_when=last",
    "edited_in_messages=after",
    "query_all_modifications=ignored",
    "zone=+05:00,zone_later=2026-11-28T00:00:00Z/-03:00",
];

fn days() -> Option<u32> {
    std::env::var("ZOOM_CHAT_DAYS").ok()?.parse().ok()
}

async fn daily(account: &str, unknown: &str, days: u32) {
    let settings = format!("{account},{unknown}");
    let settings = settings.trim_end_matches(',');
    let sandbox = sandbox(settings).await;
    let place = Place::new();
    let mut archive = create(&place, &sandbox);
    for day in 0..days {
        let report = sync(&mut archive, &sandbox).await;
        let context = format!("{settings}, day {day}: {}", report.standing.text);
        assert_eq!(
            report.outcome,
            Outcome::Complete,
            "{context}: {:?}",
            report.gaps
        );
        assert!(report.gaps.is_empty(), "{context}");
        // A little later or earlier every day.
        sandbox
            .advance(TimeDelta::hours(24) + TimeDelta::minutes([0, 70, -35, 20][day as usize % 4]));
    }
    sync(&mut archive, &sandbox).await;
    assert_nothing_is_lost_in_silence(settings, &archive, &sandbox);
    let (_, due) = whole_truth(&sandbox);
    let flag = archive.status().unwrap().modifications;
    let due = due.into_iter().filter(|(key, _)| {
        // Edits of older messages that the account does not tell of are named by a line of their own.
        let is_told = unknown != "query_all_modifications=ignored" || key.1 == TruthKind::Sent;
        assert!(is_told || flag != ModificationsFlag::Proven);
        let settled = (sandbox.now() - TimeDelta::hours(72)).timestamp_millis();
        is_told && key.3.is_some_and(|at| at < settled)
    });
    assert_holds(settings, &archive, &due.collect());
    assert_whole(&archive);
}

#[tokio::test]
async fn daily_syncs_cry_no_wolf_and_lose_nothing() {
    let (account, days) = match days() {
        Some(days) => ("quirks=yes", days),
        None => ("sessions=3,messages=300", 12),
    };
    for unknown in UNKNOWNS {
        daily(account, unknown, days).await;
    }
}

#[tokio::test]
async fn daily_syncs_of_many_quiet_sessions_cry_no_wolf_either() {
    let (account, days) = match days() {
        Some(days) => ("sessions=300,messages=900", days),
        None => ("sessions=30,messages=90", 5),
    };
    for unknown in UNKNOWNS {
        daily(account, unknown, days).await;
    }
}
