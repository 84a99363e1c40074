//! Cuts pages out of lists, and makes the token of the next page (U6, U7).

use std::ops::Range;

use super::page_token::PageToken;
use crate::settings::{Duplicates, ModificationsOn, PageFill, PageTokens, Settings};

/// One page: ranges of the lists it is cut from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Page {
    pub(crate) items: Range<usize>,
    pub(crate) edited: Range<usize>,
    pub(crate) deleted: Range<usize>,
    /// Where the next page begins, if there is one.
    pub(crate) next: Option<PageToken>,
}

/// The lengths of the lists a page is cut from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lengths {
    pub(crate) items: usize,
    pub(crate) edited: usize,
    pub(crate) deleted: usize,
}

/// Cuts the page that `token` leads to; for a first page it is a token with
/// page 1 and nothing given. `after` finds the first item behind a place, `place_of` the
/// place of an item.
pub(crate) fn cut(
    settings: &Settings,
    token: &PageToken,
    lengths: Lengths,
    page_size: usize,
    after: impl Fn((i64, u64)) -> usize,
    place_of: impl Fn(usize) -> (i64, u64),
) -> Page {
    let begin = match settings.page_tokens {
        PageTokens::Key if token.skip > 0 => after(token.place),
        PageTokens::Key | PageTokens::Offset | PageTokens::Snapshot => token.skip,
    }
    .min(lengths.items);
    let size = match settings.page_fill {
        PageFill::Full => page_size,
        PageFill::Short => page_size.div_ceil(2),
        PageFill::Gaps if token.page % 3 == 2 => 0,
        PageFill::Gaps => page_size,
    };
    let end = (begin + size).min(lengths.items);
    let more = end < lengths.items;
    let twice = settings.duplicates == Duplicates::Some && token.page % 2 == 1 && end > begin + 1;
    let back = usize::from(twice);

    let shares = if token.page == 1 {
        let pages = lengths.items.div_ceil(page_size).max(1);
        (
            lengths.edited.div_ceil(pages),
            lengths.deleted.div_ceil(pages),
        )
    } else {
        token.shares
    };
    let changes = |given: usize, share: usize, length: usize| match settings.modifications_on {
        ModificationsOn::EveryPage => 0..length,
        ModificationsOn::FirstPage if token.page == 1 => 0..length,
        ModificationsOn::FirstPage => 0..0,
        ModificationsOn::Spread => {
            let begin = given.min(length);
            begin..if more {
                (begin + share).min(length)
            } else {
                length
            }
        }
    };
    let edited = changes(token.changes.0, shares.0, lengths.edited);
    let deleted = changes(token.changes.1, shares.1, lengths.deleted);

    let next = more.then(|| PageToken {
        page: token.page + 1,
        skip: end - back,
        place: if end == 0 || end == begin {
            token.place
        } else {
            place_of(end - 1 - back)
        },
        changes: (edited.end, deleted.end),
        shares,
        ..*token
    });
    Page {
        items: begin..end,
        edited,
        deleted,
        next,
    }
}

#[cfg(test)]
mod tests {
    use super::{Lengths, Page, cut};
    use crate::http::report::page_token::PageToken;
    use crate::settings::{ModificationsOn, PageFill, PageTokens, Settings};

    fn pages(settings: &str, lengths: (usize, usize, usize), page_size: usize) -> Vec<Page> {
        let settings: Settings = settings.parse().expect("valid settings");
        let mut token = PageToken {
            page: 1,
            ..PageToken::default()
        };
        let mut pages = Vec::new();
        loop {
            let lengths = Lengths {
                items: lengths.0,
                edited: lengths.1,
                deleted: lengths.2,
            };
            let place = |item: usize| (item as i64, 0);
            let page = cut(
                &settings,
                &token,
                lengths,
                page_size,
                |at| at.0 as usize + 1,
                place,
            );
            let next = page.next;
            pages.push(page);
            match next {
                Some(next) => token = next,
                None => return pages,
            }
        }
    }

    #[test]
    fn pages_join_without_a_gap_whatever_the_choices() {
        for tokens in PageTokens::ALL {
            for fill in PageFill::ALL {
                for on in ModificationsOn::ALL {
                    let text =
                        format!("page_tokens={tokens},page_fill={fill},modifications_on={on}");
                    let pages = pages(&text, (95, 13, 2), 10);
                    let items: Vec<usize> = pages.iter().flat_map(|p| p.items.clone()).collect();
                    assert_eq!(items, (0..95).collect::<Vec<_>>(), "{text}");
                    let edited: Vec<usize> = pages.iter().flat_map(|p| p.edited.clone()).collect();
                    let times = if *on == ModificationsOn::EveryPage {
                        pages.len()
                    } else {
                        1
                    };
                    assert_eq!(edited.len(), 13 * times, "{text}");
                }
            }
        }
    }

    #[test]
    fn spread_changes_stand_on_several_pages() {
        let pages = pages("modifications_on=spread", (95, 13, 2), 10);
        assert!(pages.iter().filter(|page| !page.edited.is_empty()).count() > 3);
    }

    #[test]
    fn gaps_are_empty_pages_with_a_token() {
        let pages = pages("page_fill=gaps", (95, 0, 0), 10);
        let gaps = pages
            .iter()
            .filter(|p| p.items.is_empty() && p.next.is_some())
            .count();
        assert!(gaps >= 3);
    }

    #[test]
    fn duplicates_repeat_the_last_item_of_a_page() {
        let pages = pages("duplicates=some", (95, 0, 0), 10);
        assert_eq!(pages[0].items, 0..10);
        assert_eq!(pages[1].items, 9..19);
    }

    #[test]
    fn nothing_is_one_empty_page() {
        let pages = pages("modifications_on=spread", (0, 3, 1), 10);
        assert_eq!(pages.len(), 1);
        assert_eq!(
            (pages[0].edited.clone(), pages[0].deleted.clone()),
            (0..3, 0..1)
        );
    }
}
