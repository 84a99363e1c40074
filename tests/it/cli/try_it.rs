//! What a stranger sees who types the first command of the README.

use super::*;

/// The arguments of the program in the README's first command.
fn first_command() -> Vec<String> {
    let readme = include_str!("../../../README.md");
    let block = readme.split("```console\n").nth(1).unwrap();
    let command = block.lines().next().unwrap();
    let (_, arguments) = command.split_once(" -- ").unwrap();
    arguments.split(' ').map(str::to_owned).collect()
}

#[test]
fn the_first_command_prints_a_few_readable_lines_of_strict_json() {
    let arguments = first_command();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let output = run(&arguments);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    // Today is no empty stretch of time that is complete.
    let end = stderr(&output);
    assert!(end.contains("  complete   nothing yet: "), "{end}");
    let lines = lines(&output);
    assert!((10..=60).contains(&lines.len()), "{} lines", lines.len());
    for line in lines {
        // Unlike `json` in these tests, this takes no half of a surrogate pair.
        let entry: Value = serde_json::from_str(line).unwrap();
        let text = entry["message"]["message"].as_str().unwrap();
        assert!(
            text.len() < 300 && !text.contains(char::is_control),
            "{text:?}"
        );
        let name = entry["message"]["sender_display_name"].as_str().unwrap();
        assert!(name.starts_with(char::is_alphabetic), "{name:?}");
    }
}

#[test]
fn whatever_the_default_account_holds_is_strict_json() {
    let output = run(&["messages", "--all", "--everything", "--quiet", "--sandbox"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(lines(&output).len() > 20_000);
    for line in lines(&output) {
        assert!(serde_json::from_str::<Value>(line).is_ok(), "{line}");
    }
}

#[test]
fn a_sandbox_that_would_fill_the_memory_is_refused_with_its_bound() {
    let output = run(&[
        "sandbox",
        "--now",
        "2100-01-01T00:00:00Z",
        "--messages",
        "10000000",
    ]);
    assert_eq!(code(&output), 2);
    assert!(
        stderr(&output).contains("at most 20000000"),
        "{}",
        stderr(&output)
    );
    let output = run(&["messages", "--all", "--sandbox=now=9999-01-01T00:00:00Z"]);
    assert_eq!(code(&output), 2);
    assert!(
        stderr(&output).contains("2100-12-31"),
        "{}",
        stderr(&output)
    );
}
