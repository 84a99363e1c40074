//! Tables for people: one line a row, fitted to the width of the terminal.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::stderr::escape;

/// The width if the system does not tell it.
const USUAL: usize = 100;
/// Columns of this width or less hold dates and numbers, and never shrink.
const NARROW: usize = 10;
/// The least width of the last column.
const LEAST: usize = 20;

/// The columns of a table; the last takes what the others leave.
#[derive(Debug)]
pub(crate) struct Table {
    widths: Vec<usize>,
}

impl Table {
    /// Makes a table whose columns, except for the last, have these widths on a terminal of usual width. On a narrower
    /// one they shrink.
    pub(crate) fn new(widths: &[usize]) -> Self {
        Self::within(terminal(), widths)
    }

    fn within(width: usize, widths: &[usize]) -> Self {
        let gaps = 2 * widths.len();
        let wanted: usize = widths.iter().sum::<usize>() + gaps + LEAST;
        let too_wide = wanted.saturating_sub(width);
        let wide: usize = widths.iter().filter(|one| **one > NARROW).sum();
        let shrunk = widths.iter().map(|one| match *one > NARROW {
            true => (one - (one * too_wide).div_ceil(wide).min(*one)).max(4),
            false => *one,
        });
        let mut fitted: Vec<usize> = shrunk.collect();
        let taken: usize = fitted.iter().sum::<usize>() + gaps;
        fitted.push(width.saturating_sub(taken).max(LEAST / 2));
        Self { widths: fitted }
    }

    /// A row; texts that are too long are cut.
    pub(crate) fn row(&self, cells: &[&str]) -> String {
        let mut row = String::new();
        for (place, (cell, width)) in cells.iter().zip(&self.widths).enumerate() {
            let cell = fitted(cell, *width);
            row.push_str(&cell);
            if place + 1 < cells.len() {
                let shown = cell.width();
                row.extend(std::iter::repeat_n(' ', width.saturating_sub(shown) + 2));
            }
        }
        row.truncate(row.trim_end().len());
        row.push('\n');
        row
    }
}

/// The width of the terminal.
fn terminal() -> usize {
    let columns = std::env::var("COLUMNS")
        .ok()
        .and_then(|text| text.parse().ok());
    let asked = || terminal_size::terminal_size().map(|(width, _)| width.0.into());
    columns.or_else(asked).unwrap_or(USUAL).max(40)
}

/// A text on one line, cut to a width.
fn fitted(text: &str, width: usize) -> String {
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let line = escape(&line);
    if line.width() <= width {
        return line.into_owned();
    }
    let mut cut = String::new();
    let mut taken = 1;
    for c in line.chars() {
        taken += c.width().unwrap_or(0);
        if taken > width {
            break;
        }
        cut.push(c);
    }
    cut.push('…');
    cut
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr;

    use super::Table;

    #[test]
    fn no_row_is_wider_than_the_terminal_whatever_it_holds() {
        for width in [40, 80, 100, 200] {
            let table = Table::within(width, &[16, 24, 18]);
            let rows = [
                ["2026-06-01 12:00", "general", "Ann", "a short text"],
                [
                    "2026-06-01 12:00",
                    "会議室の長い名前の会議室の長い名前",
                    "Ann",
                    "\u{1b}[2J\nline\ttab",
                ],
                [
                    "x".repeat(90).leak(),
                    "y".repeat(90).leak(),
                    "👋".repeat(90).leak(),
                    "z".repeat(900).leak(),
                ],
            ];
            for cells in rows {
                let row = table.row(&cells);
                assert!(row.trim_end().width() <= width, "{width}: {row}");
                assert_eq!(row.lines().count(), 1, "{row}");
            }
        }
    }
}
