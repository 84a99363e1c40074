//! `--output FILE`: a file that has its name only once it is whole.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{messages::keys, *};

const ALL: [&str; 3] = ["messages", "--all", "--everything"];
/// An account that answers 80 requests a day; each process meets it on a new day.
const LIMITED: &str = "--sandbox=seed=7,sessions=20,messages=900,quirks=yes,daily_limit=80";
const UNLIMITED: &str = "--sandbox=seed=7,sessions=20,messages=900,quirks=yes";

/// A folder, and the names of what `messages --output` makes there.
struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn file(&self) -> PathBuf {
        self.path("chats.ndjson")
    }

    fn part(&self) -> PathBuf {
        self.path("chats.ndjson.part")
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = program(arguments);
        command.arg("--output").arg(self.file());
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Runs the limited account once, which leaves an unfinished file.
    fn interrupted() -> Self {
        let place = Self::new();
        let output = place.run(&[&ALL[..], &[LIMITED]].concat());
        assert_eq!(code(&output), 5, "{}", stderr(&output));
        assert!(stderr(&output).contains("chats.ndjson.part, unfinished"));
        assert_eq!(
            place.names(),
            ["chats.ndjson.part", "chats.ndjson.part.json"]
        );
        place
    }
}

fn of_file(path: &Path) -> Output {
    let mut output = run(&["schema", "messages"]);
    output.stdout = fs::read(path).unwrap();
    output
}

#[test]
fn a_run_of_several_days_ends_with_the_file_of_a_run_of_one() {
    let place = Place::interrupted();
    let mut runs = 1;
    loop {
        runs += 1;
        assert!(!place.file().exists());
        let before = fs::metadata(place.part()).unwrap().len();
        let output = place.run(&[&ALL[..], &[LIMITED]].concat());
        assert!(stderr(&output).contains("continues  a run of "));
        if code(&output) == 0 {
            break;
        }
        assert_eq!(code(&output), 5, "{}", stderr(&output));
        assert!(fs::metadata(place.part()).unwrap().len() > before);
        assert!(runs < 9, "it never ends");
    }
    assert!(runs > 2, "{runs}");
    assert_eq!(place.names(), ["chats.ndjson"]);
    let whole = run(&[&ALL[..], &[UNLIMITED]].concat());
    assert_eq!(keys(&of_file(&place.file())), keys(&whole));
}

#[cfg(unix)]
#[test]
fn a_kill_at_any_time_leaves_no_file_and_loses_nothing() {
    let place = Place::new();
    let slow = "--sandbox=seed=7,sessions=20,messages=900,quirks=yes,latency_ms=100,plan=pro";
    let state = place.path("chats.ndjson.part.json");
    for _ in 0..3 {
        let before = fs::read(&state).ok();
        let mut child = place.command(&[&ALL[..], &["--quiet", slow]].concat());
        let mut child = child.spawn().unwrap();
        // It has saved something new, and goes on.
        while fs::read(&state).ok() == before
            || fs::read(place.part()).is_ok_and(|it| it.is_empty())
        {
            assert!(child.try_wait().unwrap().is_none(), "it has ended");
            std::thread::sleep(Duration::from_millis(5));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(!place.file().exists());
    }
    let output = place.run(&[&ALL[..], &[UNLIMITED]].concat());
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert_eq!(place.names(), ["chats.ndjson"]);
    let whole = run(&[&ALL[..], &[UNLIMITED]].concat());
    assert_eq!(keys(&of_file(&place.file())), keys(&whole));
}

#[test]
fn a_file_is_continued_only_as_it_was_begun() {
    for arguments in [
        &["messages", "--all", LIMITED][..],
        &[
            "messages",
            "--all",
            "--everything",
            "--from",
            "-30d",
            LIMITED,
        ],
        &["messages", "--all", "--everything", "--confirm", LIMITED],
        &["messages", "abc", "--everything", LIMITED],
    ] {
        let place = Place::interrupted();
        let before = fs::read(place.part()).unwrap();
        let output = place.run(arguments);
        assert_eq!(code(&output), 2, "{arguments:?}: {}", stderr(&output));
        assert!(stderr(&output).contains("was begun with other options\nhint: "));
        assert_eq!(fs::read(place.part()).unwrap(), before);
    }
}

#[test]
fn an_unfinished_file_that_was_changed_is_refused() {
    let changes: [fn(&mut Vec<u8>); 4] = [
        |text| text.truncate(text.len() - 1),
        |text| text.truncate(10),
        |text| text[30] ^= 1,
        |text| text.splice(0..0, *b"{}\n").for_each(drop),
    ];
    for change in changes {
        let place = Place::interrupted();
        let mut text = fs::read(place.part()).unwrap();
        change(&mut text);
        fs::write(place.part(), &text).unwrap();
        let output = place.run(&[&ALL[..], &[LIMITED]].concat());
        assert_eq!(code(&output), 2, "{}", stderr(&output));
        assert!(stderr(&output).contains("is not what the earlier run wrote\nhint: remove "));
        assert_eq!(fs::read(place.part()).unwrap(), text);
    }
}

#[test]
fn what_came_after_the_last_save_is_read_again() {
    let place = Place::interrupted();
    let mut text = fs::read(place.part()).unwrap();
    text.extend_from_slice(b"{\"session_id\":\"torn");
    fs::write(place.part(), &text).unwrap();
    let output = place.run(&[&ALL[..], &[UNLIMITED]].concat());
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let whole = run(&[&ALL[..], &[UNLIMITED]].concat());
    assert_eq!(keys(&of_file(&place.file())), keys(&whole));
}

#[test]
fn nothing_that_is_there_is_overwritten() {
    let place = Place::new();
    for name in ["chats.ndjson", "chats.ndjson.part"] {
        fs::write(place.path(name), "mine").unwrap();
        let output = place.run(&[&ALL[..], &[SMALL]].concat());
        assert_eq!(code(&output), 2);
        assert!(
            stderr(&output).contains("is there already\nhint: "),
            "{}",
            stderr(&output)
        );
        assert_eq!(place.names(), [name]);
        assert_eq!(fs::read(place.path(name)).unwrap(), b"mine");
        fs::remove_file(place.path(name)).unwrap();
    }
    for (path, said) in [
        ("none/chats.ndjson", "there is no folder "),
        ("-", "omit it to print"),
    ] {
        for command in [&["messages", "--all"][..], &["sessions"]] {
            let output = run(&[command, &[SMALL, "--output", path]].concat());
            assert_eq!(code(&output), 2);
            assert!(stderr(&output).contains(said), "{}", stderr(&output));
        }
    }
    let output = place.run(&["messages", "--all", "--raw", SMALL]);
    assert_eq!(code(&output), 2);
    let output = place.run(&["messages", "--all"]);
    assert_ne!(code(&output), 0, "there are no credentials");
    assert!(place.names().is_empty(), "{:?}", place.names());
}

#[cfg(unix)]
#[test]
fn two_runs_do_not_write_one_file() {
    let place = Place::new();
    let slow = "--sandbox=sessions=9,messages=900,latency_ms=200";
    let mut first = place.command(&["messages", "--all", "--quiet", slow]);
    let mut first = first.spawn().unwrap();
    while !place.path("chats.ndjson.part.json").exists() {
        assert!(first.try_wait().unwrap().is_none(), "it has ended");
        std::thread::sleep(Duration::from_millis(5));
    }
    let second = place.run(&["messages", "--all", slow]);
    assert_eq!(code(&second), 6);
    assert!(stderr(&second).contains("another run is writing "));
    first.kill().unwrap();
    first.wait().unwrap();
}

#[test]
fn a_file_that_lacks_what_another_run_may_read_stays_unfinished() {
    let place = Place::new();
    let failing =
        "--sandbox=seed=7,sessions=9,messages=900,fault=messages:times=0:status=503:nth=20";
    let output = place.run(&["messages", "--all", "--give-up-after", "2s", failing]);
    assert_eq!(code(&output), 3, "{}", stderr(&output));
    assert!(stderr(&output).contains("chats.ndjson.part, unfinished"));
    assert!(!place.file().exists());
    let healthy = "--sandbox=seed=7,sessions=9,messages=900";
    let output = place.run(&["messages", "--all", healthy]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert_eq!(place.names(), ["chats.ndjson"]);
}

#[test]
fn a_file_that_lacks_only_what_no_run_can_read_is_whole() {
    let place = Place::new();
    let summary = place.path("summary.json");
    let summary = summary.to_str().unwrap();
    let output = place.run(&["messages", "unknown", "--summary", summary, SMALL]);
    assert_eq!(code(&output), 3);
    assert_eq!(place.names(), ["chats.ndjson", "summary.json"]);
    let summary: Value = serde_json::from_slice(&fs::read(summary).unwrap()).unwrap();
    assert_eq!(summary["output"]["whole"], true);
    assert_eq!(summary["output"]["file"], place.file().to_str().unwrap());
}

#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_is_full_costs_only_what_came_after_the_last_save() {
    let place = Place::new();
    let quoted: Vec<String> = place
        .command(&[&ALL[..], &[UNLIMITED]].concat())
        .get_args()
        .map(|argument| format!("'{}'", argument.to_str().unwrap()))
        .collect();
    let program = env!("CARGO_BIN_EXE_zoom-chat-under-test");
    // Files of at most 100 blocks; the signal is ignored, so that writing fails.
    let script = format!(
        "trap '' XFSZ; ulimit -f 100; exec {program} {}",
        quoted.join(" ")
    );
    let output = Command::new("bash").args(["-c", &script]).output().unwrap();
    assert_eq!(code(&output), 1, "{}", stderr(&output));
    assert!(
        stderr(&output).contains("hint: free some disk space"),
        "{}",
        stderr(&output)
    );
    assert!(!place.file().exists());
    let output = place.run(&[&ALL[..], &[UNLIMITED]].concat());
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let whole = run(&[&ALL[..], &[UNLIMITED]].concat());
    assert_eq!(keys(&of_file(&place.file())), keys(&whole));
}

#[test]
fn every_command_that_prints_lines_writes_the_same_lines_to_a_file() {
    let place = Place::new();
    let archive = place.path("archive");
    let archive = archive.to_str().unwrap();
    assert_eq!(code(&run(&["sync", archive, HOSTILE, "--quiet"])), 0);
    for arguments in [
        &["messages", "--archive", archive][..],
        &["messages", "--archive", archive, "--raw"],
        &["sessions", "--archive", archive],
        &["sessions", SMALL],
        &["search", archive, "a"],
        &["people", archive],
    ] {
        let printed = run(arguments);
        let output = place.run(arguments);
        assert_eq!(code(&output), code(&printed), "{arguments:?}");
        assert_eq!(output.stdout, b"", "{arguments:?}");
        assert_eq!(
            fs::read(place.file()).unwrap(),
            printed.stdout,
            "{arguments:?}"
        );
        let inside = format!("{archive}/files/inside.ndjson");
        let refused = run(&[arguments, &["--output", &inside]].concat());
        assert_eq!(code(&refused), 2, "{arguments:?}");
        assert!(
            stderr(&refused).contains("lies in the archive"),
            "{}",
            stderr(&refused)
        );
        let again = place.run(arguments);
        assert_eq!(code(&again), 2, "{arguments:?}");
        fs::remove_file(place.file()).unwrap();
        assert_eq!(place.names(), ["archive"], "{arguments:?}");
    }
}
