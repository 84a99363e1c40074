//! What a query finds, and where it says it was.

use std::path::Path;

use rusqlite::Connection;
use zoom_chat_archive::{
    Archive, ErrorKind, FoundIn, OpenOptions, SearchFilter, SearchHit, SearchNeighbour, SyncOptions,
};
use zoom_chat_reports_sandbox::Sandbox;

use super::{Place, account, assert_whole, create, odd::answer, read, sync};
use crate::support::{client, sandbox};

/// When the first message was sent; each follows a second after the one before.
const START: u64 = 1_793_000_000_000;

/// A page with these messages: text, and further members of the object.
fn page(messages: &[(&str, &str)]) -> String {
    let message = |(number, (text, more)): (u64, &(&str, &str))| {
        let at = START + 1000 * number;
        format!(r#"{{"id":"m{number}","timestamp":{at},"message":"{text}"{more}}}"#)
    };
    let messages: Vec<String> = (0..).zip(messages).map(message).collect();
    format!(r#"{{"messages":[{}]}}"#, messages.join(","))
}

/// An archive of an account with one session, which holds these messages.
async fn archive(messages: &[(&str, &str)]) -> (Place, Sandbox) {
    let sandbox = sandbox("sessions=1,messages=20").await;
    answer(&sandbox, &page(messages));
    let place = Place::new();
    let mut archive = create(&place, &sandbox);
    sync(&mut archive, &sandbox).await;
    assert_whole(&archive);
    (place, sandbox)
}

fn hits(archive: &Archive, query: &str) -> Vec<SearchHit> {
    archive.search(query, &SearchFilter::default()).unwrap()
}

/// The ids of the messages that are found, with `+` for a version.
fn ids(archive: &Archive, query: &str) -> Vec<String> {
    let id = |hit: SearchHit| {
        let plus = if hit.is_version { "+" } else { "" };
        format!("{}{plus}", hit.message_id.unwrap_or_default())
    };
    hits(archive, query).into_iter().map(id).collect()
}

fn change(path: &Path, sql: &str) {
    let db = Connection::open(path.join("archive.db")).unwrap();
    db.execute_batch(sql).unwrap();
}

#[tokio::test]
async fn case_accents_and_width_make_no_difference_in_any_language() {
    let (place, _sandbox) = archive(&[
        ("In der Straße", ""),
        (r"un caf\u00e9, due cafe\u0301", ""),
        ("привет, Søren", ""),
        ("会議室 ＡＢＣ ﾃﾚﾋﾞ", ""),
        ("NAÏVE Đặng", ""),
    ])
    .await;
    let archive = read(&place.path());
    for (query, due) in [
        ("STRASSE", "m0"),
        ("straße", "m0"),
        ("ss", "m0"),
        ("CAFÉ", "m1"),
        ("cafe", "m1"),
        ("ПРИВЕТ", "m2"),
        ("SØREN", "m2"),
        ("会議", "m3"),
        ("議", "m3"),
        ("abc", "m3"),
        ("テレビ", "m3"),
        ("naive dang", "m4"),
    ] {
        assert_eq!(ids(&archive, query), [due], "{query}");
    }
    assert_eq!(ids(&archive, "テレヒ"), [""; 0], "another letter");
}

#[tokio::test]
async fn words_phrases_and_exclusions_select_messages() {
    let (place, _sandbox) = archive(&[
        ("The budget is planned", ""),
        ("planned: the new budget", ""),
        ("a plan", ""),
        (r#"100% of it_is \"quoted\" OR bud*"#, ""),
    ])
    .await;
    let archive = read(&place.path());
    for (query, due) in [
        ("plan budget", &["m0", "m1"][..]),
        ("\"the budget\"", &["m0"]),
        ("\"the budget", &["m0"]),
        ("plan -budget", &["m2"]),
        ("-plan", &["m3"]),
        ("-\"the budget\" budget", &["m1"]),
        ("", &["m0", "m1", "m2", "m3"]),
        ("%", &["m3"]),
        ("t_i", &["m3"]),
        ("it%is", &[]),
        ("quoted\"", &["m3"]),
        ("bud*", &["m3"]),
        ("budget OR", &[]),
        ("bu", &["m0", "m1", "m3"]),
    ] {
        assert_eq!(ids(&archive, query), due, "{query}");
    }
}

#[tokio::test]
async fn a_message_is_found_by_the_name_of_its_file_and_each_version_by_its_own() {
    let first = r#","files":[{"file_id":"f0","file_name":"notes.txt"},{"file_id":"f1","file_name":"\u00dcber\nsicht.PDF"}]"#;
    let second = r#","files":[{"file_id":"f2","file_name":"second half \ud83d.csv"}]"#;
    let (place, sandbox) = archive(&[("see here", first), ("ubersicht", "")]).await;
    answer(&sandbox, &page(&[("see here", second), ("ubersicht", "")]));
    let mut writer = Archive::open(&place.path(), &OpenOptions::default()).unwrap();
    let mut options = SyncOptions::new();
    options.reread_days = Some(60);
    writer
        .sync(&client(&sandbox), &account(&sandbox), options)
        .await
        .unwrap();
    assert_whole(&writer);
    drop(writer);
    let archive = read(&place.path());
    // Two letters are looked for without the index: the answers are the same.
    for (query, due) in [
        ("uber sicht.pdf", "m0"),
        ("tx", "m0"),
        ("see TXT", "m0"),
        ("second", "m0+"),
        ("nd cs", "m0+"),
        ("\"ubersicht\"", "m1"),
        ("see -csv", "m0"),
        ("see -pd", "m0+"),
    ] {
        assert_eq!(ids(&archive, query), [due], "{query}");
    }
    let hit = hits(&archive, "see sicht").remove(0);
    assert_eq!(hit.found_in, Some(FoundIn::File));
    assert_eq!(hit.file_name.as_deref(), Some("Über\nsicht.PDF"));
    let hit = hits(&archive, "here").remove(0);
    assert_eq!((hit.found_in, hit.file_name), (Some(FoundIn::Text), None));
    let hit = hits(&archive, "-here").remove(0);
    assert_eq!((hit.found_in, hit.file_name), (None, None));
}

#[tokio::test]
async fn a_result_brings_the_messages_around_it_along() {
    let texts = ["zero", "one", "two", "three", "four", "five"].map(|text| (text, ""));
    let (place, _sandbox) = archive(&texts).await;
    let archive = read(&place.path());
    let around = |query: &str, context: u32| {
        let mut filter = SearchFilter::default();
        filter.context = context;
        let hit = archive.search(query, &filter).unwrap().remove(0);
        let texts = |side: Vec<SearchNeighbour>| -> Vec<String> {
            side.into_iter().map(|message| message.text).collect()
        };
        (texts(hit.before), texts(hit.after))
    };
    let all = |texts: &[&str]| -> Vec<String> { texts.iter().map(ToString::to_string).collect() };
    let (before, after) = around("three", 2);
    assert_eq!(
        (before, after),
        (all(&["one", "two"]), all(&["four", "five"]))
    );
    assert_eq!(around("zero", 1), (all(&[]), all(&["one"])));
    assert_eq!(around("five", 1), (all(&["four"]), all(&[])));
    assert_eq!(around("two", 0), (all(&[]), all(&[])));
    let mut filter = SearchFilter::default();
    filter.context = 1001;
    let error = archive.search("two", &filter).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.hint().is_some());
}

#[tokio::test]
async fn the_messages_around_a_result_are_those_of_its_session() {
    let sandbox = sandbox("sessions=4,messages=300").await;
    let place = Place::new();
    let mut writer = create(&place, &sandbox);
    sync(&mut writer, &sandbox).await;
    drop(writer);
    let archive = read(&place.path());
    let mut filter = SearchFilter::default();
    filter.context = 3;
    let hits = archive.search("", &filter).unwrap();
    let session_of = |id: &str| {
        let mut hits = hits.iter();
        let hit = hits.find(|hit| hit.message_id.as_deref() == Some(id));
        hit.map(|hit| hit.session_id.clone())
    };
    let mut seen = 0;
    for hit in &hits {
        for (message, earlier) in [(&hit.before, true), (&hit.after, false)]
            .into_iter()
            .flat_map(|(side, earlier)| side.iter().map(move |message| (message, earlier)))
        {
            let id = message.message_id.as_deref().unwrap();
            assert_eq!(session_of(id).as_ref(), Some(&hit.session_id));
            assert_ne!(hit.message_id.as_deref(), Some(id));
            assert!(message.sent_at == hit.sent_at || (message.sent_at < hit.sent_at) == earlier);
            seen += 1;
        }
    }
    assert!(seen > 1000, "{seen}");
}

#[tokio::test]
async fn tables_of_an_earlier_program_are_refused_with_a_hint_and_converted() {
    let (place, sandbox) = archive(&[("In der Straße", "")]).await;
    // As the program before wrote it: the index holds texts as they are.
    change(
        &place.path(),
        "UPDATE state SET value = '3' WHERE name = 'derived';
         INSERT INTO search (search) VALUES ('delete-all');
         INSERT INTO search (rowid, text) SELECT id, text FROM entry_columns;",
    );
    let error = Archive::open_read_only(&place.path(), &OpenOptions::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OlderFormat);
    assert!(error.hint().unwrap().contains("rebuild"));
    let converted =
        Archive::bring_up(&place.path(), &account(&sandbox), &OpenOptions::default()).unwrap();
    assert!(converted.is_some());
    let archive = read(&place.path());
    assert_eq!(ids(&archive, "STRASSE"), ["m0"]);
    assert_whole(&archive);
}

#[tokio::test]
async fn the_index_narrows_and_the_words_decide() {
    let files = r#","files":[{"file_id":"f","file_name":"plan.pdf"}]"#;
    let (place, _sandbox) = archive(&[("the budget", ""), ("nothing", files)]).await;
    // Another program put words into the index that no message holds.
    change(
        &place.path(),
        "INSERT INTO search (rowid, text) SELECT id, 'salaries' FROM entry_columns",
    );
    assert_eq!(ids(&read(&place.path()), "salaries"), [""; 0]);
    // A run that was killed left messages out of it.
    change(
        &place.path(),
        "INSERT INTO search (search) VALUES ('delete-all');
         UPDATE state SET value = '0' WHERE name = 'indexed'",
    );
    assert_eq!(ids(&read(&place.path()), "BUDGET"), ["m0"]);
    assert_eq!(ids(&read(&place.path()), "PLAN.PDF"), ["m1"]);
}

#[tokio::test]
async fn what_another_program_put_into_the_tables_is_no_reason_to_fail() {
    let files = r#","files":[{"file_id":"f","file_name":"plan.pdf"}]"#;
    let (place, _sandbox) = archive(&[("the budget", files), ("half", "")]).await;
    change(
        &place.path(),
        "UPDATE items SET raw = CAST(x'7bff' AS TEXT) WHERE id = 1;
         UPDATE entry_columns SET text = CAST(x'62ff' AS TEXT) WHERE id =
           (SELECT max(id) FROM entry_columns);
         UPDATE state SET value = '0' WHERE name = 'indexed'",
    );
    let archive = read(&place.path());
    for query in ["", "b", "budget", "-x", "plan"] {
        let mut filter = SearchFilter::default();
        filter.context = 1;
        archive.search(query, &filter).unwrap();
    }
    assert_eq!(hits(&archive, "b\u{fffd}").len(), 1);
}

#[tokio::test]
async fn no_query_is_taken_for_more_than_words() {
    let (place, _sandbox) = archive(&[(r"half \ud83d of NUL\u0000 it", "")]).await;
    let archive = read(&place.path());
    for query in ["\0", "NUL\0", "\u{fffd}", "half \u{fffd} of"] {
        assert_eq!(ids(&archive, query), ["m0"], "{query:?}");
    }
    let long = "x".repeat(50_000);
    let words: String = (0..9000).map(|number| format!("{number} ")).collect();
    let phrases = "\"a\" -\"l\" ".repeat(5000);
    for query in [
        long.as_str(),
        &words,
        &phrases,
        "' OR 1=1 --",
        "half\" AND \"of",
        "text:half",
        "NEAR(half it)",
        "half' --",
        "\\",
    ] {
        assert_eq!(ids(&archive, query), [""; 0], "{query:.20}");
    }
    let error = archive.search(&"x".repeat(60_000), &SearchFilter::default());
    let error = error.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let text = format!("{error} {error:?} {:?}", error.hint());
    assert!(!text.contains("xxx") && error.hint().is_some(), "{text}");
}
