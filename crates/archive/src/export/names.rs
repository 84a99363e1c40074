//! Names of files as senders chose them, made safe for every common file system.

use std::collections::HashSet;

use unicode_normalization::UnicodeNormalization;

/// The longest name, in bytes.
const LONGEST: usize = 120;
/// The longest end of a name that is kept when the name is shortened, in bytes, with its dot.
const LONGEST_END: usize = 20;
/// What stands behind the name of a file that is missing.
const MISSING: &str = ".MISSING.txt";

/// Names that Windows keeps for devices, whatever stands behind a dot.
const DEVICES: [&str; 7] = ["CON", "PRN", "AUX", "NUL", "CLOCK$", "CONIN$", "CONOUT$"];

/// The names that are taken in one folder.
#[derive(Debug, Default)]
pub(super) struct Names(HashSet<String>);

impl Names {
    /// A safe name for a file that was called `name`. No two are the same, not even where case or the way to write an
    /// accent does not count.
    pub(super) fn take(&mut self, name: &str) -> String {
        self.numbered(&safe(name, LONGEST), LONGEST, "")
    }

    /// The name of the text that stands for a file which is missing.
    pub(super) fn take_missing(&mut self, name: &str) -> String {
        let longest = LONGEST - MISSING.len();
        self.numbered(&safe(name, longest), longest, MISSING)
    }

    fn numbered(&mut self, name: &str, longest: usize, end: &str) -> String {
        let mut candidate = format!("{name}{end}");
        let mut number: u64 = 1;
        while !self.0.insert(folded(&candidate)) {
            number += 1;
            candidate = with_number(name, number, longest) + end;
        }
        candidate
    }
}

/// The form in which names are the same to systems that ignore case and the way to write an accent.
fn folded(name: &str) -> String {
    let decomposed: String = name.nfd().collect();
    let folded = decomposed.to_uppercase().to_lowercase();
    folded.nfd().collect()
}

/// A name that is a name everywhere, with at most this many bytes.
fn safe(name: &str, longest: usize) -> String {
    let name: String = name.chars().map(safe_char).collect();
    let name = name.trim().trim_end_matches(is_end);
    // A dot hides a file, a minus makes it look like an option.
    let lead = name.find(|c: char| !matches!(c, '.' | '-'));
    let name = match (name, lead) {
        ("", _) => return "file".to_owned(),
        (_, Some(0)) => name.to_owned(),
        (_, lead) => format!("_{}", &name[lead.unwrap_or(name.len())..]),
    };
    let name = match is_device(&name) {
        true => format!("_{name}"),
        false => name,
    };
    shortened(&name, longest)
}

fn safe_char(c: char) -> char {
    match c {
        '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' => '_',
        // What turns the direction of text, or is not seen.
        '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' => '_',
        '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' => '_',
        '\u{e0000}'..='\u{e0fff}' => '_',
        c if c.is_control() => '_',
        c if c.is_whitespace() => ' ',
        c => c,
    }
}

/// Windows drops these at the end of a name.
fn is_end(c: char) -> bool {
    c == '.' || c.is_whitespace()
}

fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end();
    let stem = stem.to_uppercase();
    let is_port = |port: &str| {
        let number = stem.strip_prefix(port);
        number.is_some_and(|number| {
            let mut digits = number.chars();
            matches!(
                (digits.next(), digits.next()),
                (Some('0'..='9' | '¹' | '²' | '³'), None)
            )
        })
    };
    DEVICES.contains(&stem.as_str()) || is_port("COM") || is_port("LPT")
}

/// The name before its last dot, and the rest with the dot. A long rest is no ending.
fn parts(name: &str) -> (&str, &str) {
    match name.rfind('.') {
        Some(at) if at > 0 && name.len() - at <= LONGEST_END => name.split_at(at),
        _ => (name, ""),
    }
}

fn shortened(name: &str, longest: usize) -> String {
    if name.len() <= longest {
        return name.to_owned();
    }
    let (stem, end) = parts(name);
    let stem = cut(stem, longest - end.len().min(longest));
    // What is cut may end in a space or a dot.
    match (stem.trim_end_matches(is_end), end) {
        (stem, "") => stem.to_owned(),
        (stem, end) => format!("{stem}{end}"),
    }
}

fn cut(text: &str, longest: usize) -> &str {
    let end = (0..=longest.min(text.len())).rev();
    let end = end.into_iter().find(|end| text.is_char_boundary(*end));
    &text[..end.unwrap_or(0)]
}

fn with_number(name: &str, number: u64, longest: usize) -> String {
    let (stem, end) = parts(name);
    let number = format!(" ({number})");
    let stem = cut(stem, longest.saturating_sub(number.len() + end.len()));
    format!("{}{number}{end}", stem.trim_end_matches(is_end))
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, Names, safe};

    #[test]
    fn no_name_leaves_its_folder_or_means_something_to_a_system() {
        for (name, expected) in [
            ("../../etc/passwd", "__.._etc_passwd"),
            ("..", "file"),
            ("", "file"),
            (" . ", "file"),
            ("/absolute.txt", "_absolute.txt"),
            ("C:\\boot.ini", "C__boot.ini"),
            ("CON", "_CON"),
            ("nul .tar.gz", "_nul .tar.gz"),
            ("com¹.txt", "_com¹.txt"),
            ("COM10", "COM10"),
            ("console.log", "console.log"),
            ("trailing. ", "trailing"),
            ("zero\0byte.txt", "zero_byte.txt"),
            ("gpj.\u{202e}exe.txt", "gpj._exe.txt"),
            (".bashrc", "_bashrc"),
            ("-rf", "_rf"),
            ("a\nb", "a_b"),
            ("図面.png", "図面.png"),
        ] {
            assert_eq!(safe(name, LONGEST), expected, "{name:?}");
        }
    }

    #[test]
    fn a_long_name_keeps_its_end() {
        let name = safe(&format!("{}.docx", "ä".repeat(500)), LONGEST);
        assert!(name.ends_with("ä.docx") && name.len() <= LONGEST, "{name}");
        let name = safe(&"x.".repeat(500), LONGEST);
        assert!(name.len() <= LONGEST && !name.ends_with('.'), "{name}");
        let name = Names::default().take_missing(&"y".repeat(500));
        assert_eq!(name.len(), LONGEST);
    }

    #[test]
    fn names_that_a_system_takes_for_one_are_numbered() {
        let mut names = Names::default();
        assert_eq!(names.take("Report.pdf"), "Report.pdf");
        assert_eq!(names.take("REPORT.PDF"), "REPORT (2).PDF");
        assert_eq!(names.take("report.pdf"), "report (3).pdf");
        assert_eq!(names.take("re\u{301}sume\u{301}"), "re\u{301}sume\u{301}");
        assert_eq!(names.take("r\u{e9}sum\u{e9}"), "r\u{e9}sum\u{e9} (2)");
        assert_eq!(names.take("Straße"), "Straße");
        assert_eq!(names.take("STRASSE"), "STRASSE (2)");
        let long = "z".repeat(500);
        assert_ne!(names.take(&long), names.take(&long));
        assert!(names.take(&long).len() <= LONGEST);
    }
}
