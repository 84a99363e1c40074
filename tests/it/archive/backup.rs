//! A copy holds what was visible at one instant, and is proven as the archive is.

use std::{fs, path::Path, time::Duration};

use zoom_chat_archive::{
    Archive, ArchiveSettings, BackupOptions, BackupReport, Error, ErrorKind, OpenOptions,
};

use super::{
    Place, account, assert_whole, dump, kill::FILES, kill::child, kill::ended, read, sync,
};
use crate::support::sandbox;

fn backup(path: &Path, to: &Path) -> Result<BackupReport, Error> {
    let archive = Archive::open_read_only(path, &OpenOptions::default())?;
    archive.backup(to, BackupOptions::default(), |_| {})
}

#[tokio::test]
async fn a_copy_is_the_archive_and_takes_the_place_of_nothing() {
    let sandbox = sandbox("sessions=4,messages=300").await;
    let (place, copies) = (Place::new(), Place::new());
    let settings = ArchiveSettings::default();
    let mut archive = Archive::create(&place.path(), &account(&sandbox), &settings).unwrap();
    let stored = sync(&mut archive, &sandbox).await.attachments.stored;
    drop(archive);
    fs::create_dir(copies.path()).unwrap();
    let to = copies.path().join("copy");
    let report = backup(&place.path(), &to).unwrap();
    assert!(report.files > 0 && report.files <= stored);
    assert_eq!(report.lost_files, 0);
    assert_eq!(dump(&to), dump(&place.path()));
    assert_whole(&read(&to));
    assert_eq!(
        fs::read_dir(copies.path()).unwrap().count(),
        1,
        "no half copy"
    );

    // It is an archive like any other.
    let mut copy = Archive::open(&to, &OpenOptions::default()).unwrap();
    sync(&mut copy, &sandbox).await;
    assert_whole(&copy);
    drop(copy);

    let before = dump(&to);
    let again = backup(&place.path(), &to).unwrap_err();
    assert_eq!(again.kind(), ErrorKind::AlreadyThere);
    assert_eq!(dump(&to), before);
    let inside = backup(&place.path(), &place.path().join("copy")).unwrap_err();
    assert_eq!(inside.kind(), ErrorKind::InvalidInput);
    let nowhere = backup(&place.path(), &copies.path().join("no/copy")).unwrap_err();
    assert_eq!(nowhere.kind(), ErrorKind::InvalidInput);
    #[cfg(unix)]
    {
        let link = copies.path().join("link");
        std::os::unix::fs::symlink("elsewhere", &link).unwrap();
        let refused = backup(&place.path(), &link).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::AlreadyThere);
    }
}

#[tokio::test]
async fn a_copy_removes_nothing_that_it_did_not_make() {
    let sandbox = sandbox("sessions=2,messages=200").await;
    let (place, folder) = (Place::new(), Place::new());
    let settings = ArchiveSettings::default();
    let mut archive = Archive::create(&place.path(), &account(&sandbox), &settings).unwrap();
    assert!(sync(&mut archive, &sandbox).await.attachments.stored > 0);
    drop(archive);
    fs::create_dir(folder.path()).unwrap();
    // Whatever lies beside the place: archives, even the one that is copied.
    let source = folder.path().join("copy.part");
    backup(&place.path(), &source).unwrap();
    let others = ["copy.part-abcdef", "copy.tmp", "copy-old"];
    for other in others {
        backup(&place.path(), &folder.path().join(other)).unwrap();
    }
    backup(&source, &folder.path().join("copy")).unwrap();
    for whole in others.into_iter().chain(["copy", "copy.part"]) {
        assert_whole(&read(&folder.path().join(whole)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_copies_to_one_place_one_is_whole_and_the_other_is_refused() {
    let sandbox = sandbox("sessions=10,messages=4000").await;
    let (place, folder) = (Place::new(), Place::new());
    let settings = ArchiveSettings::default();
    let mut archive = Archive::create(&place.path(), &account(&sandbox), &settings).unwrap();
    sync(&mut archive, &sandbox).await;
    drop(archive);
    fs::create_dir(folder.path()).unwrap();
    let to = folder.path().join("copy");
    let copies = [(); 4].map(|()| {
        let (path, to) = (place.path(), to.clone());
        tokio::task::spawn_blocking(move || backup(&path, &to))
    });
    let mut made = 0;
    for copy in copies {
        match copy.await.unwrap() {
            Ok(report) => {
                made += 1;
                assert_eq!(report.lost_files, 0);
            }
            Err(error) => assert_eq!(error.kind(), ErrorKind::AlreadyThere, "{error}"),
        }
    }
    assert_eq!(made, 1);
    assert_whole(&read(&to));
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        1,
        "no half copy"
    );
}

#[cfg(unix)]
#[tokio::test]
async fn a_linked_copy_shares_its_attachments_and_a_lost_one_is_told() {
    use std::os::unix::fs::MetadataExt;
    let sandbox = sandbox("sessions=4,messages=300").await;
    let (place, copies) = (Place::new(), Place::new());
    let settings = ArchiveSettings::default();
    let mut archive = Archive::create(&place.path(), &account(&sandbox), &settings).unwrap();
    sync(&mut archive, &sandbox).await;
    drop(archive);
    fs::create_dir(copies.path()).unwrap();
    let mut options = BackupOptions::default();
    options.link = true;
    let to = copies.path().join("linked");
    let archive = read(&place.path());
    let report = archive.backup(&to, options, |_| {}).unwrap();
    assert_whole(&read(&to));
    let folder = |path: &Path| fs::read_dir(path.join("files")).unwrap().flatten().next();
    let folder = folder(&to).unwrap().path();
    let file = fs::read_dir(folder).unwrap().flatten().next().unwrap();
    assert_eq!(file.metadata().unwrap().nlink(), 2);

    let of_archive = file.path();
    let of_archive = of_archive.strip_prefix(&to).unwrap();
    fs::remove_file(place.path().join(of_archive)).unwrap();
    let second = backup(&place.path(), &copies.path().join("second")).unwrap();
    assert_eq!((second.files + 1, second.lost_files), (report.files, 1));
}

/// How many copies: a few in the normal run, more where `ZOOM_CHAT_BACKUPS` says so.
fn copies() -> u64 {
    let text = std::env::var("ZOOM_CHAT_BACKUPS").ok();
    text.and_then(|text| text.parse().ok()).unwrap_or(6)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_made_while_a_sync_writes_is_whole() {
    let sandbox = sandbox("sessions=20,messages=6000,latency_ms=3").await;
    let folder = Place::new();
    fs::create_dir(folder.path()).unwrap();
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    let (mut made, mut round) = (0, 0);
    while made < copies() {
        round += 1;
        let path = folder.path().join(format!("archive-{round}"));
        let mut syncing = child(&sandbox, &path, FILES);
        while syncing.try_wait().unwrap().is_none() && made < copies() {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            tokio::time::sleep(Duration::from_millis(random % 300)).await;
            let to = folder.path().join(format!("copy-{made}"));
            match backup(&path, &to) {
                Ok(report) => {
                    assert_eq!(report.lost_files, 0);
                    assert_whole(&read(&to));
                    made += 1;
                }
                // So early that there is no archive yet.
                Err(error) => assert_eq!(error.kind(), ErrorKind::NotAnArchive, "{error}"),
            }
        }
        assert!(ended(syncing).await.success());
        assert_whole(&read(&path));
    }
}
