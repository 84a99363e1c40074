//! Texts without the differences that search ignores: case, accents, the width of characters.

use std::{borrow::Cow, iter, ops::Range, sync::LazyLock};

use caseless::Caseless;
use memchr::memmem::Finder;
use unicode_normalization::char::{canonical_combining_class, compose, decompose_compatible};

/// Folds a text: two texts that differ only in case, in accents or in the width of characters become equal.
///
/// Compatible characters become one (Unicode's NFKD), marks and invisible characters are left out, and case is folded
/// in full: `Straße` becomes `strasse`. Letters that only look accented, such as `ø` and `ł`, lose their stroke. Korean
/// syllables and voiced kana stay whole, since their parts are other letters. Line breaks and other white space become
/// spaces, and turned apostrophes straight ones. NUL becomes the replacement character, as in the archive's texts.
///
/// The result of folding stays the same when it is folded again.
#[must_use]
pub fn fold(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        let is_folded = |byte: u8| !is_replaced(byte) && !byte.is_ascii_uppercase();
        if text.bytes().all(is_folded) {
            return Cow::Borrowed(text);
        }
        if !text.bytes().any(is_replaced) {
            return Cow::Owned(text.to_ascii_lowercase());
        }
    }
    let mut folded = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        // Most texts have long parts without accents.
        let plain = rest
            .bytes()
            .position(|byte| !byte.is_ascii() || is_replaced(byte));
        let (plain, others) = rest.split_at(plain.unwrap_or(rest.len()));
        let start = folded.len();
        folded.push_str(plain);
        folded[start..].make_ascii_lowercase();
        let mut others = others.chars();
        if let Some(c) = others.next() {
            append(&mut folded, c);
        }
        rest = others.as_str();
    }
    Cow::Owned(folded)
}

/// Whether another character takes the place of this one: of NUL, and of tabs and line breaks.
fn is_replaced(byte: u8) -> bool {
    matches!(byte, 0 | 9..=13)
}

/// A folded text, and the places of its characters in the text that was written.
pub(super) struct Folded<'a> {
    written: &'a str,
    folded: String,
    /// For each byte of the folded text, the place of the character that it came from; and the end.
    places: Vec<usize>,
}

impl<'a> Folded<'a> {
    pub(super) fn new(written: &'a str) -> Self {
        let mut folded = String::with_capacity(written.len());
        let mut places = Vec::with_capacity(written.len() + 1);
        for (place, c) in written.char_indices() {
            append(&mut folded, c);
            places.resize(folded.len(), place);
        }
        places.push(written.len());
        Self {
            written,
            folded,
            places,
        }
    }

    /// The part of the written text that `needle`, which is folded, looks for; in bytes.
    pub(super) fn find(&self, needle: &Finder<'_>) -> Option<Range<usize>> {
        let start = needle.find(self.folded.as_bytes())?;
        let end = start + needle.needle().len();
        if start == end {
            return None;
        }
        // The last character may have become several, or be followed by marks that were left out.
        let last = self.places[end - 1];
        let width = self.written[last..]
            .chars()
            .next()
            .map_or(0, char::len_utf8);
        Some(self.places[start]..self.places[end].max(last + width))
    }
}

/// What a letter below U+3000 becomes if that is one character, and NUL otherwise. Most letters of most texts are here;
/// to look each of them up in the tables of Unicode takes ten times longer.
static SIMPLE: LazyLock<Vec<char>> = LazyLock::new(|| {
    let letters = ('\0'..'\u{3000}').map(|c| {
        let mut becomes = Vec::new();
        single(c, &mut |c| becomes.push(c));
        match becomes[..] {
            [one] if !is_part(one) => one,
            _ => '\0',
        }
    });
    letters.collect()
});

/// Appends what a character becomes to a folded text.
fn append(folded: &mut String, c: char) {
    match SIMPLE.get(c as usize) {
        Some('\0') | None => single(c, &mut |c| join(folded, c)),
        Some(c) => folded.push(*c),
    }
}

/// Appends a folded character; a part of a syllable becomes one with the character before.
fn join(folded: &mut String, c: char) {
    if is_part(c)
        && let Some(before) = folded.chars().next_back()
        && let Some(whole) = compose(before, c)
    {
        folded.pop();
        folded.push(whole);
    } else {
        folded.push(c);
    }
}

/// Passes on what one character becomes.
fn single(c: char, put: &mut impl FnMut(char)) {
    match c {
        '\0' => put(char::REPLACEMENT_CHARACTER),
        c if c.is_whitespace() => put(' '),
        c if c.is_ascii() => put(c.to_ascii_lowercase()),
        // Word processors turn apostrophes.
        '\u{2018}' | '\u{2019}' => put('\''),
        // Most of Chinese, Japanese and Korean stays as it is, and emoji do. So do single letters of Korean, of which
        // people make faces: in `ㅋㅠㅠ` the first two are no syllable.
        '\u{3041}'..='\u{3096}'
        | '\u{30a1}'..='\u{30fa}'
        | '\u{3131}'..='\u{318e}'
        | '\u{4e00}'..='\u{9fff}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{1f300}'..='\u{1faff}' => put(c),
        c => decompose_compatible(c, |c| {
            if !is_left_out(c) {
                iter::once(c)
                    .default_case_fold()
                    .for_each(|c| without_stroke(c, put));
            }
        }),
    }
}

/// Letters with an accent that Unicode counts as a part of them, and the dotless `ı`, whose capital is `I`.
fn without_stroke(c: char, put: &mut impl FnMut(char)) {
    let plain = match c {
        'ø' => "o",
        'ł' => "l",
        'đ' => "d",
        'ħ' => "h",
        'ŧ' => "t",
        'ı' => "i",
        'æ' => "ae",
        'œ' => "oe",
        c => return put(c),
    };
    plain.chars().for_each(put);
}

/// Marks above, below and through letters, and characters that are not seen. Marks that make another sound of a
/// letter stay: the vowels of Indian scripts, their virama (class 9), the voicing of kana (class 8).
fn is_left_out(c: char) -> bool {
    let is_invisible = matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0100}'..='\u{e01ef}');
    is_invisible || !matches!(canonical_combining_class(c), 0 | 8 | 9)
}

/// Voicing marks of kana, and the second and third letters of Korean syllables.
fn is_part(c: char) -> bool {
    matches!(c, '\u{1161}'..='\u{1175}' | '\u{11a8}'..='\u{11c2}' | '\u{3099}' | '\u{309a}')
}

#[cfg(test)]
mod tests {
    use std::{borrow::Cow, iter};

    use super::{Caseless, Finder, Folded, fold};

    #[track_caller]
    fn assert_same(one: &str, other: &str) {
        assert_eq!(fold(one), fold(other), "{one} {other}");
    }

    #[test]
    fn case_makes_no_difference_in_any_language() {
        assert_same("STRASSE", "Straße");
        assert_same("STRAẞE", "straße");
        assert_same("ПРИВЕТ", "привет");
        assert_same("SØREN", "søren");
        assert_same("ΟΔΥΣΣΕΥΣ", "Ὀδυσσεύς");
        assert_same("ISTANBUL IŞIK", "İstanbul ışık");
        assert_same("ԵՐԵՎԱՆ", "երեվան");
    }

    #[test]
    fn accents_make_no_difference() {
        assert_same("CAFÉ", "cafe");
        assert_same("cafe\u{301}", "café");
        assert_same("Łódź Đặng Ærø", "lodz dang aero");
        assert_same("ёлка", "елка");
        assert_same("مُحَمَّد", "محمد");
        assert_same("שָׁלוֹם", "שלום");
        assert_same("a\u{200b}\u{ad}b\u{fe0f}", "ab");
    }

    #[test]
    fn width_and_form_make_no_difference() {
        assert_same("ＦＵＬＬ　ｗｉｄｔｈ", "full width");
        assert_same("ｶﾞｲﾄﾞ", "ガイド");
        assert_same("か\u{3099}", "が");
        assert_same("\u{1112}\u{1161}\u{11ab}\u{1100}\u{1173}\u{11af}", "한글");
        assert_same("ﬁle № ①", "file no 1");
    }

    #[test]
    fn other_letters_stay_others() {
        for (one, other) in [("か", "が"), ("は", "ぱ"), ("하", "한"), ("कि", "की")] {
            assert!(!fold(other).contains(&*fold(one)), "{one} {other}");
        }
        assert!(fold("ㅋㅠㅠ").contains(&*fold("ㅠㅠ")));
    }

    #[test]
    fn a_folded_text_is_not_copied_and_stays_as_it_is() {
        assert!(matches!(fold("plain, 1%_\""), Cow::Borrowed(_)));
        assert_eq!(fold("line\nbreak\u{2029}don’t"), "line break don't");
        assert_eq!(fold("A\0b"), "a\u{fffd}b");
        for c in '\0'..=char::MAX {
            let text = String::from_iter(['a', c, 'a']);
            let once = fold(&text).into_owned();
            assert_eq!(fold(&once), once, "{c:?}");
        }
    }

    #[test]
    fn what_is_not_looked_up_would_stay_as_it_is() {
        use unicode_normalization::UnicodeNormalization;
        for c in ('\u{3041}'..='\u{3096}').chain('\u{30a1}'..='\u{30fa}') {
            // Voiced kana are two characters there, and become one again.
            assert!(iter::once(c).nfkd().nfkc().eq([c]), "{c}");
        }
        for c in ('\u{4e00}'..='\u{9fff}').chain('\u{1f300}'..='\u{1faff}') {
            assert!(iter::once(c).nfkd().default_case_fold().eq([c]), "{c}");
        }
        for c in '\u{ac00}'..='\u{d7a3}' {
            assert!(iter::once(c).nfkd().nfkc().eq([c]), "{c}");
        }
    }

    #[test]
    fn what_was_found_is_shown_as_it_was_written() {
        let found = |text: &str, needle: &str| {
            let range = Folded::new(text).find(&Finder::new(&*fold(needle)))?;
            Some(text[range].to_owned())
        };
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(found("In der Straße", "strasse"), some("Straße"));
        assert_eq!(found("In der Straße", "stras"), some("Straß"));
        assert_eq!(found("Straße", "se"), some("ße"));
        assert_eq!(found("un cafe\u{301} noir", "CAFÉ"), some("cafe\u{301}"));
        assert_eq!(found("ﬁle", "i"), some("ﬁ"));
        assert_eq!(found("か\u{3099}くせい", "が"), some("か\u{3099}"));
        assert_eq!(found("İstanbul", "istan"), some("İstan"));
        assert_eq!(found("abc", "d"), None);
        assert_eq!(found("abc", ""), None);
    }

    /// Letters that a new version of Unicode adds are folded by new rules: an archive that holds them must be derived
    /// again, or `verify` would find its index changed. Raise `DERIVED` in `derived/schema.rs` with these numbers.
    #[test]
    fn the_rules_of_folding_belong_to_the_version_of_the_tables() {
        let now = (
            crate::derived::schema::DERIVED,
            caseless::UNICODE_VERSION,
            unicode_normalization::UNICODE_VERSION,
        );
        assert_eq!(now, (4, (16, 0, 0), (18, 0, 0)));
    }
}
