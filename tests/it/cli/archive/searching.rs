//! What `search` prints.

use zoom_chat_archive::fold;

use super::*;

/// A small archive, without the files themselves.
fn archive() -> (tempfile::TempDir, String) {
    let (folder, archive) = place();
    document(&["sync", &archive, HOSTILE, NO_FILES, "--json"], 0);
    (folder, archive)
}

fn hits(output: &Output) -> Vec<Value> {
    assert_eq!(code(output), 0, "{}", stderr(output));
    lines(output).into_iter().map(json).collect()
}

#[test]
fn search_prints_a_table_or_lines() {
    let (_folder, archive) = archive();
    let found = run(&["search", &archive, "CAFE"]);
    assert!(!hits(&found).is_empty());
    for hit in hits(&found) {
        assert!(
            fold(hit["text"].as_str().unwrap()).contains("cafe"),
            "{hit}"
        );
        assert_eq!(hit["found_in"], "text");
        assert_eq!(hit["file_name"], Value::Null);
    }
    let table = run(&[
        "search", &archive, "CAFE", "--format", "table", "--limit", "3",
    ]);
    assert_eq!(lines(&table).len(), 3);
    assert!(
        lines(&table)
            .iter()
            .all(|line| fold(line).contains("cafe") && line.len() < 400)
    );
    // Two characters are found as well as three.
    assert!(
        !lines(&run(&["search", &archive, "世界"])).is_empty()
            || !lines(&run(&["search", &archive, "会議"])).is_empty()
    );
    let session = hits(&found)[0]["session_id"].as_str().unwrap().to_owned();
    let narrow = run(&[
        "search",
        &archive,
        "",
        "--session",
        &session,
        "--from",
        "2026-11-01",
        "--to",
        "2026-11-10",
    ]);
    assert!(hits(&narrow).iter().all(|hit| {
        hit["session_id"] == *session && hit["sent_at"].as_str().unwrap().starts_with("2026-11-")
    }));
    let nothing = run(&["search", &archive, "no such words"]);
    assert_eq!(
        (code(&nothing), stderr(&nothing)),
        (0, "0 found (SANDBOX)\n")
    );
}

#[test]
fn a_word_after_a_minus_is_no_option() {
    let (_folder, archive) = archive();
    let all = hits(&run(&["search", &archive, ""])).len();
    let with = hits(&run(&["search", &archive, "budget"])).len();
    let without = hits(&run(&["search", &archive, "-budget"])).len();
    assert!(with > 0 && with + without == all, "{with} {without} {all}");
    let without = hits(&run(&["search", &archive, "-\"budget\"", "--limit", "1"]));
    assert_eq!(without.len(), 1);
    let quiet = run(&["search", &archive, "-q", "budget"]);
    assert_eq!((lines(&quiet).len(), stderr(&quiet)), (with, ""));
    let text = run(&["search", &archive, "--", "-q"]);
    assert!(stderr(&text).ends_with("found (SANDBOX)\n"));
}

#[test]
fn a_file_is_found_by_its_name_and_named_in_the_table() {
    let (_folder, archive) = archive();
    let found = hits(&run(&["search", &archive, "PDF"]));
    let files: Vec<&Value> = found
        .iter()
        .filter(|hit| hit["found_in"] == "file")
        .collect();
    assert!(!files.is_empty());
    for hit in files {
        assert!(
            hit["file_name"]
                .as_str()
                .unwrap()
                .to_lowercase()
                .contains("pdf")
        );
    }
    let table = run(&["search", &archive, "PDF", "--format", "table"]);
    let named = |line: &&&str| line.contains(" [file: ") && line.ends_with(']');
    let files = found.iter().filter(|hit| hit["found_in"] == "file").count();
    assert_eq!(lines(&table).iter().filter(named).count(), files);
}

#[test]
fn context_is_indented_in_the_table_and_beside_the_result_in_json() {
    let (_folder, archive) = archive();
    let arguments = [
        "search",
        &archive,
        "budget",
        "--limit",
        "3",
        "--context",
        "2",
    ];
    let found = hits(&run(&arguments));
    assert_eq!(found.len(), 3);
    let mut due = 0;
    for hit in &found {
        for side in ["before", "after"] {
            for message in hit[side].as_array().unwrap() {
                due += 1;
                assert!(message["text"].is_string() && message["sent_at"].is_string());
                assert_ne!(message["message_id"], hit["message_id"]);
            }
        }
    }
    assert!(due > 4, "{due}");
    let table = run(&[&arguments[..], &["--format", "table"]].concat());
    let lines = lines(&table);
    let indented = lines.iter().filter(|line| line.starts_with("    2026-"));
    assert_eq!(indented.count(), due);
    let results = lines.iter().filter(|line| line.starts_with("2026-"));
    assert_eq!(results.count(), 3);
    // A line between two results.
    assert_eq!(lines.iter().filter(|line| line.is_empty()).count(), 2);
    assert!(!lines.iter().any(|line| line.contains('\u{1b}')));
    let without = hits(&run(&["search", &archive, "budget", "--limit", "1"]));
    assert_eq!(
        (&without[0]["before"], &without[0]["after"]),
        (&json("[]"), &json("[]"))
    );
}

#[test]
fn the_query_is_in_no_error_and_no_log() {
    let (_folder, archive) = archive();
    let long = "secret ".repeat(9000);
    let output = run(&["search", &archive, &long, "--log", "trace"]);
    assert_eq!(code(&output), 2);
    assert!(!stderr(&output).contains("secret"), "{}", stderr(&output));
    let output = run(&["search", &archive, "café", "--log", "trace", "--limit", "1"]);
    assert_eq!(code(&output), 0);
    assert!(!stderr(&output).contains("café"), "{}", stderr(&output));
}

#[test]
fn phrases_are_found_across_line_breaks_and_quotation_marks_may_be_turned() {
    let (_folder, archive) = archive();
    let found = |query: &str| hits(&run(&["search", &archive, query])).len();
    let broken = found("\"line break\"");
    assert!(broken > 0);
    assert_eq!(found("“line break”"), broken);
    assert_eq!(found("„line break“"), broken);
    let few = run(&["search", &archive, "e", "--limit", "2"]);
    assert!(
        stderr(&few).contains("2 shown; there may be more"),
        "{}",
        stderr(&few)
    );
}

#[test]
fn a_search_of_days_that_the_archive_does_not_prove_says_so_and_exits_with_3() {
    let (_folder, archive) = archive();
    let open = run(&["search", &archive, "CAFE", "--to", "today"]);
    assert_eq!(code(&open), 3, "{}", stderr(&open));
    assert!(!open.stdout.is_empty());
    assert!(stderr(&open).contains("the archive does not prove all of this: "));
    assert!(stderr(&open).contains("\nhint: "));
    let proven = run(&["search", &archive, "CAFE", "--to", "2026-11-10"]);
    assert_eq!(code(&proven), 0, "{}", stderr(&proven));
}
