//! The lesser parts of a message: reactions, rich text, bots, giphys.

use std::fmt::Write;

use super::json::{Object, quote};
use crate::hash::{self, Rng};
use crate::world::Message;
use crate::world::people::Person;

const EMOJI: [&str; 6] = [
    "U+1F600",
    "U+1F44D",
    "U+2764 U+FE0F",
    "U+1F389",
    "U+1F1FA U+1F1F3",
    "U+1F468 U+200D U+1F4BB",
];
const CUSTOM: [&str; 3] = ["party_parrot", "ship-it", "ありがとう"];

/// Writes `reactions` or `custom_emoji_reactions`, if the message has any.
pub(super) fn reactions(
    object: &mut Object<'_>,
    message: Message,
    people: &[&Person],
    custom: bool,
) {
    let (aspect, permille) = if custom { (71, 20) } else { (72, 90) };
    if !message.chance(aspect, permille) {
        return;
    }
    let mut rng = Rng::new(message.roll(aspect + 10));
    let kinds = 1 + rng.below(3) as usize;
    let key = if custom {
        "custom_emoji_reactions"
    } else {
        "reactions"
    };
    object.array(key, 0..kinds, |out, kind| {
        let count = 1 + rng.below(people.len() as u64) as usize;
        let mut item = Object::open(out, false);
        if custom {
            item.text("custom_emoji_name", CUSTOM[kind % CUSTOM.len()]);
            item.text("custom_emoji_file_id", &hash::word(kind as u64 ^ 0xE40, 22));
        } else {
            item.text("emoji", EMOJI[(kind + rng.below(3) as usize) % EMOJI.len()]);
        }
        item.number("total_count", count as i64);
        let who = &people[..count];
        let inside = who.iter().filter(|person| !person.external);
        item.array("user_ids", inside, |out, person| quote(out, &person.id));
        item.array("member_ids", who, |out, person| quote(out, &person.id));
        item.close();
    });
}

/// Writes `rich_text`, if the message has any.
pub(super) fn rich_text(object: &mut Object<'_>, message: Message, text: &str) {
    const FORMATS: [(&str, &str); 13] = [
        ("Bold", ""),
        ("Italic", ""),
        ("Strikethrough", ""),
        ("BulletedList", ""),
        ("NumberedList", ""),
        ("Underline", ""),
        ("FontSize", "l"),
        ("FontColor", "FF0000"),
        ("BackgroundColor", "00FF7F"),
        ("LeftIndent", "20"),
        ("Paragraph", "h2"),
        ("Quote", ""),
        ("AddLink", "https://example.com/?a=1&b=2"),
    ];
    if !message.chance(73, 50) || text.is_empty() {
        return;
    }
    let mut rng = Rng::new(message.roll(83));
    let length = text.encode_utf16().count() as u64;
    let count = 1 + rng.below(3);
    object.array("rich_text", 0..count, |out, _| {
        let (kind, attribute) = FORMATS[rng.below(13) as usize];
        let start = rng.below(length);
        let mut item = Object::open(out, false);
        item.number("start_position", start as i64);
        item.number("end_position", (start + rng.below(length - start)) as i64);
        item.text("format_type", kind);
        if !attribute.is_empty() {
            item.text("format_attr", attribute);
        }
        item.close();
    });
}

/// Writes `giphy_information`, if the message has any.
pub(super) fn giphy(object: &mut Object<'_>, message: Message) {
    if message.chance(74, 10) {
        let url = format!(
            "https://giphy.example/{}.gif",
            hash::word(message.roll(84), 12)
        );
        object.array("giphy_information", [url], |out, url| {
            let mut item = Object::open(out, false);
            item.text("giphy_view_url", &url);
            item.close();
        });
    }
}

/// Writes `bot_message`: its content is an object, a string of JSON, or empty.
pub(super) fn bot(object: &mut Object<'_>, message: Message) {
    let number = message.roll(85) % 10_000;
    let mut content = String::new();
    let mut inner = Object::open(&mut content, false);
    inner.raw("head", &format!(r#"{{"text":"Build {number}"}}"#));
    inner.raw("body", r#"[{"type":"message","text":"passed ✅"}]"#);
    inner.close();
    let content = match message.roll(86) % 5 {
        0 => "{}".to_owned(),
        1 | 2 => {
            let mut quoted = String::new();
            quote(&mut quoted, &content);
            quoted
        }
        _ => content,
    };
    let mut json = String::new();
    let mut item = Object::open(&mut json, false);
    item.flag("is_markdown_support", number.is_multiple_of(2));
    item.text("source", "Build Bot");
    item.text("external_sender_email", "");
    item.raw("content", &content);
    item.close();
    object.raw("bot_message", &json);
}

/// An id in the form of a UUID of version 4.
pub(super) fn uuid(first: u64, second: u64) -> String {
    let mut out = String::with_capacity(36);
    write!(
        out,
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        first >> 32,
        (first >> 16) & 0xFFFF,
        first & 0xFFF,
        0x8000 | (second >> 48) & 0x3FFF,
        second & 0xFFFF_FFFF_FFFF
    )
    .expect("writing to a string cannot fail");
    out
}
