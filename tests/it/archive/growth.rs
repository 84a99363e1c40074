//! An archive stays small: a run in which nothing is new adds little, whatever the number of sessions.

use std::time::Duration;

use chrono::TimeDelta;
use zoom_chat_archive::Outcome;
use zoom_chat_reports_sandbox::Sandbox;

use super::{Place, assert_whole, create, read, sync};
use crate::support::sandbox;

/// How many rows the ledger has, and how many bytes they are.
fn ledger(place: &Place) -> (i64, i64) {
    let db = rusqlite::Connection::open(place.path().join("archive.db")).unwrap();
    let sql = "SELECT count(*), sum(length(body)) FROM ledger";
    db.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
}

#[tokio::test]
async fn quiet_sessions_share_their_rows_though_each_is_asked_at_another_second() {
    let sandbox = sandbox("sessions=200,messages=4000,quirks=no").await;
    let place = Place::new();
    // The account's clock goes on while it is asked.
    let clock = async {
        loop {
            sandbox.advance(TimeDelta::milliseconds(700));
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::select! {
        () = clock => {}
        () = quiet_hours(&sandbox, &place) => {}
    }
    assert_whole(&read(&place.path()));
}

async fn quiet_hours(sandbox: &Sandbox, place: &Place) {
    let mut archive = create(place, sandbox);
    let first = sync(&mut archive, sandbox).await;
    assert!(first.sessions > 150);
    for hour in 0..4 {
        let (rows, bytes) = ledger(place);
        sandbox.advance(TimeDelta::hours(1));
        let report = sync(&mut archive, sandbox).await;
        assert_eq!(report.outcome, Outcome::Complete, "{:?}", report.gaps);
        let (rows, bytes) = (ledger(place).0 - rows, ledger(place).1 - bytes);
        // Windows that brought something have rows of their own, and so has a day that is read again.
        let lively = i64::try_from(3 * (report.new + report.edited + report.deleted)).unwrap();
        assert!(
            rows - lively < 20,
            "hour {hour}: {rows} rows, {lively} lively"
        );
        assert!(bytes - lively * 1500 < 16_000, "hour {hour}: {bytes} bytes");
        assert!(
            report.windows_done > 2 * 150,
            "each session is asked on both axes"
        );
    }
}
