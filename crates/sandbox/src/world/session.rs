//! The sessions of the account: what they are, and how busy.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::people;
use crate::hash::{self, Rng};
use crate::settings::{OddIds, Settings};

/// The properties of one session that never change.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    /// The id, in one of the forms seen in the wild.
    pub(crate) id: String,
    /// The `id` in the list, if it is a wrong one; `session_id` is then the
    /// right one.
    pub(crate) listed_id: Option<&'static str>,
    /// Whether a URL can name it: empty and dot segments have another meaning.
    pub(crate) is_nameable: bool,
    /// Whether it is a group; a conversation of two otherwise.
    pub(crate) group: bool,
    /// The name; empty for a conversation of two.
    pub(crate) name: String,
    /// The channel's id; empty for a conversation of two.
    pub(crate) channel_id: String,
    /// Whether the channel was deleted.
    pub(crate) deleted: bool,
    /// Indices of its members.
    pub(crate) members: Vec<u16>,
    /// Whether one of them is outside the account.
    pub(crate) has_external: bool,
    /// The number all its messages derive from.
    pub(crate) seed: u64,
    /// When it has messages.
    pub(crate) life: Life,
    /// How many, relative to the others.
    pub(crate) weight: u64,
}

/// In which part of the timeline a session has messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Life {
    /// Everywhere.
    Always,
    /// Only before the 190 days that count.
    Past,
    /// Before the 190 days, and again after the anchor.
    Returns,
}

/// Names of groups in the usual account.
const TOPICS: [&str; 12] = [
    "general",
    "incidents",
    "releases",
    "design",
    "development",
    "project Phoenix",
    "random",
    "finance",
    "customer support",
    "sales",
    "marketing",
    "on call",
];

/// Names that only `quirks=yes` has: many scripts, markup, formulas.
const HOSTILE_TOPICS: [&str; 12] = [
    "general",
    "incident room",
    "リリース",
    "Design / UX",
    "קבוצת פיתוח",
    "project \"Phoenix\"",
    "random 🎲",
    "finance, legal & HR",
    "Südwest-Team",
    "=SUM(A1:A9)",
    "مشروع",
    "on-call <24/7>",
];

/// The session with this number.
pub(super) fn session(settings: &Settings, number: usize) -> Session {
    let (count, messages) = (settings.sessions as usize, settings.messages);
    let own = hash::join(settings.seed, &[21, number as u64]);
    let mut rng = Rng::new(own);
    let group = matches!(number % 6, 0 | 2 | 4);
    let members = members(&mut rng, group);
    let has_external = members.iter().any(|&member| member >= people::INSIDE);
    let id = match number % 6 {
        1 => format!("{}:{}", hash::word(own ^ 1, 22), hash::word(own ^ 2, 22)),
        2 => awkward(own, "+/", 31),
        5 => awkward(own, "/+", 34),
        _ => hash::hex(own ^ 3, 64),
    };
    // The last twelfth is silent in the months that count, the eighth before it
    // has a handful of messages; the rest thins out from the first to the last.
    let (mut life, mut weight) = (Life::Always, 1_000_000_000_000 / (number as u64 + 1));
    let quiet = (count / 12).max(usize::from(count >= 5));
    let sparse = (count / 8).max(usize::from(count >= 6));
    if number + quiet >= count {
        life = if number.is_multiple_of(2) {
            Life::Past
        } else {
            Life::Returns
        };
    } else if number + quiet + sparse >= count {
        // A handful each, for the usual ratio of the first session to the sum.
        weight = 1_000_000_000_000 * 16 / (messages.max(64));
    }
    Session {
        id,
        listed_id: None,
        is_nameable: true,
        group,
        name: if group {
            topic(number, settings.quirks)
        } else {
            String::new()
        },
        channel_id: if group {
            hash::hex(own ^ 4, 32)
        } else {
            String::new()
        },
        deleted: group && number % 10 == 4,
        members,
        has_external,
        seed: own,
        life,
        weight,
    }
}

/// Ids that are easily misread in a URL. The second one that
/// is empty has its real id under `session_id`.
const ODD_IDS: [&str; 10] = [
    ".",
    "..",
    "",
    "",
    "a\\b",
    "team/room",
    "100%25 sure",
    "what?where#here&there",
    "line\nbreak\ttab\u{1}\u{7f}",
    "チーム🦉e\u{301}",
];

/// The sessions with odd ids, numbered on from the ordinary ones.
pub(super) fn odd(settings: &Settings) -> Vec<Session> {
    if settings.odd_ids == OddIds::None {
        return Vec::new();
    }
    let first = settings.sessions as usize;
    let odd = ODD_IDS.into_iter().enumerate().map(|(index, id)| {
        let ordinary = session(settings, first + index);
        let hidden = id.is_empty() && index == 3;
        Session {
            listed_id: hidden.then_some(id),
            id: if hidden {
                hash::hex(ordinary.seed ^ 3, 64)
            } else {
                id.to_owned()
            },
            is_nameable: hidden || !matches!(id, "" | "." | ".."),
            life: Life::Always,
            ..ordinary
        }
    });
    odd.collect()
}

/// The name of a group; no two are called the same.
fn topic(number: usize, quirks: bool) -> String {
    let (round, index) = (number / 2 / TOPICS.len(), number / 2 % TOPICS.len());
    match (quirks, round) {
        (true, _) => format!("{} {number}", HOSTILE_TOPICS[index]),
        (false, 0) => TOPICS[index].to_owned(),
        (false, _) => format!("{} {}", TOPICS[index], round + 1),
    }
}

fn members(rng: &mut Rng, group: bool) -> Vec<u16> {
    let size = if group { 3 + rng.below(10) as usize } else { 2 };
    let mut members = vec![rng.below(u64::from(people::INSIDE)) as u16];
    while members.len() < size {
        let outside = rng.chance(250);
        let next = if outside {
            u64::from(people::INSIDE) + rng.below(u64::from(people::ALL - people::INSIDE))
        } else {
            rng.below(u64::from(people::INSIDE))
        } as u16;
        if !members.contains(&next) {
            members.push(next);
        }
    }
    members
}

/// A base64 id that has to be percent-encoded: with `/`, `+` and `=` in it.
fn awkward(seed: u64, infix: &str, bytes: usize) -> String {
    let raw: Vec<u8> = hash::hex(seed ^ 5, bytes).into_bytes();
    let mut id = STANDARD.encode(raw);
    id.replace_range(7..9, infix);
    id
}
