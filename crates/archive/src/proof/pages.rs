//! How full the pages of an account are: the number of requests that a window of several pages takes.

use serde::{Deserialize, Serialize};
use zoom_chat_reports::Axis;

use crate::facts;

/// The largest number of messages on a page.
const PAGE: u64 = 100;

/// Pages of windows that took several.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Pages {
    /// The pages that their messages fill.
    full: u64,
    /// The pages that came.
    read: u64,
}

impl Pages {
    pub(super) fn add(&mut self, row: &facts::Window) {
        let is_plain = row.restarts == 0 && row.rereads == 0;
        if row.options.axis == Axis::Sent && row.pages > 1 && is_plain {
            self.full += row.sent.div_ceil(PAGE).max(1);
            // The first page was read twice.
            self.read += u64::from(row.pages) - 1;
        }
    }

    /// The requests that a window with this many messages takes: one for each page, and another for the first page if
    /// there are several.
    pub(crate) fn requests(&self, messages: u64) -> u64 {
        let full = messages.div_ceil(PAGE).max(1);
        // Rounded to the nearest: the last page of a window, and its padding, are not counted in full.
        let pages = match self.full {
            0 => full,
            of => ((2 * full * self.read + of) / (2 * of)).max(full),
        };
        pages + u64::from(pages > 1)
    }
}

#[cfg(test)]
mod tests {
    use super::Pages;

    #[test]
    fn a_window_takes_as_many_pages_as_those_before_did() {
        let unknown = Pages::default();
        assert_eq!(
            [0, 100, 101, 250].map(|n| unknown.requests(n)),
            [1, 1, 3, 4]
        );
        let full = Pages { full: 40, read: 42 };
        assert_eq!([100, 250].map(|n| full.requests(n)), [1, 4]);
        let half = Pages { full: 40, read: 80 };
        assert_eq!([60, 250].map(|n| half.requests(n)), [3, 7]);
    }
}
