//! The commands that keep and read an archive.

mod export;
mod people;
mod reading;
mod refusals;
mod searching;
mod selecting;
mod settings;
mod syncing;

use super::*;

use std::path::Path;

const NO_FILES: &str = "--no-attachments";
/// An account with enough messages that a week brings new ones of each kind.
const NOW: &str = "--sandbox=seed=7,sessions=5,messages=2000,quirks=yes";
/// The same account a week later.
const LATER: &str = "--sandbox=seed=7,sessions=5,messages=2000,quirks=yes,now=2026-11-27T12:00:00Z";

/// The folder of an archive that does not exist yet.
fn place() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("demo").to_str().unwrap().to_owned();
    (folder, path)
}

/// Runs a command, expects this code, and reads the one document that it prints.
fn document(arguments: &[&str], expected: i32) -> Value {
    let output = run(arguments);
    assert_eq!(
        code(&output),
        expected,
        "{arguments:?}: {}",
        stderr(&output)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What of a line must be the same wherever it comes from: links are signed anew each time, and only an archive knows
/// where it keeps files.
fn content(line: &str) -> String {
    let mut line = json(line);
    line.as_object_mut().map(|line| line.remove("files"));
    for file in line["message"]["files"]
        .as_array_mut()
        .into_iter()
        .flatten()
    {
        if let Some(file) = file.as_object_mut() {
            file.remove("download_url");
        }
    }
    line.to_string()
}

fn contents(output: &Output) -> Vec<String> {
    let mut contents: Vec<String> = lines(output).into_iter().map(content).collect();
    contents.sort();
    contents
}

fn folder_state(folder: &Path) -> Vec<(std::path::PathBuf, std::time::SystemTime, Vec<u8>)> {
    let mut state = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let changed = folder.metadata().unwrap().modified().unwrap();
        state.push((folder.clone(), changed, Vec::new()));
        for entry in folder.read_dir().unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let changed = path.metadata().unwrap().modified().unwrap();
                state.push((path.clone(), changed, std::fs::read(&path).unwrap()));
            }
        }
    }
    state.sort();
    state
}
