//! Times of messages that cannot be, and answers that hold more than was asked for.

use zoom_chat_reports::{DateRange, EntryKind};

use super::{ACCOUNT, is_honest, timed};
use crate::support::{self, assert_equals_truth, sandbox, truth};

const ODD: [&str; 4] = ["zero", "seconds", "contradict", "date_time_only"];

#[tokio::test]
async fn a_message_with_one_odd_time_is_kept_by_the_other() {
    for odd in ODD {
        for more in [
            "",
            "zone=+14:00,to=exclusive",
            "zone=-12:00",
            "duplicates=some,page_tokens=offset",
        ] {
            let settings = format!("{ACCOUNT},odd_times={odd},{more}");
            let account = sandbox(settings.trim_end_matches(',')).await;
            let (zoom, _) = timed(&account);
            assert!(is_honest(&settings, &account, &zoom).await, "{settings}");
        }
    }
}

#[tokio::test]
async fn an_odd_time_belongs_to_a_month_by_the_other() {
    let range = DateRange::month(2026, 8).unwrap();
    for odd in ODD {
        let account = sandbox(&format!("{ACCOUNT},odd_times={odd}")).await;
        let (zoom, _) = timed(&account);
        let harvested = support::run(zoom.harvest(range).everything(), || {}).await;
        let (all, due) = truth(&account, &range);
        assert_equals_truth(odd, &harvested.keys, &due, &all);
        assert!(harvested.summary.is_complete(), "{odd}");
    }
}

#[tokio::test]
async fn answers_that_hold_more_than_was_asked_for_give_each_entry_once() {
    for days in [1, 3, 40] {
        for odd in ["none", "zero", "contradict"] {
            let account = sandbox(&format!("{ACCOUNT},odd_times={odd}")).await;
            let fault = format!("messages:times=0:wide={days}");
            account.add_fault(fault.parse().unwrap());
            let (zoom, _) = timed(&account);
            assert!(is_honest(&fault, &account, &zoom).await, "{fault}, {odd}");
        }
    }
}

#[tokio::test]
async fn messages_with_an_empty_id_stay_apart() {
    let account = sandbox(&format!("{ACCOUNT},empty_message_ids=yes")).await;
    let (zoom, _) = timed(&account);
    let range = DateRange::last_six_months(zoom.today().await.unwrap());
    let mut texts = Vec::new();
    let mut events = std::pin::pin!(zoom.harvest(range).events());
    while let Some(event) = futures::TryStreamExt::try_next(&mut events).await.unwrap() {
        if let zoom_chat_reports::HarvestEvent::Entries { entries, .. } = event {
            let nameless = entries.iter().filter(|entry| {
                entry.kind() == EntryKind::Sent && entry.raw().contains("\"id\":\"\"")
            });
            texts.extend(nameless.map(|entry| entry.raw().to_owned()));
        }
    }
    let due = account.truth().into_iter().filter(|entry| {
        let is_sent = entry.kind == zoom_chat_reports_sandbox::TruthKind::Sent;
        is_sent && entry.id.is_empty() && entry.reachable && entry.visible
    });
    assert_eq!(texts.len(), due.count());
    assert!(texts.len() > 1);
}
