//! The ledger's chain, and each unit's digest against its row.

use rusqlite::Connection;
use serde::Deserialize;

use super::{FindingKind, Findings, VerifyOptions};
use crate::{
    Archive,
    digest::{self, GENESIS, Hash, Lines, hex},
    error::Result,
    store, sync,
};

/// What is common to the rows of units.
#[derive(Deserialize)]
struct Row {
    kind: String,
    unit: Option<i64>,
    rows: Option<u64>,
    digest: Option<String>,
    account_id: Option<String>,
    sandbox: Option<bool>,
}

pub(super) fn verify(
    archive: &Archive,
    options: &VerifyOptions,
    findings: &mut Findings,
) -> Result<()> {
    let db = &archive.db;
    let mut expected = options
        .expect_head
        .as_deref()
        .map(|head| head.trim().to_ascii_lowercase());
    let mut select = db.prepare("SELECT no, body, hash FROM ledger ORDER BY no")?;
    let mut rows = select.query([])?;
    let mut previous: Hash = GENESIS;
    let mut number = 0;
    while let Some(row) = rows.next()? {
        number += 1;
        let no: i64 = row.get(0)?;
        let body = String::from_utf8_lossy(row.get_ref(1)?.as_bytes().unwrap_or_default());
        let stored: Option<Hash> = row.get(2).ok();
        if no != number {
            let text = "rows before it are missing";
            findings.add(FindingKind::LedgerRow, no.to_string(), text);
            number = no;
        }
        let hash = digest::link(&previous, &body);
        if stored != Some(hash) {
            let text = "it is not what was written: its hash does not fit it and the row before";
            findings.add(FindingKind::LedgerRow, no.to_string(), text);
        }
        // Goes on from what is stored, so that one changed row is one finding.
        previous = stored.unwrap_or(hash);
        if expected.as_deref() == Some(hex(&previous).as_str()) {
            expected = None;
        }
        unit(archive, no, &body, findings)?;
    }
    if number == 0 {
        findings.add(FindingKind::LedgerRow, "1", "the ledger is empty");
    }
    if let Some(head) = expected.filter(|head| *head != hex(&GENESIS)) {
        let short: String = head
            .chars()
            .take(64)
            .filter(char::is_ascii_hexdigit)
            .collect();
        let text = "no row of the ledger has this hash: rows were removed or replaced since";
        findings.add(FindingKind::Head, short, text);
    }
    strangers(db, findings)
}

/// A unit's rows must be those that its ledger row tells of.
fn unit(archive: &Archive, no: i64, body: &str, findings: &mut Findings) -> Result<()> {
    let db = &archive.db;
    let Ok(row) = serde_json::from_str::<Row>(body) else {
        let text = "it cannot be read";
        findings.add(FindingKind::LedgerRow, no.to_string(), text);
        return Ok(());
    };
    if no == 1 {
        let account = archive.account();
        if row.account_id.as_deref() != Some(account.id.as_str())
            || row.sandbox != Some(account.sandbox)
        {
            let text = "the account stored is not the one the archive was made for";
            findings.add(FindingKind::Account, "settings", text);
        }
    }
    let (Some(unit), Some(rows), Some(digest)) = (row.unit, row.rows, row.digest) else {
        return Ok(());
    };
    let lines: Lines = match row.kind.as_str() {
        "window" => store::digest_of_window(db, unit)?,
        "listing" => sync::digest_of_listing(db, unit)?,
        "attachments" => sync::digest_of_attachments(db, unit)?,
        _ => return Ok(()),
    };
    let found = lines.rows;
    if found != rows || lines.finish() != digest {
        let text = format!(
            "its rows are not those of ledger row {no}: {rows} were written, {found} are there"
        );
        findings.add(FindingKind::Unit, unit.to_string(), text);
    }
    Ok(())
}

/// Rows that no ledger row tells of.
fn strangers(db: &Connection, findings: &mut Findings) -> Result<()> {
    for table in ["entries", "versions", "listings"] {
        let mut select = db.prepare(&format!(
            "SELECT unit, count(*) FROM {table}
             WHERE unit NOT IN (SELECT unit FROM ledger WHERE unit IS NOT NULL)
               AND unit NOT IN (SELECT id FROM units) GROUP BY unit"
        ))?;
        let mut rows = select.query([])?;
        while let Some(row) = rows.next()? {
            let (unit, count): (i64, u64) = (row.get(0)?, row.get(1)?);
            let text = format!("no ledger row tells of its {count} rows in {table}");
            findings.add(FindingKind::Unit, unit.to_string(), text);
        }
    }
    Ok(())
}
