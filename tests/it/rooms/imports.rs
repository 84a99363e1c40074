//! The imports of a Rust file, as far as they lead into its crate.

use std::collections::BTreeSet;

/// A file without its comments and its inline tests.
pub(super) fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    let lines = text.lines();
    let lines = lines.filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// The paths of a use tree, such as `a::{b, c::d}`, each whole.
pub(super) fn paths(tree: &str) -> Vec<String> {
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

/// The path of a module or an item at the start of a text, without what follows it.
fn path_at(text: &str) -> String {
    let is_path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    let path: String = text.chars().take_while(|c| is_path(*c)).collect();
    path.trim_end_matches(':').to_owned()
}

/// The paths that a file names behind a prefix such as `crate::` or `super::`, in imports and elsewhere.
pub(super) fn behind(code: &str, prefix: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (place, _) in code.match_indices(prefix) {
        let before = &code[..place];
        if before.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':') {
            continue;
        }
        let rest = &code[place + prefix.len()..];
        if before.ends_with("use ") {
            let tree = rest.split(';').next().unwrap_or_default();
            let tree = match tree.strip_prefix('{') {
                Some(inner) => inner.trim_end().trim_end_matches('}'),
                None => tree,
            };
            found.extend(paths(tree).iter().map(|path| path_at(path)));
        } else {
            found.insert(path_at(rest));
        }
    }
    found
}

#[test]
fn imports_are_read_as_they_are_written() {
    let text =
        "use crate::{Error, a::{self, b::C}, d::E};\nfn f() { crate::g::h() }\n// crate::no\n";
    let found: Vec<String> = behind(&code(text), "crate::").into_iter().collect();
    assert_eq!(found, ["Error", "a::b::C", "a::self", "d::E", "g::h"]);
    let text = "use super::x::Y;\n#[cfg(test)]\nmod tests { use super::z; }";
    let found: Vec<String> = behind(&code(text), "super::").into_iter().collect();
    assert_eq!(found, ["x::Y"]);
}
