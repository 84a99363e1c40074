//! Which files of a crate import which, and the circles in that.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use super::{
    imports::{behind, code, paths},
    sources,
};

/// The files of a crate by the path of their module, `lib.rs` by an empty one, and their code.
struct Crate(BTreeMap<Vec<String>, String>);

fn words(path: &str) -> Vec<String> {
    let words = path.split("::").filter(|word| *word != "self");
    words.map(str::to_owned).collect()
}

/// Whether a statement is a `pub use`.
fn hands_on(statement: &str) -> bool {
    let before = statement.rsplit_once("use ").map(|(before, _)| before);
    let line = before.and_then(|before| before.lines().last());
    line.is_some_and(|line| line.trim_start().starts_with("pub"))
}

/// The paths that a file hands on, with their `as`.
fn re_exports(code: &str) -> Vec<String> {
    let statements = code.split(';').filter(|text| hands_on(text));
    let trees = statements.filter_map(|text| text.rsplit_once("use "));
    trees.flat_map(|(_, tree)| paths(tree)).collect()
}

impl Crate {
    fn read(source: &Path) -> Self {
        let mut files = Vec::new();
        sources(source, &mut files);
        let modules = files.iter().filter_map(|file| {
            let name = file.strip_prefix(source).ok()?.with_extension("");
            let words = name.iter().map(|word| word.to_string_lossy().into_owned());
            let mut words: Vec<String> = words.collect();
            let is_test = |word: &String| word.ends_with("tests") || word == "test_server";
            if words.iter().any(is_test) || words == ["main"] {
                return None;
            }
            words.retain(|word| word != "lib");
            Some((words, code(&fs::read_to_string(file).ok()?)))
        });
        Self(modules.collect())
    }

    /// The file that a path leads to, through the names that files hand on.
    fn file_of(&self, path: &[String], hops: u32) -> Option<Vec<String>> {
        let deepest = (0..=path.len()).rev().map(|end| &path[..end]);
        let file = deepest
            .into_iter()
            .find(|path| self.0.contains_key(*path))?;
        let (text, rest) = (self.0.get(file)?, &path[file.len()..]);
        let handed_on = rest.first().filter(|_| hops > 0).and_then(|name| {
            let last = |path: &str| path.rsplit([':', ' ']).next().map(str::to_owned);
            let mut all = re_exports(text).into_iter();
            all.find(|path| last(path).as_ref() == Some(name))
        });
        match handed_on {
            Some(to) => {
                let mut path = self.absolute(file, to.split(" as ").next()?)?;
                path.extend(rest[1..].iter().cloned());
                (path != file)
                    .then(|| self.file_of(&path, hops - 1))
                    .flatten()
            }
            // A crate's root holds what it defines; any other name is no path of this crate, but in a text.
            None if file.is_empty() => {
                let word = rest.first()?;
                let defines = |kind: &str| text.contains(&format!("{kind} {word}"));
                ["fn", "struct", "enum", "const", "trait"]
                    .iter()
                    .any(|kind| defines(kind))
                    .then(Vec::new)
            }
            None => Some(file.to_vec()),
        }
    }

    /// A path as it is written in a file, from the root of the crate.
    fn absolute(&self, file: &[String], path: &str) -> Option<Vec<String>> {
        let (mut base, mut rest) = (file.to_vec(), words(path));
        if rest.first()? == "crate" {
            base.clear();
            rest.remove(0);
        }
        while rest.first().is_some_and(|word| word == "super") {
            base.pop();
            rest.remove(0);
        }
        base.extend(rest);
        Some(base)
    }

    /// The files that a file imports, without itself.
    fn imports(&self, file: &[String]) -> BTreeSet<Vec<String>> {
        let text = &self.0[file];
        let mut found: Vec<Vec<String>> = Vec::new();
        found.extend(behind(text, "crate::").iter().map(|path| words(path)));
        for path in behind(text, "super::") {
            found.extend(self.absolute(file, &format!("super::{path}")));
        }
        // Its own modules, apart from what it only hands on.
        let own: Vec<&str> = text.split(';').filter(|text| !hands_on(text)).collect();
        let own = own.join(";");
        let children = self.0.keys().filter(|path| path.len() == file.len() + 1);
        for child in children.filter(|path| path.starts_with(file)) {
            for path in behind(&own, &format!("{}::", child[file.len()])) {
                found.push(child.iter().cloned().chain(words(&path)).collect());
            }
        }
        let files = found.iter().filter_map(|path| self.file_of(path, 4));
        files.filter(|imported| imported != file).collect()
    }
}

/// The circles of a crate's files, as lists of their paths.
pub(super) fn circles(source: &Path) -> (usize, Vec<Vec<String>>) {
    let files = Crate::read(source);
    let imports: BTreeMap<_, _> = files
        .0
        .keys()
        .map(|file| (file, files.imports(file)))
        .collect();
    // What a file reaches, by as many steps as it takes.
    let reached = |from: &Vec<String>| {
        let (mut seen, mut todo) = (BTreeSet::new(), vec![from]);
        while let Some(file) = todo.pop() {
            for next in &imports[file] {
                if seen.insert(next) {
                    todo.push(next);
                }
            }
        }
        seen
    };
    let all: BTreeMap<_, _> = imports.keys().map(|file| (*file, reached(file))).collect();
    let mut circles: BTreeSet<Vec<String>> = BTreeSet::new();
    for (file, reached) in &all {
        if reached.contains(file) {
            let others = reached.iter().filter(|other| all[**other].contains(file));
            circles.insert(others.map(|file| file.join("/")).collect());
        }
    }
    let edges = imports.values().map(BTreeSet::len).sum();
    (edges, circles.into_iter().collect())
}

#[test]
fn a_circle_is_found_through_names_that_a_file_hands_on() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("lib.rs", "mod a;\nmod b;\nmod c;\npub use a::A;\n");
    write("a.rs", "use crate::b::B;\npub struct A(B);\n");
    write("b.rs", "// use crate::a::A;\npub struct B;\n");
    write("c.rs", "use crate::A;\npub struct C(A);\n");
    assert_eq!(circles(folder.path()), (2, Vec::new()));
    write("b.rs", "use crate::c::C;\npub struct B(C);\n");
    let circle = ["a", "b", "c"].map(str::to_owned).to_vec();
    assert_eq!(circles(folder.path()), (3, vec![circle]));
}
