//! The coverage and the content of an archive, by month.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, Months, NaiveDate, Utc};
use rusqlite::Connection;
use schemars::JsonSchema;
use serde::Serialize;
use zoom_chat_reports::dates::Interval;

use super::{
    days::midnight,
    gap::{GapReport, Gaps},
};
use crate::{error::Result, model::GapAxis, sql::Sql};

/// Whether a month is complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum MonthCoverage {
    /// All of it is covered, and nothing of it is missing, accepted or not.
    Whole,
    /// It begins before what is covered, ends after it, or has gaps.
    Part,
    /// Nothing of it is covered: its entries came with other months.
    None,
}

/// One month.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct MonthReport {
    /// `2026-11`, UTC; empty for entries without a readable time.
    pub month: String,
    /// Messages.
    pub sent: u64,
    /// Edits of messages of this month.
    pub edited: u64,
    /// Deletions of messages of this month.
    pub deleted: u64,
    /// Whether it is complete.
    pub covered: MonthCoverage,
}

/// The months that are covered or hold entries, oldest first; entries without a time come first.
pub(crate) fn of(
    db: &Connection,
    covered: Option<Interval>,
    gaps: &Gaps,
) -> Result<Vec<MonthReport>> {
    let mut counts = counts(db)?;
    if let Some(covered) = covered {
        let mut first = first_day(covered.start);
        while midnight(first) < covered.end {
            counts.entry(name(first)).or_default();
            first = first + Months::new(1);
        }
    }
    // Accepted gaps are gaps here.
    let is_stretch = |gap: &&GapReport| matches!(gap.axis, GapAxis::Sent | GapAxis::List);
    let missing: Vec<&GapReport> = gaps.0.iter().filter(is_stretch).collect();
    Ok(counts
        .into_iter()
        .map(|(month, [sent, edited, deleted])| MonthReport {
            covered: coverage(&month, covered, &missing),
            month,
            sent,
            edited,
            deleted,
        })
        .collect())
}

fn counts(db: &Connection) -> Result<BTreeMap<String, [u64; 3]>> {
    let sql = "SELECT month, sent, edited, deleted FROM months";
    db.all(sql, [], |row| {
        Ok((row.get(0)?, [row.get(1)?, row.get(2)?, row.get(3)?]))
    })
}

fn coverage(month: &str, covered: Option<Interval>, gaps: &[&GapReport]) -> MonthCoverage {
    let first = format!("{month}-01").parse::<NaiveDate>().ok();
    let (Some(first), Some(covered)) = (first, covered) else {
        return MonthCoverage::None;
    };
    let (start, end) = (midnight(first), midnight(first + Months::new(1)));
    if end <= covered.start || covered.end <= start {
        return MonthCoverage::None;
    }
    let mut of_account = gaps.iter().filter(|gap| gap.session_id.is_none());
    if of_account.any(|gap| gap.start <= start && end <= gap.end) {
        return MonthCoverage::None;
    }
    let has_gap = gaps.iter().any(|gap| gap.start < end && start < gap.end);
    if has_gap || start < covered.start || covered.end < end {
        return MonthCoverage::Part;
    }
    MonthCoverage::Whole
}

fn first_day(at: DateTime<Utc>) -> NaiveDate {
    let day = at.date_naive();
    day.with_day(1).unwrap_or(day)
}

fn name(day: NaiveDate) -> String {
    day.format("%Y-%m").to_string()
}

#[cfg(test)]
mod tests {
    use super::{MonthCoverage as Is, coverage};
    use zoom_chat_reports::dates::Interval;

    #[test]
    fn a_month_is_whole_only_if_all_of_it_is_covered() {
        let covered = Some(Interval {
            start: "2026-05-20T12:00:00Z".parse().expect("an instant"),
            end: "2026-11-01T00:00:00Z".parse().expect("an instant"),
        });
        let of = |month| coverage(month, covered, &[]);
        assert_eq!(of("2026-04"), Is::None);
        assert_eq!(of("2026-05"), Is::Part);
        assert_eq!((of("2026-06"), of("2026-10")), (Is::Whole, Is::Whole));
        assert_eq!(of("2026-11"), Is::None);
        assert_eq!(
            (of(""), coverage("2026-06", None, &[])),
            (Is::None, Is::None)
        );
    }
}
