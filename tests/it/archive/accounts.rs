//! What is refused before anything is touched: other accounts, formats, folders, rights, holders.

use std::{fs, path::Path};

use zoom_chat_archive::{
    Account, Archive, ArchiveSettings, ErrorKind, OpenOptions, Outcome, Stop, SyncEvent,
    SyncOptions,
};

use super::{Place, account, assert_whole, create, read, sync, without_attachments};
use crate::support::{client, sandbox};

fn refused(path: &Path) -> ErrorKind {
    let reading = Archive::open_read_only(path, &OpenOptions::default()).unwrap_err();
    let writing = Archive::open(path, &OpenOptions::default()).unwrap_err();
    assert_eq!(reading.kind(), writing.kind());
    assert!(writing.hint().is_some(), "{writing}");
    reading.kind()
}

#[tokio::test]
async fn another_account_is_refused() {
    let one = sandbox("sessions=2,messages=50").await;
    let other = sandbox("seed=8,sessions=2,messages=50").await;
    let place = Place::new();
    let mut archive = create(&place, &one);
    sync(&mut archive, &one).await;
    let before = archive.status().unwrap().head;
    let real = Account {
        sandbox: false,
        ..account(&one)
    };
    for wrong in [account(&other), real] {
        let error = archive
            .sync(&client(&other), &wrong, SyncOptions::new())
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::OtherAccount);
    }
    assert_eq!(archive.status().unwrap().head, before);
    assert!(archive.status().unwrap().sandbox);
}

#[tokio::test]
async fn fault_28_folders_that_are_no_archive_and_newer_formats_are_refused() {
    let sandbox = sandbox("sessions=2,messages=50").await;
    let place = Place::new();
    let path = place.path();
    assert_eq!(refused(&path), ErrorKind::NotAnArchive);
    fs::create_dir(&path).unwrap();
    #[cfg(unix)]
    chmod(&path, 0o700);
    fs::write(path.join("archive.db"), b"something else entirely").unwrap();
    assert!(matches!(
        refused(&path),
        ErrorKind::Damaged | ErrorKind::NotAnArchive
    ));
    let error = Archive::create(&path, &account(&sandbox), &without_attachments()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AlreadyThere);
    fs::remove_dir_all(&path).unwrap();

    drop(create(&place, &sandbox));
    let db = rusqlite::Connection::open(path.join("archive.db")).unwrap();
    db.pragma_update(None, "user_version", 99).unwrap();
    drop(db);
    let before = fs::read(path.join("archive.db")).unwrap();
    assert_eq!(refused(&path), ErrorKind::NewerFormat);
    assert_eq!(fs::read(path.join("archive.db")).unwrap(), before);
}

#[tokio::test]
async fn asking_for_less_than_the_settings_is_refused() {
    let sandbox = sandbox("sessions=2,messages=50").await;
    let place = Place::new();
    let mut archive = create(&place, &sandbox);
    let mut less = ArchiveSettings::default();
    less.options.reactions = false;
    let error = archive.change_settings(&less).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LessThanSettings);
    assert!(error.to_string().contains("reactions"));
    archive
        .change_settings(&ArchiveSettings::default())
        .unwrap();
    drop(archive);
    assert!(read(&place.path()).settings().attachments);
}

#[tokio::test]
async fn an_archive_whose_making_was_killed_is_made_once_more() {
    let sandbox = sandbox("sessions=2,messages=50").await;
    for left in [
        vec!["files"],
        vec!["files", "lock"],
        vec!["files", "lock", "archive.db"],
    ] {
        let place = Place::new();
        fs::create_dir(place.path()).unwrap();
        for name in left {
            match name {
                "files" => fs::create_dir(place.path().join(name)).unwrap(),
                name => fs::write(place.path().join(name), b"").unwrap(),
            }
        }
        let account = account(&sandbox);
        let options = OpenOptions::default();
        #[cfg(unix)]
        chmod(&place.path(), 0o700);
        Archive::open_or_create(&place.path(), &account, &without_attachments(), &options).unwrap();
        Archive::open(&place.path(), &options).unwrap();
    }
}

#[cfg(unix)]
fn chmod(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn fault_45_a_world_readable_archive_is_refused_unless_allowed() {
    let sandbox = sandbox("sessions=2,messages=50").await;
    let place = Place::new();
    drop(create(&place, &sandbox));
    chmod(&place.path(), 0o755);
    assert_eq!(refused(&place.path()), ErrorKind::Shared);
    let mut options = OpenOptions::default();
    options.allow_shared = true;
    Archive::open(&place.path(), &options).unwrap();
}

#[tokio::test]
async fn fault_27_a_second_writer_is_refused_at_once_and_told_who_holds_it() {
    let sandbox = sandbox("sessions=2,messages=50").await;
    let place = Place::new();
    let mut first = create(&place, &sandbox);
    let began = std::time::Instant::now();
    let error = Archive::open(&place.path(), &OpenOptions::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Locked);
    assert!(
        error.to_string().contains(&std::process::id().to_string()),
        "{error}"
    );
    assert!(began.elapsed().as_secs() < 2);
    // A reader is not kept out.
    read(&place.path()).status().unwrap();
    sync(&mut first, &sandbox).await;
    drop(first);
    Archive::open(&place.path(), &OpenOptions::default()).unwrap();
}

/// Another program that reads the database, and ends with the test.
struct Reader(std::process::Child);

impl Reader {
    /// None without Python.
    fn begin(archive: &Path) -> Option<Self> {
        use std::{io::Read, process::Stdio};
        let program = "import sqlite3, sys; db = sqlite3.connect(sys.argv[1]); db.execute('BEGIN'); \
             db.execute('SELECT count(*) FROM items').fetchone(); print('reads', flush=True); sys.stdin.read()";
        let child = std::process::Command::new("python3")
            .args(["-c", program])
            .arg(archive.join("archive.db"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn();
        let mut child = child.ok()?;
        let mut said = [0; 6];
        child
            .stdout
            .as_mut()
            .unwrap()
            .read_exact(&mut said)
            .unwrap();
        Some(Self(child))
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_reader_that_stands_still_holds_up_no_sync_and_is_named() {
    let sandbox = sandbox("sessions=2,messages=500").await;
    let place = Place::new();
    let mut archive = create(&place, &sandbox);
    sync(&mut archive, &sandbox).await;
    let Some(reader) = Reader::begin(&place.path()) else {
        return;
    };
    sandbox.advance(chrono::TimeDelta::days(2));
    let report = sync(&mut archive, &sandbox).await;
    assert_eq!(report.outcome, Outcome::Complete, "{:?}", report.gaps);
    assert!(report.log_bytes > 0);
    let number = reader.0.id().to_string();
    let is_named = |name: &String| name.contains(&number) && name.contains("python");
    assert!(report.readers.iter().any(is_named), "{:?}", report.readers);
    drop(reader);
    let report = sync(&mut archive, &sandbox).await;
    assert_eq!((report.log_bytes, report.readers.len()), (0, 0));
    assert_whole(&archive);
}

#[tokio::test]
async fn a_run_that_is_stopped_leaves_no_half_file() {
    let sandbox = sandbox("sessions=4,messages=2000,latency_ms=5").await;
    let place = Place::new();
    let settings = ArchiveSettings::default();
    let mut archive = Archive::create(&place.path(), &account(&sandbox), &settings).unwrap();
    let stop = Stop::new();
    let mut options = SyncOptions::new();
    options.stop = Some(stop.clone());
    options.progress = Some(Box::new(move |event| {
        if matches!(event, SyncEvent::File { stored: true, .. }) {
            stop.stop();
        }
    }));
    let (zoom, account) = (client(&sandbox), account(&sandbox));
    let report = archive.sync(&zoom, &account, options).await.unwrap();
    assert_eq!(report.outcome, Outcome::Stopped);
    assert!(report.attachments.stored > 0 && report.standing.files.missing > 0);
    let names = fs::read_dir(place.path().join("files")).unwrap();
    let names: Vec<_> = names.map(|name| name.unwrap().file_name()).collect();
    assert!(!names.is_empty());
    let is_half = |name: &std::ffi::OsString| name.to_string_lossy().ends_with(".part");
    assert!(!names.iter().any(is_half), "{names:?}");
    assert_whole(&archive);
}

#[tokio::test]
async fn a_writer_that_waits_for_readers_is_the_one_that_another_is_told_of() {
    let sandbox = sandbox("sessions=2,messages=50").await;
    let place = Place::new();
    let mut archive = create(&place, &sandbox);
    sync(&mut archive, &sandbox).await;
    drop(archive);
    let path = place.path();
    fs::write(path.join("lock"), "process 1, since long ago\n").unwrap();
    let reader = read(&path);
    let waiting = std::thread::spawn({
        let path = path.clone();
        move || Archive::open(&path, &OpenOptions::default()).map(drop)
    });
    let own = format!("process {},", std::process::id());
    let named = || fs::read_to_string(path.join("lock")).is_ok_and(|text| text.contains(&own));
    while !named() {
        assert!(!waiting.is_finished(), "it waited for no reader");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let mut other = OpenOptions::default();
    other.wait_for_readers = std::time::Duration::ZERO;
    let refused = Archive::open(&path, &other).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Locked);
    assert!(refused.to_string().contains(&own), "{refused}");
    drop(reader);
    waiting.join().unwrap().unwrap();
}
