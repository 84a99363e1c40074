//! The texts of messages: short lines of an office chat, in plain English.

use super::file::File;
use super::hostile_text;
use crate::hash::Rng;
use crate::world::Message;

const LINES: [&str; 48] = [
    "Good morning! The build for {thing} is green again.",
    "Can somebody review my change to {thing} {when}?",
    "The meeting about {thing} is {when} now, in room B{number}.",
    "I updated the budget for {thing}: {number} hours are left.",
    "Does anyone know why {thing} was slow last night?",
    "Customer {number} asks when {thing} will be ready.",
    "I will be out of office {when}; {who} covers for me.",
    "Here are the notes from today's call about {thing}.",
    "{who}, could you share the latest figures for {thing}?",
    "We shipped {thing} to {number} customers today.",
    "Reminder: feedback on {thing} is due {when}.",
    "I found a bug in {thing}, ticket {number} has the details.",
    "The rollout of {thing} is at {number} percent.",
    "Lunch at noon? {who} knows a new place.",
    "Please do not deploy {thing} until {who} is back.",
    "The draft for {thing} is ready, comments are welcome.",
    "Who is on call {when}?",
    "The new hire starts {when}, {who} shows them around.",
    "I closed {number} old tickets about {thing}.",
    "Tests for {thing} fail on my machine, do they pass on yours?",
    "The vendor says that {thing} will be delivered {when}.",
    "Can we talk about {thing} for {number} minutes {when}?",
    "Great demo, {who}! The team liked {thing}.",
    "The invoice for {thing} is paid.",
    "I need access to {thing}, who can grant it?",
    "Page {number} of the proposal mentions {thing}, please check it.",
    "Support got {number} calls about {thing} this week.",
    "The printer on floor {number} is out of paper again.",
    "{who} and I agreed on a plan for {thing}.",
    "Let us freeze {thing} {when} and release the day after.",
    "The dashboard shows {number} errors an hour in {thing}.",
    "I rolled {thing} back, everything is stable now.",
    "Could you send the slides about {thing} to {who}?",
    "We have {number} applications for the open position.",
    "The survey closes {when}; {number} people have answered so far.",
    "Happy birthday, {who}!",
    "The contract for {thing} is signed.",
    "I moved {thing} to the next sprint.",
    "Is {thing} covered by the maintenance window {when}?",
    "The train is late, I will join at half past {number}.",
    "Heads up: passwords for {thing} change {when}.",
    "Our numbers are up {number} percent compared to last month.",
    "{who} is presenting {thing} {when}, please join.",
    "The coffee machine works again.",
    "Can you double-check line {number} of the report?",
    "I booked a room for {number} people {when}.",
    "The migration of {thing} took {number} minutes.",
    "Thanks for staying late yesterday, {who}.",
];

const REPLIES: [&str; 16] = [
    "Thanks!",
    "Sounds good to me.",
    "I will have a look {when}.",
    "Done.",
    "Not yet, {who} is still on it.",
    "Yes, that works.",
    "Could you add that to ticket {number}?",
    "Agreed, let us do it {when}.",
    "I would ask {who} first.",
    "Same here.",
    "No, that was {thing}.",
    "On my way.",
    "Perfect, thank you {who}.",
    "Let me check and come back to you.",
    "It should take about {number} minutes.",
    "Good catch!",
];

const THINGS: [&str; 16] = [
    "the login page",
    "the mobile app",
    "the billing service",
    "the quarterly report",
    "the search index",
    "the onboarding guide",
    "project Phoenix",
    "the price list",
    "the backup job",
    "the data warehouse",
    "the newsletter",
    "the partner portal",
    "the staging server",
    "the warehouse scanner",
    "the annual audit",
    "the website",
];

const TIMES: [&str; 8] = [
    "tomorrow",
    "on Monday",
    "on Friday",
    "next week",
    "this afternoon",
    "at 3 pm",
    "tonight",
    "after the holidays",
];

const PEOPLE: [&str; 12] = [
    "Ada", "Ben", "Carla", "Daniel", "Grace", "Hana", "Jonas", "Maria", "Omar", "Priya", "Sofia",
    "Will",
];

/// No line is longer once it is filled.
const LONGEST_LINE: usize = 128;

/// How many permille of the messages are long.
const LONG: u64 = 3;

/// The text of a message after a number of edits, filled up with plain lines to the least size.
pub(super) fn text(message: Message, edits: usize, quirks: bool, bytes: u64) -> String {
    let mut out = if quirks {
        hostile_text::text(message, edits)
    } else {
        plain(message, edits)
    };
    let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
    if out.len() < bytes {
        pad(&mut out, message, bytes);
    }
    out
}

/// Adds lines of the same message, whatever was edited in it. They are ASCII, so they can end
/// anywhere.
fn pad(out: &mut String, message: Message, bytes: usize) {
    let mut rng = Rng::new(message.roll(52));
    out.reserve_exact(bytes.saturating_add(LONGEST_LINE) - out.len());
    while out.len() < bytes {
        if !out.is_empty() {
            out.push(' ');
        }
        fill(out, rng.pick(&LINES), &mut rng);
    }
    out.truncate(bytes);
}

fn plain(message: Message, edits: usize) -> String {
    let mut rng = Rng::new(message.roll(51));
    if edits == 0 && rng.chance(300) && !File::of(message).is_empty() {
        return String::new(); // the file says it all
    }
    let lines = match rng.below(1000) {
        0..LONG => 40 + rng.below(160),
        LONG..150 => 2,
        _ => 1,
    };
    let mut out = String::new();
    for number in 0..lines {
        if number > 0 {
            out.push(' ');
        }
        let line = if message.may_reply() && number == 0 {
            rng.pick(&REPLIES)
        } else {
            rng.pick(&LINES)
        };
        fill(&mut out, line, &mut rng);
    }
    match edits {
        0 => {}
        1 => out.push_str(" (edited)"),
        _ => out.push_str(&format!(" (edited {edits} times)")),
    }
    out
}

/// Writes a line with its placeholders filled.
fn fill(out: &mut String, line: &str, rng: &mut Rng) {
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        match name {
            "thing" => out.push_str(rng.pick(&THINGS)),
            "when" => out.push_str(rng.pick(&TIMES)),
            "who" => out.push_str(rng.pick(&PEOPLE)),
            _ => out.push_str(&(2 + rng.below(48)).to_string()),
        }
        rest = after;
    }
    out.push_str(rest);
}

#[cfg(test)]
mod tests {
    use super::text;
    use crate::world::Message;

    #[test]
    fn plain_texts_are_printable_and_have_no_placeholder_left() {
        for key in 0..20_000 {
            let message = Message { ts: 0, key };
            let found = text(message, key as usize % 3, false, 0);
            assert!(found.chars().all(|c| c == ' ' || c.is_ascii_graphic()));
            assert!(!found.contains(['{', '}']), "{found}");
        }
    }

    #[test]
    fn a_padded_text_begins_as_it_was_and_has_the_bytes_asked_for() {
        for key in 0..2000 {
            let message = Message { ts: 0, key };
            for quirks in [false, true] {
                let (own, padded) = (text(message, 1, quirks, 0), text(message, 1, quirks, 5000));
                assert!(padded.starts_with(&own));
                assert_eq!(padded.len(), own.len().max(5000));
                assert_eq!(padded, text(message, 1, quirks, 5000));
            }
        }
    }

    #[test]
    fn each_edit_changes_the_text() {
        for quirks in [false, true] {
            let message = Message { ts: 0, key: 5 };
            let texts: Vec<String> = (0..4)
                .map(|edits| text(message, edits, quirks, 0))
                .collect();
            let distinct: std::collections::HashSet<&String> = texts.iter().collect();
            assert_eq!(distinct.len(), 4, "{texts:?}");
        }
    }
}
