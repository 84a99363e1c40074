//! Commands about the account itself, real or simulated.

use super::*;

/// A served account, and the variables that it prints.
fn served() -> (std::process::Child, Vec<(String, String)>) {
    let mut server = program(&[
        "sandbox",
        "--seed",
        "9",
        "--sessions",
        "3",
        "--messages",
        "100",
    ])
    .args([
        "--set",
        "plan=unlimited",
        "--fault",
        "messages:nth=3:status=503",
        "--quiet",
    ])
    .stdout(Stdio::piped())
    .spawn()
    .unwrap();
    let printed = BufReader::new(server.stdout.take().unwrap())
        .lines()
        .take(6)
        .map(|line| {
            line.unwrap()
                .split_once('=')
                .map(|(n, v)| (n.into(), v.into()))
                .unwrap()
        })
        .collect();
    (server, printed)
}

#[test]
fn the_served_account_is_read_by_its_printed_variables() {
    let (mut server, printed) = served();
    let names: Vec<_> = printed.iter().map(|(name, _)| &**name).collect();
    assert_eq!(
        names,
        [
            "ZOOM_API_URL",
            "ZOOM_AUTH_URL",
            "ZOOM_ACCOUNT_ID",
            "ZOOM_CLIENT_ID",
            "ZOOM_CLIENT_SECRET",
            "SANDBOX_TODAY",
        ]
    );
    let secret = &printed[4].1;
    let output = program(&["messages", "--all", "--log", "trace"])
        .envs(printed.clone())
        .output()
        .unwrap();
    let old = program(&["messages", "--all", "--to", "2020-01-01"])
        .envs(printed.clone())
        .output()
        .unwrap();
    server.kill().unwrap();
    server.wait().unwrap();
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(lines(&output).len() > 50);
    // Not by this machine's clock: the account has one of its own.
    assert_eq!(code(&old), 2);
    assert!(stderr(&old).contains("ask for 2026-05-20 to 2026-11-20"));

    let log = stderr(&output);
    assert!(log.contains("zoom_call"));
    assert!(!log.contains(&**secret) && !log.contains("sandbox.") && !log.contains("@company"));
    for line in lines(&output) {
        let line = json(line);
        for field in ["message", "sender_display_name"] {
            let text = line["message"][field].as_str().unwrap_or_default();
            assert!(text.len() < 8 || !log.contains(text), "{field}");
        }
    }
}

#[test]
fn nobody_there_is_tried_until_somebody_stops_it() {
    let mut child = program(&["messages", "--all", "--api-url", "http://127.0.0.1:1/v2"])
        .args([
            "--auth-url",
            "http://127.0.0.1:1/token",
            "--account-id",
            "a",
            "--client-id",
            "b",
        ])
        .env("ZOOM_CLIENT_SECRET", "c")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_millis(700));
    assert!(child.try_wait().unwrap().is_none());
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn the_doctor_finds_what_is_missing() {
    let output = run(&["doctor", "--sandbox"]);
    assert_eq!(code(&output), 0);
    // The one line that differs from run to run.
    let text: String = lines(&output)
        .into_iter()
        .filter(|line| !line.contains("answered in"))
        .map(|line| line.to_owned() + "\n")
        .collect();
    insta::assert_snapshot!("doctor", text);
    assert!(!stderr(&output).contains(zoom_chat_reports_sandbox::DECOY_PASSCODE));

    let output = run(&[
        "doctor",
        "--json",
        "--sandbox=scopes=report:read:chat_session:admin+extra",
    ]);
    assert_eq!(code(&output), 4);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&report["version"], &report["ok"]),
        (&1.into(), &false.into())
    );
    let texts: Vec<_> = report["checks"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|check| check["name"] == "scopes")
        .map(|check| {
            (
                check["status"].as_str().unwrap(),
                check["text"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        texts,
        [
            (
                "fail",
                "missing: report:read:list_chat_sessions:admin for the list of sessions"
            ),
            ("warn", "not needed: extra"),
        ]
    );
}

#[test]
fn the_plan_counts_requests_and_time() {
    let output = run(&["plan", SMALL, "--json", "--share", "0.5"]);
    assert_eq!(code(&output), 0);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["version"], 1);
    let requests = report["requests"].as_f64().unwrap();
    assert!(requests >= 30.0);
    assert_eq!(report["plans"][0]["plan"], "pro");
    assert_eq!(report["plans"][0]["seconds"], requests / 10.0);
    // An account without reports is no choice.
    let names = report["plans"].as_array().unwrap().iter();
    assert!(names.clone().all(|plan| plan["plan"] != "free"));
}
