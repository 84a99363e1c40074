//! Reading leaves every byte and time as it is, and finds what is there.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    time::SystemTime,
};

use chrono::NaiveDate;
use zoom_chat_archive::{
    Archive, EntryFilter, ErrorKind, Filter, FoundIn, OpenOptions, SearchFilter, VerifyOptions,
    fold,
};
use zoom_chat_reports::EntryKind;

use super::{Place, create, read, sync};
use crate::support::sandbox;

type State = BTreeMap<PathBuf, (Option<Vec<u8>>, SystemTime)>;

fn state(path: &Path, state: &mut State) {
    let found = path.metadata().unwrap();
    let bytes = found.is_file().then(|| fs::read(path).unwrap());
    state.insert(path.to_owned(), (bytes, found.modified().unwrap()));
    if found.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            self::state(&entry.unwrap().path(), state);
        }
    }
}

fn read_all(path: &Path) {
    let archive = read(path);
    assert!(archive.verify(&VerifyOptions::deep()).unwrap().is_whole());
    archive.status().unwrap();
    archive.gaps().unwrap();
    assert!(!archive.sessions().unwrap().is_empty());
    assert!(archive.entries(&EntryFilter::default()).count() > 0);
    archive.search("the", &SearchFilter::default()).unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn reading_a_read_only_archive_works_and_changes_nothing() {
    use std::os::unix::fs::PermissionsExt;
    let sandbox = sandbox("sessions=4,messages=300").await;
    let place = Place::new();
    let mut archive = create(&place, &sandbox);
    sync(&mut archive, &sandbox).await;
    drop(archive);
    let path = place.path();
    let mut before = State::new();
    state(&path, &mut before);
    read_all(&path);
    let set = |mode_of: fn(bool) -> u32| {
        for path in before.keys() {
            let mode = mode_of(path.is_dir());
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        }
    };
    set(|is_dir| if is_dir { 0o500 } else { 0o400 });
    read_all(&path);
    let mut after = State::new();
    state(&path, &mut after);
    set(|is_dir| if is_dir { 0o700 } else { 0o600 });
    assert!(before == after, "something changed");
}

#[tokio::test]
async fn search_finds_words_parts_of_words_and_short_texts() {
    let sandbox = sandbox("sessions=4,messages=600").await;
    let place = Place::new();
    let mut archive = create(&place, &sandbox);
    sync(&mut archive, &sandbox).await;
    drop(archive);
    let archive = read(&place.path());
    let texts: Vec<String> = archive
        .search("", &SearchFilter::default())
        .unwrap()
        .into_iter()
        .map(|hit| hit.text)
        .collect();
    assert!(texts.len() > 600);
    let longest = texts
        .iter()
        .filter(|text| !text.contains('"'))
        .max_by_key(|text| text.chars().count())
        .unwrap();
    let chars: Vec<char> = longest.chars().collect();
    let wide = texts
        .iter()
        .find(|text| text.chars().any(|c| c as u32 > 0x3000))
        .unwrap();
    let wide: Vec<char> = wide.chars().filter(|c| *c as u32 > 0x3000).collect();
    let part = |chars: &[char], length: usize| chars.iter().take(length).collect::<String>();
    for query in [
        part(&chars[1..], 2),
        part(&chars[1..], 3),
        part(&chars[2..], 20),
        part(&wide, 1),
        "%".to_owned(),
        "_".to_owned(),
    ] {
        let holds = |text: &&String| fold(text).contains(&*fold(&query));
        let due = texts.iter().filter(holds).count();
        let phrase = format!("\"{query}\"");
        let mut found = archive.search(&phrase, &SearchFilter::default()).unwrap();
        found.retain(|hit| hit.found_in == Some(FoundIn::Text));
        assert_eq!(found.len(), due, "{query:?}");
    }
    let mut filter = SearchFilter::default();
    let session = archive.sessions().unwrap()[0].id.clone();
    let mut asked = Filter::default();
    asked.sessions = vec![session.clone()];
    asked.from = "2026-08-01T00:00:00Z".parse().ok();
    asked.before = "2026-09-01T00:00:00Z".parse().ok();
    filter.selection = archive.directory().unwrap().select(&asked).unwrap();
    let hits = archive.search("e", &filter).unwrap();
    assert!(!hits.is_empty());
    for hit in hits {
        assert_eq!(hit.session_id, session);
        assert_eq!(hit.sent_at.unwrap().format("%Y-%m").to_string(), "2026-08");
    }
}

#[tokio::test]
async fn entries_come_in_order_and_filtered() {
    let sandbox = sandbox("sessions=4,messages=2000").await;
    let place = Place::new();
    let mut archive = create(&place, &sandbox);
    sync(&mut archive, &sandbox).await;
    let all: Vec<_> = archive
        .entries(&EntryFilter::default())
        .map(Result::unwrap)
        .collect();
    let status = archive.status().unwrap();
    assert_eq!(all.len() as u64, status.entries);
    for pair in all.windows(2) {
        assert!(pair[0].session_id != pair[1].session_id || pair[0].sent_at <= pair[1].sent_at);
    }
    let months: u64 = status.months.iter().map(|month| month.sent).sum();
    let sent = all
        .iter()
        .filter(|entry| entry.kind == EntryKind::Sent)
        .count();
    assert_eq!(months, sent as u64);
    let day = NaiveDate::from_ymd_opt(2026, 9, 3).unwrap();
    let mut asked = Filter::default();
    asked.from = Some(day.and_time(chrono::NaiveTime::MIN).and_utc());
    asked.before = asked.from.map(|at| at + chrono::TimeDelta::days(1));
    let selection = archive.directory().unwrap().select(&asked).unwrap();
    let of_day = archive.entries(&EntryFilter::new(selection)).count();
    let due = all
        .iter()
        .filter(|entry| entry.sent_at.is_some_and(|at| at.date_naive() == day))
        .count();
    assert_eq!(of_day, due);
    let metrics = status.prometheus("chats");
    let labels = format!(
        "archive=\"chats\",account=\"{}\",sandbox=\"true\"",
        sandbox.account_id()
    );
    assert!(
        metrics.contains(&format!("zoom_chat_archive_open_gaps{{{labels}}} 0")),
        "{metrics}"
    );
}

/// A run that was killed leaves changes beside the database; they are read, and nothing is written.
#[tokio::test]
async fn what_a_killed_run_left_beside_the_database_is_read() {
    let sandbox = sandbox("sessions=4,messages=300").await;
    let place = Place::new();
    let mut archive = create(&place, &sandbox);
    sync(&mut archive, &sandbox).await;
    let copy = Place::new();
    let path = place.path().join("archive.db");
    let open = rusqlite::Connection::open(&path).unwrap();
    open.execute("UPDATE sessions SET id = id", []).unwrap();
    // The log is there as long as somebody holds the database open.
    fs::create_dir_all(copy.path().join("files")).unwrap();
    for name in ["archive.db", "archive.db-wal", "archive.db-shm", "lock"] {
        fs::copy(place.path().join(name), copy.path().join(name)).unwrap();
    }
    drop(open);
    assert!(copy.path().join("archive.db-wal").metadata().unwrap().len() > 0);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(copy.path(), fs::Permissions::from_mode(0o700)).unwrap();
    }
    let content = |path: &Path| {
        let mut state = State::new();
        self::state(path, &mut state);
        state
    };
    let before = content(&copy.path().join("archive.db"));
    read_all(&copy.path());
    assert!(content(&copy.path().join("archive.db")) == before);
}

#[tokio::test]
async fn what_cannot_be_asked_is_no_damage() {
    let sandbox = sandbox("sessions=2,messages=60").await;
    let place = Place::new();
    let mut archive = create(&place, &sandbox);
    sync(&mut archive, &sandbox).await;
    drop(archive);
    // Two slashes at the beginning are one.
    let twice = format!("/{}", place.path().display());
    let archive = read(Path::new(&twice));
    assert!(archive.verify(&VerifyOptions::quick()).is_ok());

    let found = |query: &str| archive.search(query, &SearchFilter::default());
    assert!(found(&"x".repeat(40_000)).unwrap().is_empty());
    for query in ["x".repeat(60_000), "x -y ".repeat(12_000)] {
        let error = found(&query).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.hint().is_some());
    }
    let nobody = archive.directory().unwrap();
    assert_eq!(nobody.person(&"x".repeat(60_000)).unwrap_err().matches, 0);
}

#[tokio::test]
async fn an_archive_whose_making_was_interrupted_is_made_again() {
    let sandbox = sandbox("sessions=2,messages=60").await;
    let place = Place::new();
    drop(create(&place, &sandbox));
    // As a kill leaves it before the first row was written.
    fs::write(place.path().join("archive.db"), "").unwrap();
    let error = Archive::open_read_only(&place.path(), &OpenOptions::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotAnArchive);
    assert!(error.to_string().contains("interrupted"), "{error}");
    assert!(Archive::can_create(&place.path()));
    let mut archive = create(&place, &sandbox);
    sync(&mut archive, &sandbox).await;
}
