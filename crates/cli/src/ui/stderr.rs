//! Lines for people, on stderr.

use std::{
    borrow::Cow,
    io::{self, IsTerminal, Write},
};

use crate::failure::Failure;

/// Prints a line to stderr; ignores a closed stderr.
pub(crate) fn eprint(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{}", escape(line));
}

/// Prints an error and its hint.
pub(crate) fn eprint_failure(failure: &Failure) {
    eprint(&format!("error: {}", failure.text()));
    if let Some(hint) = failure.hint_text() {
        eprint(&format!("hint: {hint}"));
    }
}

/// Whether stderr is a terminal on which bars can be drawn.
pub(crate) fn draws_bars() -> bool {
    io::stderr().is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// Escapes characters that a terminal could take for a command or for another direction of the text.
pub(crate) fn escape(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if is_unsafe(c) {
            escaped.extend(c.escape_default());
        } else {
            escaped.push(c);
        }
    }
    Cow::Owned(escaped)
}

/// Control characters, and characters that turn the direction of text.
pub(crate) fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn control_characters_and_turned_text_are_escaped() {
        assert_eq!(escape("a\u{1b}[2Jb\rc"), r"a\u{1b}[2Jb\rc");
        assert_eq!(escape("a\u{9b}31m\u{202e}"), r"a\u{9b}31m\u{202e}");
        assert_eq!(escape("Grüße, 世界 👋"), "Grüße, 世界 👋");
    }
}
