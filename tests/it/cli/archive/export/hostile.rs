//! Texts and names that want to be something else.

use std::collections::BTreeSet;

use super::*;

/// Names that Windows keeps for devices.
const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "com1", "lpt1"];

#[test]
fn no_cell_is_a_formula_unless_that_is_asked_for() {
    let (folder, archive, out) = archived(NOW);
    export(&archive, &out, &["--quiet"], 0);
    let formulas = |out: &Path| {
        let documents = table(&out.join("documents.csv"));
        let lines = entry_lines(out).into_iter().chain(documents);
        lines
            .flat_map(BTreeMap::into_values)
            .filter(|it| is_formula(it))
            .count()
    };
    assert_eq!(formulas(&out), 0);
    let raw = folder.path().join("raw");
    export(&archive, &raw, &["--quiet", "--csv-raw"], 0);
    assert!(formulas(&raw) > 0);
    // Taking the apostrophe away gives the text.
    let texts = |out: &Path, undo: bool| -> Vec<String> {
        let lines = entry_lines(out).into_iter();
        let texts = lines.map(|line| line["text"].clone());
        texts
            .map(|it| {
                if undo {
                    cell(&it).to_owned()
                } else {
                    it.replace('\0', "\u{fffd}")
                }
            })
            .collect()
    };
    assert_eq!(texts(&out, true), texts(&raw, false));
}

#[test]
fn no_file_leaves_the_folder_and_every_name_is_one_everywhere() {
    let (folder, archive, out) = archived(NOW);
    let before: Vec<_> = folder
        .path()
        .read_dir()
        .unwrap()
        .flatten()
        .map(|it| it.file_name())
        .collect();
    export(&archive, &out, &["--quiet"], 0);
    let after = folder.path().read_dir().unwrap().count();
    assert_eq!(after, before.len() + 1);
    let names: Vec<String> = records(&out)
        .iter()
        .flat_map(|record| {
            let files = record["files"].as_array().unwrap().clone();
            files
                .into_iter()
                .filter_map(|file| file["name"].as_str().map(str::to_owned))
        })
        .collect();
    let is_hostile = |name: &&String| {
        let is_odd = |c: char| c.is_control() || "/\\\u{202e}".contains(c);
        name.contains(is_odd) || name.len() > 120 || name.ends_with([' ', '.'])
    };
    let hostile: BTreeSet<_> = names.iter().filter(is_hostile).collect();
    assert!(hostile.len() >= 4, "{hostile:?}");
    assert_whole(&out);
    let mut folded = BTreeSet::new();
    for path in tree(&out).into_keys() {
        assert!(folded.insert(path.to_lowercase()), "{path}");
        for part in path.split('/') {
            assert!(
                !part.is_empty() && part != "." && part != ".." && part.len() <= 120,
                "{path}"
            );
            assert!(
                !part.ends_with(['.', ' ']) && !part.starts_with(['.', '-', ' ']),
                "{path}"
            );
            let is_odd = |c: char| c.is_control() || "\\:*?\"<>|\u{202e}\u{200f}".contains(c);
            assert!(!part.contains(is_odd), "{path}");
            let stem = part.split('.').next().unwrap().trim().to_lowercase();
            assert!(!DEVICES.contains(&&*stem), "{path}");
        }
    }
}

#[test]
fn a_byte_order_mark_is_there_only_where_it_is_asked_for() {
    let (folder, archive, out) = archived(SMALL);
    let marked = folder.path().join("marked");
    export(&archive, &out, &["--quiet"], 0);
    export(&archive, &marked, &["--quiet", "--bom"], 0);
    let own = tree(&marked)
        .into_iter()
        .filter(|(path, _)| !path.starts_with("files/"));
    for (path, bytes) in own {
        let has_mark = bytes.starts_with("\u{feff}".as_bytes());
        assert_eq!(has_mark, path.ends_with(".csv"), "{path}");
        let first = bytes.split_inclusive(|byte| *byte == b'\n').next();
        let ends_as_rfc_4180_says = first.is_some_and(|line| line.ends_with(b"\r\n"));
        assert_eq!(ends_as_rfc_4180_says, path.ends_with(".csv"), "{path}");
    }
    assert_eq!(entry_lines(&out), entry_lines(&marked));
}
