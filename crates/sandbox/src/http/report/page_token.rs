//! Page tokens: their content, and the check against forged ones and against use
//! for another question.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::hash;

/// The content of a page token. Times are epoch ms of the sandbox's clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct PageToken {
    /// A hash of the question it belongs to.
    pub(crate) question: u64,
    /// The page that it leads to, from 1.
    pub(crate) page: u32,
    /// How many items to skip.
    pub(crate) skip: usize,
    /// The place of the last item given.
    pub(crate) place: (i64, u64),
    /// How many edited and deleted items were given.
    pub(crate) changes: (usize, usize),
    /// How many edited and deleted items stand on a page.
    pub(crate) shares: (usize, usize),
    /// When it was issued.
    pub(crate) issued: i64,
    /// When the first page of its window was given.
    pub(crate) first: i64,
    /// How many times messages had vanished before that.
    pub(crate) vanished: usize,
}

impl PageToken {
    /// The opaque form.
    pub(crate) fn encode(&self, seed: u64) -> String {
        let fields = format!(
            "{:x},{},{},{},{:x},{},{},{},{},{},{},{}",
            self.question,
            self.page,
            self.skip,
            self.place.0,
            self.place.1,
            self.changes.0,
            self.changes.1,
            self.shares.0,
            self.shares.1,
            self.issued,
            self.first,
            self.vanished,
        );
        let check = hash::text(seed ^ CHECK, &fields);
        URL_SAFE_NO_PAD.encode(format!("{fields},{check:x}"))
    }

    /// Reads the opaque form; `None` for anything that this sandbox did not issue.
    pub(crate) fn decode(seed: u64, token: &str) -> Option<Self> {
        let raw = String::from_utf8(URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
        let (fields, check) = raw.rsplit_once(',')?;
        if u64::from_str_radix(check, 16).ok()? != hash::text(seed ^ CHECK, fields) {
            return None;
        }
        let fields: Vec<&str> = fields.split(',').collect();
        let [
            question,
            page,
            skip,
            time,
            key,
            edited,
            deleted,
            edits,
            deletes,
            issued,
            first,
            vanished,
        ] = fields[..]
        else {
            return None;
        };
        Some(Self {
            question: u64::from_str_radix(question, 16).ok()?,
            page: page.parse().ok()?,
            skip: skip.parse().ok()?,
            place: (time.parse().ok()?, u64::from_str_radix(key, 16).ok()?),
            changes: (edited.parse().ok()?, deleted.parse().ok()?),
            shares: (edits.parse().ok()?, deletes.parse().ok()?),
            issued: issued.parse().ok()?,
            first: first.parse().ok()?,
            vanished: vanished.parse().ok()?,
        })
    }
}

const CHECK: u64 = 0x70A6_E70C;

/// A number for a question: its path and every parameter but the page token.
pub(crate) fn question(seed: u64, path: &str, query: &[(String, String)]) -> u64 {
    let mut parts: Vec<u64> = query
        .iter()
        .filter(|(name, _)| name != "next_page_token")
        .map(|(name, value)| hash::join(hash::text(seed, name), &[hash::text(seed, value)]))
        .collect();
    parts.sort_unstable();
    hash::join(hash::text(seed, path), &parts)
}

#[cfg(test)]
mod tests {
    use super::{PageToken, question};

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn a_token_comes_back_and_a_changed_one_does_not() {
        let token = PageToken {
            question: u64::MAX,
            page: 3,
            skip: 200,
            place: (-5, 9),
            changes: (1, 2),
            shares: (3, 4),
            issued: 1_795_000_000_000,
            first: 1,
            vanished: 2,
        };
        let text = token.encode(7);
        assert_eq!(PageToken::decode(7, &text), Some(token));
        assert_eq!(PageToken::decode(8, &text), None);
        assert_eq!(PageToken::decode(7, &text[1..]), None);
        assert_eq!(PageToken::decode(7, ""), None);
    }

    #[test]
    fn a_question_is_its_path_and_all_parameters_but_the_token() {
        let asked = pairs(&[("from", "2026-11-01"), ("to", "2026-11-02")]);
        let again = pairs(&[
            ("to", "2026-11-02"),
            ("from", "2026-11-01"),
            ("next_page_token", "x"),
        ]);
        assert_eq!(question(7, "a", &asked), question(7, "a", &again));
        assert_ne!(question(7, "a", &asked), question(7, "b", &asked));
        assert_ne!(question(7, "a", &asked), question(7, "a", &asked[..1]));
        let swapped = pairs(&[("to", "2026-11-01"), ("from", "2026-11-02")]);
        assert_ne!(question(7, "a", &asked), question(7, "a", &swapped));
    }
}
