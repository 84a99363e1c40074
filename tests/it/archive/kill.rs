//! Children that are killed, or run out of disk, while they sync.

use std::{
    collections::BTreeMap,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use chrono::{DateTime, Utc};
use zoom_chat_archive::{
    Account, Archive, ArchiveSettings, EntryFilter, ErrorKind, OpenOptions, SyncOptions,
};
use zoom_chat_reports::{
    ChatReports, Plan, ServerToServer,
    dates::{AnsweredWindow, proven},
};
use zoom_chat_reports_sandbox::Sandbox;

use super::{Place, account, assert_equals_truth, assert_whole, read, sync, without_attachments};
use crate::support::sandbox;

/// Put before a child that fetches attachments, too.
pub(super) const FILES: &str = "export ARCHIVE_CHILD_FILES=1;";
const CHILD: &str = "archive::kill::child_that_syncs";

/// What a child does: not a test of its own, run by the tests below.
#[tokio::test]
#[ignore = "run as a child by the tests beside it"]
async fn child_that_syncs() {
    let variable = |name: &str| std::env::var(format!("ARCHIVE_CHILD_{name}")).unwrap();
    let account = Account {
        id: variable("ACCOUNT"),
        sandbox: true,
    };
    let credentials =
        ServerToServer::new(&account.id, variable("CLIENT"), variable("SECRET")).unwrap();
    let zoom = ChatReports::builder()
        .credentials(credentials)
        .base_url(variable("API"))
        .auth_url(variable("AUTH"))
        .plan(Plan::custom(100_000.0).unwrap())
        .build()
        .unwrap();
    let path = variable("PATH");
    let path = Path::new(&path);
    let settings = match std::env::var_os("ARCHIVE_CHILD_FILES") {
        Some(_) => ArchiveSettings::default(),
        None => without_attachments(),
    };
    let opened = Archive::open_or_create(path, &account, &settings, &OpenOptions::default());
    let synced = match opened {
        Ok(mut archive) => archive.sync(&zoom, &account, SyncOptions::new()).await,
        Err(error) => Err(error),
    };
    if let Err(error) = synced {
        // The parent reads this.
        std::fs::write(
            variable("ERROR"),
            format!(
                "{:?}\n{error}\n{}",
                error.kind(),
                error.hint().unwrap_or_default()
            ),
        )
        .unwrap();
        std::process::exit(9);
    }
}

/// A child that syncs, by a shell that may set limits before.
pub(super) fn child(sandbox: &Sandbox, path: &Path, before: &str) -> Child {
    let program = std::env::current_exe().unwrap();
    Command::new("sh")
        .arg("-c")
        .arg(format!(
            "{before} {} \"$0\" {CHILD} --exact --ignored",
            if before.starts_with("exec") {
                ""
            } else {
                "exec"
            }
        ))
        .arg(program)
        .env("ARCHIVE_CHILD_ACCOUNT", sandbox.account_id())
        .env("ARCHIVE_CHILD_CLIENT", sandbox.client_id())
        .env("ARCHIVE_CHILD_SECRET", sandbox.client_secret())
        .env("ARCHIVE_CHILD_API", sandbox.api_url())
        .env("ARCHIVE_CHILD_AUTH", sandbox.auth_url())
        .env("ARCHIVE_CHILD_PATH", path)
        .env("ARCHIVE_CHILD_ERROR", path.with_extension("error"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

pub(super) async fn ended(mut child: Child) -> std::process::ExitStatus {
    tokio::task::spawn_blocking(move || child.wait().unwrap())
        .await
        .unwrap()
}

/// What an archive holds: keys and versions, files, and what is proven.
fn contents(archive: &Archive) -> (Vec<String>, Vec<String>) {
    let mut filter = EntryFilter::default();
    filter.versions = true;
    let mut entries: Vec<String> = archive
        .entries(&filter)
        .map(|entry| {
            let entry = entry.unwrap();
            // Links are signed anew in every answer.
            let raw = entry.raw.split("jwt=").next().unwrap().to_owned();
            format!(
                "{} {} {} {raw}",
                entry.session_id, entry.kind, entry.version
            )
        })
        .collect();
    let db = rusqlite::Connection::open_with_flags(
        archive.path().join("archive.db"),
        rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY,
    )
    .unwrap();
    let mut files = db
        .prepare(
            "SELECT s.id, e.kind, e.sent_ms, a.place, a.file_id, hex(a.sha256) FROM attachments a
             JOIN entry_columns e ON e.id = a.entry JOIN sessions s ON s.no = e.session
             WHERE a.state = 'stored'",
        )
        .unwrap();
    let files = files.query_map([], |row| {
        let file: (String, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let stored: (i64, Option<String>, String) = (row.get(3)?, row.get(4)?, row.get(5)?);
        Ok(format!("file {file:?} {stored:?}"))
    });
    entries.extend(files.unwrap().map(Result::unwrap));
    entries.sort();
    let mut select = db
        .prepare(
            "SELECT session_id, body -> '$.answered' FROM ledger
             WHERE kind = 'window' AND body ->> '$.options.axis' = 'sent'
             UNION ALL
             SELECT s.id, l.body -> '$.answered' FROM ledger l, json_each(l.body, '$.sessions') r
             JOIN sessions s ON s.no BETWEEN r.value ->> 0 AND r.value ->> 1
             WHERE l.kind = 'quiet' AND l.body ->> '$.options.axis' = 'sent'",
        )
        .unwrap();
    let mut windows: BTreeMap<String, Vec<AnsweredWindow>> = BTreeMap::new();
    let rows = select.query_map([], |row| Ok((row.get(0)?, row.get::<_, String>(1)?)));
    for row in rows.unwrap() {
        let (session, answered) = row.unwrap();
        let answered = serde_json::from_str(&answered).unwrap();
        windows.entry(session).or_default().push(answered);
    }
    // The end follows the server's clock, which went on a little.
    let hour = |at: DateTime<Utc>| at.format("%Y-%m-%dT%H").to_string();
    let intervals = windows.into_iter().map(|(session, windows)| {
        let proven = proven(&windows);
        let proven: Vec<_> = proven
            .iter()
            .map(|one| [hour(one.start), hour(one.end)])
            .collect();
        format!("{session} {proven:?}")
    });
    (entries, intervals.collect())
}

/// How many kills: 20 in the normal run, more where `ZOOM_CHAT_KILLS` says so.
fn kills() -> u64 {
    std::env::var("ZOOM_CHAT_KILLS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(20)
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_24_killed_at_any_point_it_comes_out_as_if_undisturbed() {
    let sandbox = sandbox("sessions=20,messages=6000,latency_ms=3").await;
    let undisturbed = Place::new();
    let mut archive = Archive::create(
        &undisturbed.path(),
        &account(&sandbox),
        &ArchiveSettings::default(),
    )
    .unwrap();
    let report = sync(&mut archive, &sandbox).await;
    assert!(report.attachments.stored > 100);
    let due = contents(&archive);
    drop(archive);
    let place = Place::new();
    let mut round = 0;
    let mut killed = 0;
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    while killed < kills() {
        round += 1;
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let mut child = child(&sandbox, &place.path(), FILES);
        tokio::time::sleep(Duration::from_millis(20 + random % 900)).await;
        if child.try_wait().unwrap().is_none() {
            killed += 1;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        // Even now nothing half done is visible, and reading does not heal: it is whole as it is, and holds
        // nothing that an undisturbed one would not.
        if let Ok(archive) = Archive::open_read_only(&place.path(), &OpenOptions::default()) {
            assert_whole(&archive);
            let strange = contents(&archive)
                .0
                .into_iter()
                .find(|held| due.0.binary_search(held).is_err());
            assert_eq!(strange, None, "after {killed} kills");
        }
        if round % 7 == 0 {
            // Some begin anew, so that the first windows are hit, too.
            let _ = std::fs::remove_dir_all(place.path());
        }
    }
    let status = ended(child(&sandbox, &place.path(), FILES)).await;
    assert!(status.success());
    let archive = read(&place.path());
    assert_whole(&archive);
    assert_equals_truth("after the kills", &archive, &sandbox);
    assert!(
        contents(&archive) == due,
        "it differs from an undisturbed run"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_24_only_the_windows_in_flight_are_fetched_again() {
    let sandbox = sandbox("sessions=20,messages=6000,latency_ms=20").await;
    let place = Place::new();
    let mut first = child(&sandbox, &place.path(), "");
    tokio::time::sleep(Duration::from_millis(1200)).await;
    first.kill().unwrap();
    first.wait().unwrap();
    let db = || rusqlite::Connection::open(place.path().join("archive.db")).unwrap();
    let done: i64 = db()
        .query_row(
            "SELECT count(*) FROM ledger WHERE kind = 'window'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert!(done > 0, "nothing was done yet");
    let status = ended(child(&sandbox, &place.path(), "")).await;
    assert!(status.success());
    // What was done is not asked again, apart from the padding days of what was not.
    let again: i64 = db()
        .query_row(
            "SELECT count(*) FROM ledger a JOIN ledger b ON a.session_id = b.session_id
               AND a.no < b.no AND a.run < b.run
               AND a.body ->> '$.asked.from' <= b.body ->> '$.asked.from'
               AND a.body ->> '$.asked.to' >= b.body ->> '$.asked.to'
             WHERE a.kind = 'window' AND b.kind = 'window'
               AND b.body ->> '$.options.axis' = 'sent' AND b.body ->> '$.asked.to' < '2026-11-17'
               AND julianday(b.body ->> '$.asked.to') - julianday(b.body ->> '$.asked.from') > 3",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(again, 0, "windows that were done were asked for again");
    assert_equals_truth("after one kill", &read(&place.path()), &sandbox);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn fault_26_a_full_disk_at_any_write_damages_nothing() {
    let sandbox = sandbox("sessions=6,messages=1500").await;
    for files in ["", FILES] {
        full_disk(&sandbox, files).await;
    }
}

#[cfg(unix)]
async fn full_disk(sandbox: &Sandbox, files: &str) {
    let place = Place::new();
    // Each limit lets more be written before it bites: from the first table to the last page.
    let mut refused = 0;
    for kilobytes in [
        4, 40, 130, 200, 260, 330, 450, 600, 800, 1000, 1300, 1600, 2000,
    ] {
        let limit = kilobytes * 2;
        let before = format!("{files} trap '' XFSZ; ulimit -f {limit};");
        let status = ended(child(sandbox, &place.path(), &before)).await;
        if !status.success() {
            refused += 1;
            let error = std::fs::read_to_string(place.path().with_extension("error")).unwrap();
            assert!(error.starts_with("Io"), "{kilobytes} KiB: {error}");
            assert!(error.lines().count() >= 3, "a hint: {error}");
        }
        match Archive::open_read_only(&place.path(), &OpenOptions::default()) {
            Ok(archive) => assert_whole(&archive),
            // So early that there is no archive yet.
            Err(error) => assert_eq!(error.kind(), ErrorKind::NotAnArchive, "{kilobytes} KiB"),
        }
    }
    assert!(refused > 5, "the limits were too wide");
    let status = ended(child(sandbox, &place.path(), files)).await;
    assert!(status.success());
    let archive = read(&place.path());
    assert_whole(&archive);
    assert_equals_truth("with room again", &archive, sandbox);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn fault_45_private_whatever_the_umask() {
    use std::os::unix::fs::PermissionsExt;
    let sandbox = sandbox("sessions=2,messages=50").await;
    for umask in ["000", "077", "777"] {
        let place = Place::new();
        let status = ended(child(&sandbox, &place.path(), &format!("umask {umask};"))).await;
        assert!(status.success(), "{umask}");
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o7777;
        assert_eq!(mode(&place.path()), 0o700, "{umask}");
        assert_eq!(mode(&place.path().join("files")), 0o700, "{umask}");
        for file in ["archive.db", "lock"] {
            assert_eq!(mode(&place.path().join(file)), 0o600, "{umask} {file}");
        }
    }
}
