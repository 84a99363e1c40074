//! CSV: lines of RFC 4180, in which no text is a formula.

use std::borrow::Cow;

use csv::{QuoteStyle, Terminator, WriterBuilder};
use unicode_width::UnicodeWidthChar;

/// What Excel for Windows takes for UTF-8.
pub(super) const MARK: &[u8] = "\u{feff}".as_bytes();

/// Writes cells as lines.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cells {
    /// Whether a text that a spreadsheet would compute stays as it is.
    pub(super) raw: bool,
}

impl Cells {
    /// A line, with CR and LF at its end.
    pub(super) fn line<'a>(self, cells: impl IntoIterator<Item = Cow<'a, str>>) -> Vec<u8> {
        let mut writer = WriterBuilder::new()
            .terminator(Terminator::CRLF)
            .quote_style(QuoteStyle::Necessary)
            .buffer_capacity(1024)
            .from_writer(Vec::new());
        for cell in cells {
            let cell = match self.raw {
                true => cell,
                false => harmless(cell),
            };
            writer
                .write_field(cell.as_bytes())
                .expect("memory can be written to");
        }
        writer
            .write_record(None::<&[u8]>)
            .expect("memory can be written to");
        writer.into_inner().expect("memory can be written to")
    }
}

/// A text with an apostrophe before what a spreadsheet would compute, and before such a text that has apostrophes already: so
/// taking one away gives the text. NUL, at which many readers end, is replaced.
fn harmless(cell: Cow<'_, str>) -> Cow<'_, str> {
    let cell = match cell.contains('\0') {
        true => Cow::Owned(cell.replace('\0', "\u{fffd}")),
        false => cell,
    };
    match is_formula(cell.trim_start_matches('\'')) {
        true => Cow::Owned(format!("'{cell}")),
        false => cell,
    }
}

/// Whether a spreadsheet may take a text for a formula: by its first character that is seen, which is neither a space nor
/// without a width. The wide forms count where Excel speaks Chinese, Japanese or Korean.
fn is_formula(cell: &str) -> bool {
    let is_unseen = |c: char| c.is_whitespace() || c.width().unwrap_or(0) == 0;
    let first = cell.trim_start_matches(is_unseen).chars().next();
    cell.starts_with(['\t', '\r', '\n'])
        || matches!(
            first,
            Some('=' | '+' | '-' | '@' | '\u{ff1d}' | '\u{ff0b}' | '\u{ff0d}' | '\u{ff20}')
        )
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::Cells;

    fn line(raw: bool, cells: &[&str]) -> String {
        let cells = cells.iter().map(|cell| Cow::Borrowed(*cell));
        String::from_utf8(Cells { raw }.line(cells)).expect("text")
    }

    #[test]
    fn what_a_spreadsheet_would_compute_gets_an_apostrophe() {
        for text in [
            "=1+1",
            "+1",
            "-1",
            "@SUM(1)",
            " =1",
            "\u{a0}=1",
            "\u{feff}=1",
            "\u{200e}+1",
            "\u{ad}=1",
            "\u{34f}=1",
            "\u{180e}=1",
            "\u{fe0f}\u{301}-1",
            "\u{e0041}=1",
            "＝1",
        ] {
            assert_eq!(line(false, &[text]), format!("'{text}\r\n"));
            assert_eq!(line(true, &[text]), format!("{text}\r\n"));
        }
        for text in ["\t1", "\r1", "\n1", "\t=1"] {
            assert!(
                line(false, &[text])
                    .trim_start_matches('"')
                    .starts_with('\'')
            );
        }
        assert_eq!(line(false, &["'=1"]), "''=1\r\n");
        for text in ["a=1", "1-1", "'", "[1]", "ä"] {
            assert_eq!(line(false, &[text]), format!("{text}\r\n"));
        }
    }

    #[test]
    fn lines_are_those_of_rfc_4180() {
        let cells = ["a,b", "say \"x\"", "two\nlines", "", "last"];
        let expected = "\"a,b\",\"say \"\"x\"\"\",\"two\nlines\",,last\r\n";
        assert_eq!(line(false, &cells), expected);
        assert_eq!(line(false, &["a\0b"]), "a\u{fffd}b\r\n");
        assert_eq!(line(false, &[""]), "\"\"\r\n");
    }
}
