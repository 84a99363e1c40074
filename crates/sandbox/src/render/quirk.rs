//! The unusual items that a reader has to survive: a few in a hundred, chosen by
//! the message itself, so that they are the same in every response.

use super::json::{Object, quote, quote_ascii};
use crate::world::Message;

/// The way in which an item is unusual.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quirk {
    /// Fields that no document names.
    Unknown,
    /// Known fields that are null.
    Nulls,
    /// Unknown fields with numbers whose form is easily lost.
    Numbers,
    /// `is_sender_external` is a string.
    WrongFlag,
    /// `sender_display_name` is a number.
    WrongName,
    /// `files` is an object.
    WrongFiles,
    /// The text ends in half a surrogate pair.
    Surrogate,
    /// White space between the tokens.
    Loose,
    /// The text is escaped to ASCII.
    Escaped,
}

impl Quirk {
    /// The quirk of this message, if it has one.
    pub(super) fn of(message: Message, quirks: bool) -> Option<Self> {
        if !quirks {
            return None;
        }
        match message.roll(111) % 1000 {
            0..10 => Some(Self::Unknown),
            10..18 => Some(Self::Nulls),
            18..24 => Some(Self::Numbers),
            24..26 => Some(Self::WrongFlag),
            26..28 => Some(Self::WrongName),
            28..30 => Some(Self::WrongFiles),
            30..33 => Some(Self::Surrogate),
            33..40 => Some(Self::Loose),
            40..48 => Some(Self::Escaped),
            _ => None,
        }
    }
}

/// The text of a message as a JSON string.
pub(super) fn text_literal(quirk: Option<Quirk>, text: &str) -> String {
    match quirk {
        Some(Quirk::Escaped) => quote_ascii(text),
        Some(Quirk::Surrogate) => {
            let mut literal = String::new();
            quote(&mut literal, text);
            literal.pop();
            literal.push_str("\\ud83d\"");
            literal
        }
        _ => {
            let mut literal = String::with_capacity(text.len() + 8);
            quote(&mut literal, text);
            literal
        }
    }
}

/// Writes the fields that no document names.
pub(super) fn unknown_fields(object: &mut Object<'_>, quirk: Option<Quirk>) {
    match quirk {
        Some(Quirk::Unknown) => {
            object.raw("x_future", r#"{"a":[1,null,"x"],"b":{}}"#);
            object.text("emoji_actions", "later");
        }
        Some(Quirk::Numbers) => {
            object.raw("score", "1.50");
            object.raw("weight", "1e3");
            object.raw("large", "123456789012345678901234567890");
            object.raw("minus_zero", "-0");
        }
        _ => {}
    }
}
