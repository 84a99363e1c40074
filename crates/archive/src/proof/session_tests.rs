use serde_json::json;
use zoom_chat_reports::dates::AnsweredWindow;

use super::{Axis, DateTime, Interval, Reading, SessionProof, Utc};

fn at(text: &str) -> DateTime<Utc> {
    format!("{text}T00:00:00Z").parse().expect("an instant")
}

/// How a window was read.
#[derive(Clone, Copy)]
enum Pages {
    One,
    SeveralThatAgree,
    SeveralThatDiffer,
}

/// Whole days of June, read on a day.
fn read(session: &mut SessionProof, run: i64, [from, to]: [&str; 2], on: &str, pages: Pages) {
    let day = |text: &str, more| at(text).date_naive() + chrono::TimeDelta::days(more);
    let answered: AnsweredWindow = serde_json::from_value(json!({
        "from": day(from, -1), "to": day(to, 2), "as_of": at(on), "floor_shown": true,
        "kept": {"start": at(from), "end": at(to)},
    }))
    .expect("a window");
    let asked = serde_json::from_value(json!({"from": day(from, -1), "to": day(to, 2)}));
    session.add(&Reading {
        run,
        asked: asked.expect("dates"),
        answered: &answered,
        axis: Axis::Sent,
        confirmed: matches!(pages, Pages::One),
        agrees: !matches!(pages, Pages::SeveralThatDiffer),
    });
}

fn open(session: &SessionProof) -> Vec<(DateTime<Utc>, DateTime<Utc>)> {
    let all = Interval::new(DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC);
    let open = session.unconfirmed(all).into_iter();
    open.map(|one| (one.start, one.end)).collect()
}

#[test]
fn one_page_confirms_what_is_a_week_old() {
    let mut session = SessionProof::default();
    read(
        &mut session,
        1,
        ["2026-06-01", "2026-06-20"],
        "2026-06-22",
        Pages::One,
    );
    assert_eq!(open(&session), [(at("2026-06-15"), at("2026-06-20"))]);
    read(
        &mut session,
        2,
        ["2026-06-10", "2026-06-20"],
        "2026-06-25",
        Pages::One,
    );
    assert_eq!(open(&session), [(at("2026-06-18"), at("2026-06-20"))]);
}

#[test]
fn several_pages_are_confirmed_by_a_second_reading_that_agrees() {
    let mut session = SessionProof::default();
    let days = ["2026-06-01", "2026-06-20"];
    let all = [(at("2026-06-01"), at("2026-06-20"))];
    read(&mut session, 1, days, "2026-07-10", Pages::SeveralThatAgree);
    assert_eq!(open(&session), all, "there was nothing to agree with");
    assert_eq!(session.tried_on(Interval::new(all[0].0, all[0].1)), None);
    read(
        &mut session,
        2,
        days,
        "2026-07-11",
        Pages::SeveralThatDiffer,
    );
    assert_eq!(open(&session), all);
    let tried = session.tried_on(Interval::new(all[0].0, all[0].1));
    assert_eq!(tried, Some(at("2026-07-11").date_naive()));
    let more = ["2026-06-01", "2026-06-25"];
    read(&mut session, 3, more, "2026-07-12", Pages::SeveralThatAgree);
    assert_eq!(
        open(&session),
        [(at("2026-06-20"), at("2026-06-25"))],
        "of the last days there is one reading"
    );
    assert_eq!(session.tried_on(Interval::new(all[0].0, all[0].1)), None);
}
