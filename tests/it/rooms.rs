//! The rooms of the tree: what may import what, and how long a file may be.

mod circles;
mod imports;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use imports::{behind, code, paths};

/// Lines of a Rust file at most.
const LONGEST: usize = 400;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn first(path: &str) -> String {
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    path.chars().take_while(|c| is_name(*c)).collect()
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
}

/// What the root of the crate calls a room's own, by its name.
fn at_root(lib: &str) -> BTreeMap<String, String> {
    let mut rooms = BTreeMap::new();
    for statement in lib
        .split(';')
        .filter_map(|text| text.trim().split_once("pub use "))
    {
        for path in paths(statement.1) {
            if let (room, Some(name)) = (first(&path), path.rsplit("::").next()) {
                rooms.insert(name.to_owned(), room);
            }
        }
    }
    rooms
}

#[test]
fn rooms_of_the_sdk_import_only_those_below_them() {
    let root = root();
    let architecture = fs::read_to_string(root.join("ARCHITECTURE.md")).unwrap();
    let section = architecture.split("## Rooms of the SDK").nth(1).unwrap();
    let rows = section.split("\n## ").next().unwrap().lines();
    // The first column names them, the highest first.
    let rooms: Vec<String> = rows
        .filter_map(|row| {
            row.strip_prefix("| `")?
                .split_once('`')
                .map(|(room, _)| room.to_owned())
        })
        .collect();
    assert!(rooms.len() > 8, "{rooms:?}");
    let floor = |room: &str| rooms.iter().rev().position(|listed| listed == room);
    let source = root.join("crates/sdk/src");
    let names = at_root(&fs::read_to_string(source.join("lib.rs")).unwrap());
    let mut files = Vec::new();
    sources(&source, &mut files);
    let (mut wrong, mut seen) = (Vec::new(), 0);
    for file in files {
        let relative = file.strip_prefix(&source).unwrap();
        let name = relative.to_string_lossy().replace('\\', "/");
        let own = name.split('/').next().unwrap().trim_end_matches(".rs");
        let is_test = name.ends_with("tests.rs") || own == "test_server";
        if own == "lib" || is_test {
            continue;
        }
        let own_floor = floor(own).unwrap_or_else(|| panic!("ARCHITECTURE.md does not list {own}"));
        for import in behind(&code(&fs::read_to_string(&file).unwrap()), "crate::") {
            let import = first(&import);
            let room = names.get(&import).unwrap_or(&import);
            seen += 1;
            if room != own && floor(room).is_none_or(|floor| floor > own_floor) {
                wrong.push(format!("{name} imports {import} of {room}"));
            }
        }
    }
    assert!(seen > 200, "{seen}: the imports are not seen");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_sdk_has_few_rooms_and_few_loose_files() {
    let source = root().join("crates/sdk/src");
    let (mut folders, mut loose, mut todo) = (0, Vec::new(), vec![source.clone()]);
    while let Some(folder) = todo.pop() {
        for path in fs::read_dir(&folder).unwrap().flatten().map(|it| it.path()) {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() && !name.ends_with("_tests") {
                folders += 1;
                todo.push(path);
            } else if folder == source && !path.with_extension("").is_dir() && name != "lib.rs" {
                loose.push(name);
            }
        }
    }
    assert!(folders <= 16, "{folders} rooms");
    assert!(loose.len() <= 10, "{loose:?}");
}

#[test]
fn files_import_each_other_in_no_circle() {
    for name in ["api", "archive", "cli", "codegen", "sandbox", "sdk"] {
        let (edges, circles) = circles::circles(&root().join("crates").join(name).join("src"));
        assert!(edges > 3, "{name}: the imports are not seen");
        assert!(circles.is_empty(), "{name}: {circles:#?}");
    }
}

#[test]
fn no_rust_file_is_longer_than_four_hundred_lines() {
    let mut files = Vec::new();
    for folder in ["crates", "fuzz", "tests", "xtask"] {
        sources(&root().join(folder), &mut files);
    }
    let is_built = |path: &Path| path.iter().any(|part| part == "target");
    files.retain(|path| !is_built(path));
    assert!(files.len() > 300, "{}", files.len());
    for file in files {
        let lines = fs::read_to_string(&file).unwrap().lines().count();
        assert!(lines <= LONGEST, "{}: {lines} lines", file.display());
    }
}
