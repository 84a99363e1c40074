//! `--output FILE`: a file that has its name only once it is whole.

mod continued;

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

impl Place {
    /// The file holds what one run to stdout prints, each entry once.
    fn assert_whole(&self) {
        let whole = run(&[&ALL[..], &[UNLIMITED]].concat());
        assert_eq!(keys(&of_file(&self.file())), keys(&whole));
    }
}

fn of_file(path: &Path) -> Output {
    let mut output = run(&["schema", "messages"]);
    output.stdout = fs::read(path).unwrap();
    output
}

#[cfg(unix)]
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
fn a_file_that_lacks_anything_is_not_made() {
    let place = Place::new();
    let summary = place.path("summary.json");
    let summary = summary.to_str().unwrap();
    let output = place.run(&["messages", "unknown", "--summary", summary, SMALL]);
    assert_eq!(code(&output), 3);
    assert_eq!(place.names(), ["summary.json"]);
    let refused =
        "--sandbox=seed=7,sessions=5,messages=300,fault=messages:times=0:status=403:nth=9";
    let output = place.run(&["messages", "--all", "--summary", summary, refused]);
    assert_ne!(code(&output), 0);
    assert!(!place.file().exists());
    let summary: Value = serde_json::from_slice(&fs::read(summary).unwrap()).unwrap();
    assert_eq!(summary["output"]["whole"], false);
    assert_eq!(summary["output"]["file"], place.part().to_str().unwrap());
    // The cause is gone.
    let output = place.run(&["messages", "--all", "--quiet", SMALL]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let archive = place.path("archive");
    let archive = archive.to_str().unwrap();
    assert_eq!(code(&run(&["sync", archive, SMALL, "--quiet"])), 0);
    for command in [
        &["messages", "--archive", archive][..],
        &["search", archive, "a"],
    ] {
        let file = place.path("later.ndjson");
        let file = file.to_str().unwrap();
        let output = run(&[command, &["--to", "2027-01-01", "--output", file]].concat());
        assert_eq!(code(&output), 3, "{}", stderr(&output));
        assert!(stderr(&output).contains("not made"), "{}", stderr(&output));
        assert!(!Path::new(file).exists());
    }
}

#[test]
fn a_summary_in_the_place_of_the_output_is_refused() {
    let place = Place::new();
    for name in [
        "chats.ndjson",
        "chats.ndjson.part",
        "chats.ndjson.part.json",
    ] {
        let mut command = place.command(&["messages", "--all", SMALL]);
        let output = command
            .arg("--summary")
            .arg(place.path(name))
            .output()
            .unwrap();
        assert_eq!(code(&output), 2, "{name}");
        assert!(place.names().is_empty(), "{name}: {:?}", place.names());
    }
    #[cfg(unix)]
    for target in [
        "chats.ndjson",
        "chats.ndjson.part",
        "chats.ndjson.part.json",
    ] {
        let link = place.path("link");
        std::os::unix::fs::symlink(target, &link).unwrap();
        let mut command = place.command(&["messages", "--all", SMALL]);
        let output = command.arg("--summary").arg(&link).output().unwrap();
        assert_eq!(code(&output), 2, "{target}");
        assert_eq!(place.names(), ["link"], "{target}");
        fs::remove_file(link).unwrap();
    }
    let mut command = place.command(&["messages", "--all", SMALL]);
    let output = command
        .arg("--summary")
        .arg(place.path("none/x"))
        .output()
        .unwrap();
    assert_eq!(code(&output), 1);
    assert!(place.names().is_empty(), "{:?}", place.names());
}

#[test]
fn a_name_that_no_file_can_have_is_refused_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let long = "x".repeat(250);
    for name in ["new/", "new/.", "..", "", &long] {
        for command in [&["messages", "--all"][..], &["sessions"]] {
            let mut run = program(&[command, &[SMALL, "--output", name]].concat());
            let output = run.current_dir(folder.path()).output().unwrap();
            assert_eq!(code(&output), 2, "{name}: {}", stderr(&output));
            assert_eq!(stderr(&output).lines().count(), 2, "{}", stderr(&output));
            assert_eq!(folder.path().read_dir().unwrap().count(), 0);
        }
    }
}

#[cfg(target_os = "linux")]
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

#[cfg(unix)]
#[test]
fn a_file_that_appears_while_it_is_read_is_kept_and_what_was_read_too() {
    let place = Place::new();
    let slow = "--sandbox=seed=7,sessions=5,messages=300,latency_ms=50";
    let mut command = place.command(&["messages", "--all", slow]);
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    while !place.path("chats.ndjson.part.json").exists() {
        assert!(child.try_wait().unwrap().is_none(), "it has ended");
        std::thread::sleep(Duration::from_millis(1));
    }
    fs::write(place.file(), "mine").unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(code(&output), 1, "{}", stderr(&output));
    assert!(stderr(&output).contains("chats.ndjson.part, unfinished"));
    assert!(stderr(&output).contains("is there already\nhint: "));
    assert_eq!(fs::read(place.file()).unwrap(), b"mine");
    fs::remove_file(place.file()).unwrap();
    let output = place.run(&["messages", "--all", "--quiet", SMALL]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert_eq!(place.names(), ["chats.ndjson"]);
}
