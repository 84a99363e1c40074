//! `export`: an archive as files that others open.

mod agree;
mod ends;
mod hostile;
mod kills;
mod law_firm;
mod missing;
mod refused;
mod same;
mod supplements;

use unicode_width::UnicodeWidthChar;

use super::*;

use std::path::PathBuf;

const ALL: [&str; 2] = ["--format", "csv,ndjson,files"];

/// Exports everything in all formats; expects this code.
fn export(archive: &str, out: &Path, more: &[&str], expected: i32) -> Output {
    let out = out.to_str().unwrap();
    let output = run(&[&["export", archive, "--out", out], &ALL[..], more].concat());
    assert_eq!(code(&output), expected, "{more:?}: {}", stderr(&output));
    output
}

/// An archive, and the place of an export beside it.
fn archived(sandbox: &str) -> (tempfile::TempDir, String, PathBuf) {
    let (folder, archive) = place();
    document(&["sync", &archive, sandbox, "--json"], 0);
    let out = folder.path().join("out");
    (folder, archive, out)
}

/// The files of a folder, by their paths in it.
fn tree(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = folder_state(folder).into_iter();
    files
        .filter(|(path, ..)| path.is_file())
        .map(|(path, _, bytes)| {
            let path = path
                .strip_prefix(folder)
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned();
            (path, bytes)
        })
        .collect()
}

/// The lines of a CSV file, by the names of their columns.
fn table(path: &Path) -> Vec<BTreeMap<String, String>> {
    let text = std::fs::read(path).unwrap();
    let text = text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&text);
    let mut reader = csv::Reader::from_reader(text);
    reader.deserialize().map(Result::unwrap).collect()
}

/// The records of all NDJSON files below a folder.
fn records(folder: &Path) -> Vec<Value> {
    let files = tree(folder).into_iter();
    let files = files.filter(|(path, _)| path.ends_with(".ndjson"));
    files
        .flat_map(|(_, bytes)| {
            let text = String::from_utf8(bytes).unwrap();
            text.lines().map(json).collect::<Vec<_>>()
        })
        .collect()
}

/// The lines of all CSV files of entries below a folder.
fn entry_lines(folder: &Path) -> Vec<BTreeMap<String, String>> {
    let files = tree(folder).into_keys();
    let files = files.filter(|path| path.contains("entries/") && path.ends_with(".csv"));
    files.flat_map(|path| table(&folder.join(path))).collect()
}

fn manifest(folder: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(folder.join("manifest.json")).unwrap()).unwrap()
}

/// Checks a folder with the system's own tool, and counts the files that it names.
fn checked(folder: &Path) -> usize {
    let mut command = match cfg!(target_os = "macos") {
        true => {
            let mut command = Command::new("shasum");
            command.args(["-a", "256"]);
            command
        }
        false => Command::new("sha256sum"),
    };
    let output = command
        .args(["-c", "SHA256SUMS"])
        .current_dir(folder)
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}");
    assert!(told.lines().all(|line| line.ends_with(": OK")), "{told}");
    told.lines().count()
}

/// Checks that every other file of an export is in its list of digests, with the right digest; but for the numbers, and
/// for supplements, which have lists of their own.
fn assert_whole(folder: &Path) {
    let files = tree(folder).into_keys();
    let is_listed = |path: &String| {
        !["SHA256SUMS", "numbering.json"].contains(&&**path) && !path.starts_with("supplement-")
    };
    let files: Vec<String> = files.filter(is_listed).collect();
    assert_eq!(checked(folder), files.len(), "{files:?}");
}

/// What a cell was before an apostrophe made it harmless.
fn cell(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(rest) if is_formula(rest.trim_start_matches('\'')) => rest,
        _ => text,
    }
}

/// Whether a spreadsheet may compute a cell: written apart from the program.
fn is_formula(cell: &str) -> bool {
    let is_unseen = |c: char| c.is_whitespace() || c.width().unwrap_or(0) == 0;
    let seen = cell.trim_start_matches(is_unseen);
    let begins = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];
    cell.starts_with(['\t', '\r', '\n']) || seen.starts_with(begins)
}

fn database(archive: &str) -> rusqlite::Connection {
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    rusqlite::Connection::open_with_flags(Path::new(archive).join("archive.db"), flags).unwrap()
}
