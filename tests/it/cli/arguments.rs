//! What is understood, and what is said of what is not.

use super::*;

#[test]
fn help_says_what_each_command_takes() {
    for command in [
        "",
        "sessions",
        "messages",
        "plan",
        "init",
        "sync",
        "status",
        "gaps",
        "set",
        "verify",
        "search",
        "doctor",
        "sandbox",
        "export",
        "schema",
        "completions",
    ] {
        let arguments: Vec<_> = [command, "--help"]
            .into_iter()
            .filter(|a| !a.is_empty())
            .collect();
        let output = run(&arguments);
        assert_eq!(code(&output), 0);
        assert!(output.stderr.is_empty());
        let name = if command.is_empty() {
            "program"
        } else {
            command
        };
        insta::assert_snapshot!(
            format!("help_{name}"),
            str::from_utf8(&output.stdout).unwrap()
        );
    }
}

/// Arguments that are refused.
const REFUSED: &[&[&str]] = &[
    &["messages"],
    &["messages", "--all", "x"],
    &["messages", "--all", "--client-secret", "canary"],
    &["messages", "--all", "--from", "2026-02-30"],
    &[
        "messages",
        "--all",
        "--from",
        "2026-11-02",
        "--to",
        "2026-11-01",
    ],
    &["messages", "--all", "--from", "today", "--to", "-3d"],
    &[
        "messages",
        "--all",
        SMALL,
        "--from",
        "2020-01-01",
        "--to",
        "2020-02-01",
    ],
    &["messages", "--all", SMALL, "--from", "2030-01-01"],
    &["messages", "--all", SMALL, "--to", "2026-05-19"],
    &["messages", "--all", "--page-size", "101"],
    &["sessions", "--page-size", "301"],
    &["messages", ""],
    &["messages", ".."],
    &["messages", "a\\b"],
    &["messages", "--all", "--api-url", "http://192.0.2.1/v2"],
    &["messages", "--all", "--plan", "gold"],
    &["messages", "--all", "--share", "2"],
    &["messages", "--all", "--include", "reactions"],
    &["messages", "--all", "--param", "x"],
    &["messages", "--all", "--sandbox=seed=x"],
    &["sandbox", "--listen", "0.0.0.0:0"],
    &["sandbox", "--fault", "messages"],
    &["schema", "nothing"],
    &["messages", "--all", SMALL, "--log", "=="],
];

#[test]
fn bad_input_is_a_line_and_a_hint_and_exit_2() {
    let credentials = [
        ("ZOOM_ACCOUNT_ID", "account"),
        ("ZOOM_CLIENT_ID", "client"),
        ("ZOOM_CLIENT_SECRET", "canary"),
    ];
    let mut texts = String::new();
    for arguments in REFUSED {
        let output = program(arguments).envs(credentials).output().unwrap();
        assert_eq!(code(&output), 2, "{arguments:?}: {}", stderr(&output));
        assert!(output.stdout.is_empty(), "{arguments:?}");
        let said: Vec<_> = stderr(&output).lines().collect();
        assert!(
            matches!(said[..], [e, h] if e.starts_with("error: ") && h.starts_with("hint: ")),
            "{arguments:?}: {said:?}"
        );
        assert!(!stderr(&output).contains("canary"), "{arguments:?}");
        texts.push_str(&format!(
            "zoom-chat {}\n{}\n",
            arguments.join(" "),
            stderr(&output)
        ));
    }
    insta::assert_snapshot!("bad_input", texts);
}

#[test]
fn a_range_that_only_the_machines_clock_can_judge_is_refused_before_any_request() {
    let ago = chrono::Utc::now().date_naive() - chrono::Days::new(200);
    let output = program(&["messages", "--all", "--to", &ago.to_string()])
        // Nobody answers there.
        .envs([
            ("ZOOM_API_URL", "https://192.0.2.1/v2"),
            ("ZOOM_CLIENT_SECRET", "x"),
        ])
        .output()
        .unwrap();
    assert_eq!(code(&output), 2, "{}", stderr(&output));
    assert!(stderr(&output).contains("Zoom keeps chat reports for about six months"));
}

#[test]
fn credentials_that_are_missing_or_blank_are_named_and_exit_4() {
    for (variables, text) in [
        (&[][..], "error: ZOOM_ACCOUNT_ID is not set\nhint: "),
        (
            &[("ZOOM_ACCOUNT_ID", " ")],
            "error: ZOOM_ACCOUNT_ID is blank\nhint: ",
        ),
        (
            &[("ZOOM_ACCOUNT_ID", "a"), ("ZOOM_CLIENT_ID", "b")],
            "error: ZOOM_CLIENT_SECRET is not set\nhint: ",
        ),
    ] {
        let mut command = program(&["messages", "--all"]);
        let output = command.envs(variables.iter().copied()).output().unwrap();
        assert_eq!(code(&output), 4);
        assert!(stderr(&output).starts_with(text), "{}", stderr(&output));
        assert_eq!(stderr(&output).lines().count(), 2);
    }
}
