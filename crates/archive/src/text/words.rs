//! The language of queries: words, phrases, and what is not wanted.

use std::{fmt, ops::Range};

use memchr::memmem::Finder;

use super::fold::{Folded, fold};

/// The number of groups of three characters that the index is asked for: more narrow it no further.
const GROUPS: usize = 100;

/// A query: the words and phrases that a message must hold, and those that it must not hold.
///
/// Words are separated by white space, and each may be any part of a word of the message. Quotation marks make one
/// phrase of several words; an unclosed one takes the rest. A minus sign before a word or a phrase excludes messages
/// that hold it. Case and accents are ignored, as [`fold`](crate::fold) tells.
#[derive(Clone)]
pub struct SearchQuery {
    wanted: Vec<Finder<'static>>,
    unwanted: Vec<Finder<'static>>,
}

/// The place in a message where a query was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// The text holds all words, or none was asked for.
    Text,
    /// The file with this number is the first whose name holds a word that the text lacks.
    File(usize),
}

impl SearchQuery {
    /// Reads a query. Every text is one.
    #[must_use]
    pub fn parse(query: &str) -> Self {
        let mut this = Self {
            wanted: Vec::new(),
            unwanted: Vec::new(),
        };
        let mut rest = query.trim_start();
        while !rest.is_empty() {
            let (is_wanted, term, after) = term(rest);
            let folded = fold(term);
            let terms = match is_wanted {
                true => &mut this.wanted,
                false => &mut this.unwanted,
            };
            let is_known = |known: &Finder<'_>| known.needle() == folded.as_bytes();
            // A long query is no reason to compare each term with all others.
            if !folded.is_empty() && !terms.iter().rev().take(GROUPS).any(is_known) {
                terms.push(Finder::new(&*folded).into_owned());
            }
            rest = after.trim_start();
        }
        this
    }

    /// Whether it neither asks for a word nor excludes one: every message fits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.wanted.is_empty() && self.unwanted.is_empty()
    }

    /// Whether it asks for any word.
    pub(crate) fn asks(&self) -> bool {
        !self.wanted.is_empty()
    }

    /// The first part of a text that is a wanted word or phrase, in bytes.
    #[must_use]
    pub fn find(&self, text: &str) -> Option<Range<usize>> {
        let text = Folded::new(text);
        let places = self.wanted.iter().filter_map(|term| text.find(term));
        places.min_by_key(|place| place.start)
    }

    /// Where a message with this text and these names of files holds everything that is wanted; `None` if it does not,
    /// or holds something that is not wanted.
    pub(crate) fn look<'a>(
        &self,
        text: &str,
        names: impl IntoIterator<Item = &'a str>,
    ) -> Option<Found> {
        let text = fold(text);
        let names: Vec<_> = names.into_iter().map(fold).collect();
        let in_text = |term: &Finder<'_>| term.find(text.as_bytes()).is_some();
        let in_names = |term: &Finder<'_>| {
            let mut names = names.iter();
            names.position(|name| term.find(name.as_bytes()).is_some())
        };
        let mut found = Found::Text;
        for term in &self.wanted {
            if !in_text(term) {
                let file = in_names(term)?;
                if found == Found::Text {
                    found = Found::File(file);
                }
            }
        }
        let is_excluded = |term| in_text(term) || in_names(term).is_some();
        (!self.unwanted.iter().any(is_excluded)).then_some(found)
    }

    /// Groups of three characters that everything found holds, as a query to the index; `None` if all words are
    /// shorter.
    pub(crate) fn groups(&self) -> Option<String> {
        let mut groups = Vec::new();
        for term in &self.wanted {
            let term = String::from_utf8_lossy(term.needle());
            let chars: Vec<char> = term.chars().take(GROUPS + 2).collect();
            groups.extend(chars.windows(3).map(|group| {
                let group: String = group.iter().collect();
                format!("\"{}\"", group.replace('"', "\"\""))
            }));
            if groups.len() >= GROUPS {
                break;
            }
        }
        groups.truncate(GROUPS);
        (!groups.is_empty()).then(|| groups.join(" AND "))
    }
}

impl fmt::Debug for SearchQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SearchQuery")
            .field("wanted", &self.wanted.len())
            .field("unwanted", &self.unwanted.len())
            .finish()
    }
}

/// The first term of a query, whether it is wanted, and the rest. The query begins with no white space.
fn term(query: &str) -> (bool, &str, &str) {
    let is_end = |c: char| c.is_whitespace();
    let (is_wanted, rest) = match query.strip_prefix('-') {
        // A minus sign alone is text.
        Some(rest) if !rest.is_empty() && !rest.starts_with(is_end) => (false, rest),
        _ => (true, query),
    };
    // Word processors turn quotation marks.
    const QUOTES: [char; 6] = ['"', '“', '”', '„', '«', '»'];
    let (term, rest) = match rest.strip_prefix(QUOTES) {
        Some(phrase) => phrase.split_once(QUOTES).unwrap_or((phrase, "")),
        None => rest.split_at(rest.find(is_end).unwrap_or(rest.len())),
    };
    (is_wanted, term, rest)
}

#[cfg(test)]
mod tests {
    use super::{Found, SearchQuery};

    fn finds(query: &str, text: &str) -> bool {
        SearchQuery::parse(query).look(text, []).is_some()
    }

    #[test]
    fn several_words_mean_all_of_them_in_any_order() {
        assert!(finds("plan budget", "The budget, as planned"));
        assert!(!finds("plan budget", "The budget"));
        assert!(finds("UDG", "The budget"));
        assert!(finds("b b b", "b"));
    }

    #[test]
    fn a_phrase_means_these_words_in_this_order_as_written() {
        assert!(finds("\"the budget\"", "Is THE Budget done?"));
        assert!(!finds("\"the budget\"", "the new budget"));
        assert!(!finds("\"the budget\"", "the  budget"));
        assert!(finds("\"the budget\" done", "done: the budget"));
        assert!(finds("\"one\"two", "two one"));
        assert!(finds("\"the budget", "Is the budget done?"));
        assert!(!finds("\"the budget done", "done: the budget"));
    }

    #[test]
    fn a_minus_means_without() {
        assert!(finds("budget -draft", "the budget"));
        assert!(!finds("budget -draft", "the budget DRAFT"));
        assert!(finds(
            "budget -\"first draft\"",
            "first: a draft of the budget"
        ));
        assert!(!finds("budget -\"first draft\"", "the budget, first draft"));
        assert!(finds("-draft", "anything") && !finds("-draft", "Drafts"));
        // Within a word, alone and in a phrase it is text.
        assert!(finds("a-b", "a-b") && finds("a - b", "a - b") && !finds("a - b", "a b"));
        assert!(finds("\"-5\"", "it is -5") && !finds("\"-5\"", "it is 5"));
    }

    #[test]
    fn an_empty_query_selects_everything() {
        for query in ["", "  \n", "\"", "\"\"", "-\"\"", "\u{301}"] {
            assert_eq!(
                SearchQuery::parse(query).look("any text", []),
                Some(Found::Text),
                "{query:?}"
            );
            assert!(!SearchQuery::parse(query).asks());
            assert_eq!(SearchQuery::parse(query).groups(), None);
        }
    }

    #[test]
    fn words_of_other_languages_of_queries_are_text() {
        assert!(finds("this OR that", "that or this") && !finds("this OR that", "this"));
        assert!(finds("bud*", "bud*get") && !finds("bud*", "budget"));
        assert!(finds("50%_\\", "50%_\\") && !finds("5_%", "500%"));
        assert!(finds("5\"", "a 5\" disk") && !finds("5\"", "a 5 disk"));
    }

    #[test]
    fn a_word_may_be_in_the_text_or_in_the_name_of_a_file() {
        let look = |query: &str| {
            let names = ["first.pdf", "Über\nsicht.xlsx"];
            SearchQuery::parse(query).look("the budget", names)
        };
        assert_eq!(look("budget"), Some(Found::Text));
        assert_eq!(look("pdf"), Some(Found::File(0)));
        assert_eq!(look("budget ubersicht"), None);
        assert_eq!(look("budget uber sicht pdf"), Some(Found::File(1)));
        assert_eq!(look("budget -pdf"), None);
        assert_eq!(look("-csv"), Some(Found::Text));
    }

    #[test]
    fn the_first_word_in_the_text_is_shown() {
        let text = "die Straße zum Café";
        let shown = SearchQuery::parse("CAFE strasse -x").find(text);
        assert_eq!(&text[shown.expect("it is there")], "Straße");
        assert_eq!(SearchQuery::parse("-x").find(text), None);
    }

    #[test]
    fn the_index_is_asked_for_a_few_groups_of_what_is_wanted() {
        let groups = |query: &str| SearchQuery::parse(query).groups();
        assert_eq!(groups("ab -cde"), None);
        let quoted = groups("A\"BC xy 会議室");
        assert_eq!(
            quoted.as_deref(),
            Some("\"a\"\"b\" AND \"\"\"bc\" AND \"会議室\"")
        );
        let long = groups(&"abcdefgh ijklmnop ".repeat(3000)).expect("groups");
        assert!(long.len() < 2000, "{}", long.len());
    }
}
