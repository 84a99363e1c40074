//! What is missing, against the ledger: the tables that list it are not trusted.

use zoom_chat_reports::Axis;

use super::{FindingKind, Findings};
use crate::{
    Archive, GapReport, GapState,
    error::Result,
    gaps,
    known::{Knowledge, on},
    ledger,
};

/// Accepted gaps and what runs covered must be as the ledger tells.
pub(super) fn verify(archive: &Archive, findings: &mut Findings) -> Result<()> {
    let find = |sql: &str| -> Result<Vec<i64>> {
        let mut select = archive.db.prepare(sql)?;
        let rows = select.query_map([], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    };
    for gap in find(
        "SELECT g.id FROM gaps g WHERE g.state = 'accepted' AND NOT EXISTS (
           SELECT 1 FROM ledger l WHERE l.kind = 'accepted' AND l.body ->> '$.gap' = g.id
             AND l.session_id IS g.session_id AND l.body ->> '$.axis' = g.axis
             AND l.body ->> '$.start_ms' = g.start_ms AND l.body ->> '$.end_ms' = g.end_ms
             AND l.body ->> '$.reason' = g.reason AND l.body ->> '$.operator' = g.operator)",
    )? {
        let text = "it is said to be accepted, and no ledger row tells of that";
        findings.add(FindingKind::Gap, gap.to_string(), text);
    }
    for gap in find(
        "SELECT l.body ->> '$.gap' FROM ledger l WHERE l.kind = 'accepted'
         AND NOT EXISTS (SELECT 1 FROM gaps g WHERE g.id = l.body ->> '$.gap' AND g.state = 'accepted')",
    )? {
        let text = "the ledger tells that it was accepted, and it is not listed";
        findings.add(FindingKind::Gap, gap.to_string(), text);
    }
    for run in find(
        "SELECT r.id FROM runs r LEFT JOIN ledger l ON l.kind = 'listing' AND l.run = r.id
         WHERE r.complete_through IS NOT l.body ->> '$.complete_through_ms'
            OR r.complete_from IS NOT l.body ->> '$.complete_from_ms'",
    )? {
        let text = "it is said to have covered what its ledger row does not tell";
        findings.add(FindingKind::Coverage, format!("run {run}"), text);
    }
    Ok(())
}

/// What the ledger does not prove and no sync has named as missing: a killed run has not come to it.
pub(super) fn unlisted(archive: &Archive) -> Result<Vec<GapReport>> {
    let db = &archive.db;
    let Some(covered) = ledger::covered(db)? else {
        return Ok(Vec::new());
    };
    let knowledge = Knowledge::read(db, &on(&archive.settings.options, Axis::Sent))?;
    let mut unlisted = Vec::new();
    for gap in gaps::missing(db, &knowledge, covered.end)? {
        unlisted.extend(gaps::unlisted(db, &gap)?);
    }
    Ok(unlisted
        .into_iter()
        .map(|gap| GapReport {
            id: 0,
            session_id: gap.session_id,
            axis: gap.axis,
            start: gap.interval.start,
            end: gap.interval.end,
            file_id: None,
            class: gap.class,
            state: GapState::Open,
            first_run: 0,
            failure: None,
            acceptance: None,
        })
        .collect())
}
