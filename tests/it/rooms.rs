//! Rooms of the SDK import only rooms that ARCHITECTURE.md lists below them.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// The paths of a use tree, such as `a::{b, c::d}`, each whole.
fn paths(tree: &str) -> Vec<String> {
    let (mut parts, mut depth, mut part) = (Vec::new(), 0, String::new());
    for c in tree.chars() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if c == ',' && depth == 0 {
            parts.push(std::mem::take(&mut part));
        } else {
            part.push(c);
        }
    }
    parts.push(part);
    let of = |part: &String| match part.trim().split_once('{') {
        Some((prefix, rest)) => {
            let inner = paths(rest.trim_end().trim_end_matches('}'));
            inner.iter().map(|path| format!("{prefix}{path}")).collect()
        }
        None => vec![part.trim().to_owned()],
    };
    let all = parts.iter().flat_map(of);
    all.filter(|path| !path.is_empty()).collect()
}

/// What a file names behind `crate::`, without its comments and tests.
fn imports(text: &str) -> BTreeSet<String> {
    let text = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    let lines = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    let text = lines.collect::<Vec<_>>().join("\n");
    let mut found = BTreeSet::new();
    for (place, _) in text.match_indices("crate::") {
        let rest = &text[place + "crate::".len()..];
        if text[..place].ends_with("use ") {
            let tree = rest.split(';').next().unwrap_or_default();
            let tree = tree
                .strip_prefix('{')
                .map_or(tree, |tree| tree.trim_end_matches('}'));
            found.extend(paths(tree).into_iter().map(|path| first(&path)));
        } else {
            found.insert(first(rest));
        }
    }
    found
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
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
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
        for import in imports(&fs::read_to_string(&file).unwrap()) {
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
fn imports_are_read_as_they_are_written() {
    let text =
        "use crate::{Error, a::{self, b::C}, d::E};\nfn f() { crate::g::h() }\n// crate::no\n";
    let found: Vec<String> = imports(text).into_iter().collect();
    assert_eq!(found, ["Error", "a", "d", "g"]);
    let text = "use crate::x::Y;\n#[cfg(test)]\nmod tests { use crate::z; }";
    assert_eq!(imports(text).into_iter().collect::<Vec<_>>(), ["x"]);
}
