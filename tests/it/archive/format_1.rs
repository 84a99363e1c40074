//! An archive that an earlier program made: still whole, and still going on.

use std::{fs, io::Read, path::Path};

use rusqlite::Connection;
use zoom_chat_archive::{
    Account, Archive, ErrorKind, OpenOptions, Outcome, SyncOptions, VerifyOptions,
};

use super::{Place, read};
use crate::support::{client, sandbox};

/// Its last row's hash, noted when it was made.
const HEAD: &str = "f283286aedf13bf3564e0754c704dba327a5d0fe468a9fd8b89ec9af0ef9a724";

fn unpack(to: &Path) {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/archive_format_1");
    let mut database = Vec::new();
    let packed = fs::File::open(fixture.join("archive.db.gz")).unwrap();
    flate2::read::GzDecoder::new(packed)
        .read_to_end(&mut database)
        .unwrap();
    copy(&fixture.join("files"), &to.join("files"));
    fs::write(to.join("archive.db"), database).unwrap();
    fs::write(to.join("lock"), "").unwrap();
    private(to);
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// A checkout knows no modes: an archive is its owner's alone.
fn private(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    let is_dir = path.is_dir();
    let mode = if is_dir { 0o700 } else { 0o600 };
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    if is_dir {
        for entry in fs::read_dir(path).unwrap() {
            private(&entry.unwrap().path());
        }
    }
}

fn ledger(path: &Path) -> Vec<String> {
    let database = Connection::open(path.join("archive.db")).unwrap();
    let mut select = database
        .prepare("SELECT body FROM ledger ORDER BY no")
        .unwrap();
    let rows = select.query_map([], |row| row.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

#[test]
fn it_verifies_to_the_head_that_was_noted() {
    let place = Place::new();
    unpack(&place.path());
    let before = ledger(&place.path());
    let refused = Archive::open_read_only(&place.path(), &OpenOptions::default());
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::OlderFormat);
    let rebuilt = Archive::rebuild(&place.path(), &OpenOptions::default()).unwrap();
    assert_eq!((rebuilt.from_format, rebuilt.format), (1, 2));
    let archive = read(&place.path());
    let options = VerifyOptions::deep().expect_head(HEAD);
    let report = archive.verify(&options).unwrap();
    assert!(report.is_whole(), "{:?}", report.findings);
    assert!(report.taken_over > 0);
    let after = ledger(&place.path());
    assert_eq!(after[..before.len()], before);
    assert_eq!(after.len(), before.len() + 1);
}

#[tokio::test]
async fn a_later_sync_goes_on_from_it_and_rewrites_no_row() {
    let place = Place::new();
    unpack(&place.path());
    let before = ledger(&place.path());
    let sandbox = sandbox("seed=3,sessions=4,messages=60,now=2026-11-29T08:00:00Z").await;
    let account = Account {
        id: sandbox.account_id().to_owned(),
        sandbox: true,
    };
    let other = Account {
        id: "another".to_owned(),
        sandbox: true,
    };
    let refused = Archive::bring_up(&place.path(), &other, &OpenOptions::default());
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::OtherAccount);
    assert_eq!(ledger(&place.path()), before);
    Archive::bring_up(&place.path(), &account, &OpenOptions::default()).unwrap();
    let mut archive = Archive::open(&place.path(), &OpenOptions::default()).unwrap();
    let zoom = client(&sandbox);
    let plain = SyncOptions::new();
    let plan = archive.plan(&zoom, &account, &plain).await.unwrap();
    let read_again = plan.scrub_requests;
    let report = archive
        .sync(&zoom, &account, SyncOptions::new())
        .await
        .unwrap();
    assert_eq!(report.outcome, Outcome::Complete, "{:?}", report.gaps);
    assert_eq!(
        report.content_versions, 0,
        "nothing old was taken for changed"
    );
    // What was proven before is not asked for again.
    assert!(zoom.stats().requests.messages - read_again <= 2 * report.sessions);
    drop(archive);
    let after = ledger(&place.path());
    assert_eq!(after[..before.len()], before);
    let archive = read(&place.path());
    let options = VerifyOptions::deep().expect_head(HEAD);
    let report = archive.verify(&options).unwrap();
    assert!(report.is_whole(), "{:?}", report.findings);
}
