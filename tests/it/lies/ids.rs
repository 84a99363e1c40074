//! Ids in Zoom's own list that would lead to another path.

use std::collections::BTreeSet;

use zoom_chat_reports::DateRange;

use super::timed;
use crate::support::{self, assert_equals_truth, sandbox, truth};

#[tokio::test]
async fn odd_listed_ids_ask_for_their_own_path_or_are_named() {
    let account = sandbox("sessions=6,messages=1500,odd_ids=some").await;
    let (zoom, _) = timed(&account);
    let range = DateRange::last_six_months(zoom.today().await.unwrap());
    let harvested = support::run(zoom.harvest(range).everything(), || {}).await;
    let (all, mut due) = truth(&account, &range);
    let named: BTreeSet<&str> = harvested
        .summary
        .gaps
        .iter()
        .filter_map(|gap| gap.session_id.as_deref())
        .collect();
    assert!(!harvested.summary.is_complete());
    due.retain(|key, _| !named.contains(key.0.as_str()));
    assert_equals_truth("odd ids", &harvested.keys, &due, &all);
    // Those that no path can name were not asked for under another one.
    for id in [".", ".."] {
        assert!(named.contains(id), "{id:?} is not named: {named:?}");
    }
    assert!(
        named.iter().all(|id| id
            .chars()
            .any(|c| matches!(c, '.' | '\\') || c.is_control())
            || id.trim().is_empty()),
        "{named:?}"
    );
}
