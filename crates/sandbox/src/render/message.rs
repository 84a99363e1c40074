//! The JSON of one message.

use chrono::{DateTime, SecondsFormat};

use super::file::File;
use super::json::Object;
use super::quirk::{self, Quirk};
use super::{extras, text};
use crate::settings::{EditText, OddTimes};
use crate::view::{Slot, View};
use crate::world::people::Person;
use crate::world::{Message, Modifications};

/// The choices of a request about how its messages are shown.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Style<'a> {
    /// Where signed URLs lead.
    pub(crate) origin: &'a str,
    /// Differs with each response, and so do signed URLs.
    pub(crate) nonce: u64,
    /// The clock that signed URLs expire by, epoch ms.
    pub(crate) clock: i64,
    pub(crate) bots: bool,
    pub(crate) reactions: bool,
    pub(crate) custom_reactions: bool,
}

/// The id of a message: a UUID in either case, or an older opaque form. Empty
/// where the account has messages without one.
pub(crate) fn message_id(view: &View<'_>, session: usize, message: Message) -> String {
    if view.settings.empty_message_ids && view.world.shares_instant(session, message) {
        return String::new();
    }
    let uuid = extras::uuid(message.roll(91), message.roll(92));
    match message.roll(93) % 20 {
        0..14 => uuid,
        14..18 => uuid.to_ascii_uppercase(),
        _ => format!("{}==", crate::hash::word(message.roll(94), 22)),
    }
}

/// The `timestamp` that a message carries, if any.
pub(crate) fn timestamp(view: &View<'_>, message: Message) -> Option<i64> {
    const THREE_YEARS: i64 = 3 * 365 * 86_400_000;
    if !message.chance(112, 10) {
        return Some(message.ts);
    }
    match view.settings.odd_times {
        OddTimes::None => Some(message.ts),
        OddTimes::Zero => Some(0),
        OddTimes::Seconds => Some(message.ts.div_euclid(1000)),
        OddTimes::Contradict => Some(message.ts - THREE_YEARS),
        OddTimes::DateTimeOnly => None,
    }
}

/// Writes one message as it stands in one array of a report.
pub(crate) fn message(
    out: &mut String,
    view: &View<'_>,
    style: &Style<'_>,
    place: (usize, usize),
    slot: Slot,
) {
    let (number, index) = place;
    let message = view.messages(number)[index];
    let session = &view.world.sessions[number];
    let quirk = Quirk::of(message, view.settings.quirks);
    let members: Vec<&Person> = session
        .members
        .iter()
        .map(|&member| &view.world.people[usize::from(member)])
        .collect();
    let speaker = message.roll(95) as usize % members.len();
    let sender = members[speaker];
    let receiver = (!session.group).then(|| members[1 - speaker]);
    let text = text::text(
        message,
        edits_shown(view, message, slot),
        view.settings.quirks,
        view.settings.text_bytes,
    );

    let mut object = Object::open(out, quirk == Some(Quirk::Loose));
    object.text("id", &message_id(view, number, message));
    object.raw("message", &quirk::text_literal(quirk, &text));
    object.text("date_time", &date_time(message));
    if let Some(timestamp) = timestamp(view, message) {
        object.number("timestamp", timestamp);
    }
    if let Some(at) = view.action_timestamp(message, slot) {
        object.number("action_timestamp", at);
    }
    correspondents(&mut object, sender, receiver, quirk);
    if let Some(root) = view.world.thread_of(number, index) {
        let root_id = message_id(view, number, root);
        reply(&mut object, message, root, &root_id, view.settings.quirks);
    }
    if message.chance(96, 20) {
        object.text(
            "forward_id",
            &extras::uuid(message.roll(97), message.roll(98)),
        );
    } else if quirk == Some(Quirk::Nulls) {
        object.raw("forward_id", "null");
    }
    files(&mut object, view, style, message, quirk);
    extras::giphy(&mut object, message);
    extras::rich_text(&mut object, message, &text);
    if style.reactions && !matches!(slot, Slot::Edited(_)) {
        extras::reactions(&mut object, message, &members, false);
    }
    if style.custom_reactions && !matches!(slot, Slot::Edited(_)) {
        extras::reactions(&mut object, message, &members, true);
    }
    if style.bots && slot == Slot::Sent && message.is_bot() {
        extras::bot(&mut object, message);
    }
    quirk::unknown_fields(&mut object, quirk);
    object.close();
}

/// Writes who sent the message, and who received it in a conversation of two.
fn correspondents(
    object: &mut Object<'_>,
    sender: &Person,
    receiver: Option<&Person>,
    quirk: Option<Quirk>,
) {
    object.text("sender", email(sender));
    object.text("sender_member_id", &sender.id);
    match quirk {
        Some(Quirk::WrongName) => object.raw("sender_display_name", "42"),
        _ => object.text("sender_display_name", &sender.name),
    }
    if let Some(receiver) = receiver {
        object.text("receiver", email(receiver));
    }
    if quirk == Some(Quirk::WrongFlag) {
        object.raw("is_sender_external", r#""yes""#);
    } else if receiver.is_some() {
        object.flag("is_sender_external", sender.external);
    }
}

/// The address that a report shows: none for a person outside the account.
fn email(person: &Person) -> &str {
    if person.external { "" } else { &person.email }
}

/// How many edits the text of an item contains (U12, U14).
fn edits_shown(view: &View<'_>, message: Message, slot: Slot) -> usize {
    let made: Modifications = view.world.modifications(message);
    let visible = || made.edits().partition_point(|&at| view.sees(message, at));
    match slot {
        Slot::Sent => match view.settings.edited_in_messages {
            EditText::Before => 0,
            EditText::After => visible(),
        },
        Slot::Edited(number) => match view.settings.edited_text {
            EditText::Before => number,
            EditText::After => number + 1,
        },
        Slot::Deleted => visible(),
    }
}

/// The time a message was sent, in one of the three forms seen.
fn date_time(message: Message) -> String {
    let at = DateTime::from_timestamp_millis(message.ts).unwrap_or_default();
    match message.roll(99) % 20 {
        0..16 => at.to_rfc3339_opts(SecondsFormat::Secs, true),
        16..18 => at.to_rfc3339_opts(SecondsFormat::Millis, true),
        _ => format!("{}.0000000+00:00", at.format("%FT%T")),
    }
}

fn reply(object: &mut Object<'_>, message: Message, root: Message, id: &str, quirks: bool) {
    let braces = message.roll(100) % 5 < 2 && !id.is_empty() && !id.ends_with('=');
    if braces {
        object.text(
            "reply_main_message_id",
            &format!("{{{}}}", id.to_ascii_uppercase()),
        );
    } else {
        object.text("reply_main_message_id", id);
    }
    if quirks && message.roll(101).is_multiple_of(4) {
        object.text("reply_main_message_timestamp", &root.ts.to_string());
    } else {
        object.number("reply_main_message_timestamp", root.ts);
    }
}

fn files(
    object: &mut Object<'_>,
    view: &View<'_>,
    style: &Style<'_>,
    message: Message,
    quirk: Option<Quirk>,
) {
    let (seed, quirks) = (view.settings.seed, view.settings.quirks);
    let files = File::of(message);
    if files.is_empty() {
        match quirk {
            Some(Quirk::Nulls) => object.raw("files", "null"),
            Some(Quirk::WrongFiles) => object.raw("files", "{}"),
            _ => {}
        }
        return;
    }
    object.array("files", files, |out, file| {
        let mut item = Object::open(out, false);
        item.text("file_id", &file.id(seed));
        item.text("file_name", &file.name(quirks));
        item.number("file_size", file.length() as i64);
        item.text(
            "download_url",
            &file.url(seed, style.origin, style.clock, style.nonce, quirks),
        );
        item.close();
    });
}
