//! A run that is stopped ends in order.

use std::{collections::HashSet, pin::pin, time::Duration};

use futures::TryStreamExt;
use zoom_chat_reports::{DateRange, HarvestEvent, clock::Clock as _};

use super::account::{Account, SESSIONS, WINDOWS};

#[tokio::test]
async fn a_run_that_is_stopped_names_what_it_has_not_read() {
    for seconds in [0, 1, 5, 12] {
        let account = Account::new(|_| None);
        let zoom = account.builder().build().unwrap();
        let clock = account.clock();
        let stop = async move { clock.sleep_until(Duration::from_secs(seconds)).await };
        let today = "2026-11-20".parse().unwrap();
        let harvest = zoom.harvest(DateRange::last_six_months(today));
        let mut events = pin!(harvest.events_until(stop));
        let mut last = None;
        while let Some(event) = events.try_next().await.unwrap() {
            assert!(last.is_none(), "nothing follows the summary");
            match event {
                HarvestEvent::Stopped(summary) => last = Some(summary),
                HarvestEvent::Finished(_) => panic!("it was stopped after {seconds} s"),
                _ => {}
            }
        }
        // Nothing is known of a run that had not begun.
        let Some(summary) = last else {
            assert_eq!(seconds, 0);
            continue;
        };
        assert!(!summary.is_complete(), "{seconds}");
        if summary.sessions == SESSIONS {
            let windows = summary.windows_done + summary.windows_unread;
            assert_eq!(windows, (SESSIONS * WINDOWS) as u64, "{seconds}");
            let named: HashSet<_> = summary.gaps.iter().map(|gap| &gap.session_id).collect();
            assert_eq!(named.len() as u64, summary.sessions_unread, "{seconds}");
        }
    }
}

#[test]
fn a_hundred_thousand_sessions_are_named_at_once() {
    let zoom = zoom_chat_reports::ChatReports::builder()
        .access_token(zoom_chat_reports::auth::AccessToken::new("t"))
        .build()
        .unwrap();
    let range = DateRange::last_days(7, "2026-11-20".parse().unwrap()).unwrap();
    let twice = (0..200_000).map(|number| format!("s{}", number % 100_000));
    // Comparing each with each would take minutes.
    assert!(zoom.harvest(range).sessions(twice).check().is_ok());
}
