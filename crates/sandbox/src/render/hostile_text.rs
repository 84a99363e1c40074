//! Texts that only `quirks=yes` has: many scripts, markup, formulas, control
//! characters.

use crate::hash::Rng;
use crate::world::Message;

const WORDS: [&str; 64] = [
    "please",
    "review",
    "the",
    "draft",
    "before",
    "noon",
    "we",
    "shipped",
    "build",
    "4711",
    "meeting",
    "moved",
    "to",
    "room",
    "B12",
    "thanks!",
    "does",
    "anyone",
    "know",
    "why?",
    "budget",
    "Q3",
    "≈",
    "€12.50",
    "\"quoted\"",
    "back\\slash",
    "tab\there",
    "naïve",
    "café",
    "cafe\u{301}",
    "Straße",
    "İstanbul",
    "привет",
    "команда",
    "καλημέρα",
    "你好",
    "会議は明日",
    "회의록",
    "สวัสดี",
    "नमस्ते",
    "שלום לכולם",
    "مرحبا بالجميع",
    "🎉",
    "👩‍👩‍👧‍👦",
    "👍🏽",
    "🇺🇳",
    "e\u{301}\u{323}",
    "<b>not bold</b>",
    "<script>alert(1)</script>",
    "=1+1",
    "+49 30 1234",
    "-5 °C",
    "@all",
    "https://example.com/a?b=c&d=e#f",
    "C:\\temp\\new",
    "line\nbreak",
    "\u{200f}rtl\u{200e}",
    "\u{1b}[31mred",
    "null",
    "undefined",
    "0x1F",
    "½",
    "…",
    "ok",
];

/// How many permille of the messages are long.
const LONG: u64 = 3;

/// The text of a message after this many edits.
pub(super) fn text(message: Message, edits: usize) -> String {
    let mut rng = Rng::new(message.roll(51));
    if rng.chance(15) {
        return if edits == 0 {
            String::new()
        } else {
            format!("added by edit {edits}")
        };
    }
    let words = if rng.chance(LONG) {
        1000 + rng.below(3000)
    } else {
        1 + rng.below(18)
    };
    let mut out = String::new();
    if edits > 0 {
        out.push_str(&format!("[edit {edits}] "));
    }
    for index in 0..words {
        if index > 0 {
            out.push(' ');
        }
        out.push_str(rng.pick(&WORDS));
    }
    out
}
