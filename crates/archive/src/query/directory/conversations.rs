//! Conversations: what a person calls them.

use rusqlite::Connection;
use schemars::JsonSchema;
use serde::Serialize;
use zoom_chat_reports::types::ChatSession;

use super::people::Person;
use crate::{error::Result, sql::Sql};

/// The number of people whom the title of a group without a name lists.
const TITLED: usize = 3;

/// A conversation: a channel, a group, or a chat of two.
#[derive(Clone, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct Conversation {
    /// Zoom's id of the session.
    pub session_id: String,
    /// Its name: that of the channel or group; `A ↔ B` for a chat of two; otherwise the people in it, or its id.
    pub title: String,
    /// Its kind.
    pub kind: ConversationKind,
    /// Whether people from outside the account take part.
    pub external: bool,
    /// The number in the database.
    #[serde(skip)]
    #[schemars(skip)]
    pub(crate) no: i64,
}

impl std::fmt::Debug for Conversation {
    /// Without the title.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Conversation")
            .field("session_id", &self.session_id)
            .finish_non_exhaustive()
    }
}

/// The kind of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ConversationKind {
    /// A channel, or a group.
    Group,
    /// A chat of two people.
    Direct,
    /// Zoom's list gives no kind, or one that this program does not know.
    Unknown,
}

pub(super) fn read(db: &Connection, people: &[Person]) -> Result<Vec<Conversation>> {
    let sql = "SELECT s.no, s.id,
           (SELECT l.raw FROM listings l WHERE l.session = s.no ORDER BY l.id DESC LIMIT 1)
         FROM sessions s ORDER BY s.no";
    let sessions: Vec<(i64, String, Option<String>)> = db.all(sql, [], |row| row.try_into())?;
    let mut members: Vec<Vec<&Person>> = vec![Vec::new(); sessions.len()];
    for person in people {
        for no in &person.sessions {
            let place = sessions.binary_search_by_key(no, |(no, ..)| *no);
            if let Ok(place) = place {
                members[place].push(person);
            }
        }
    }
    let sessions = sessions.into_iter().zip(members);
    Ok(sessions
        .map(|((no, session_id, raw), members)| conversation(no, session_id, raw, &members))
        .collect())
}

fn conversation(
    no: i64,
    session_id: String,
    raw: Option<String>,
    members: &[&Person],
) -> Conversation {
    let listed = raw.and_then(|raw| serde_json::from_str::<ChatSession>(&raw).ok());
    let of_listed = |listed: &ChatSession| match listed.type_.as_deref() {
        Some("1:1") => ConversationKind::Direct,
        Some("Group") => ConversationKind::Group,
        _ => ConversationKind::Unknown,
    };
    let kind = listed.as_ref().map_or(ConversationKind::Unknown, of_listed);
    let has_external = listed.as_ref().and_then(|it| it.has_external_member);
    let name = listed.and_then(|it| it.name);
    let name = name.filter(|name| !name.trim().is_empty());
    Conversation {
        title: name.unwrap_or_else(|| title(kind, &session_id, members)),
        kind,
        external: has_external == Some(true) || members.iter().any(|member| member.external),
        session_id,
        no,
    }
}

/// The title of a conversation without a name.
fn title(kind: ConversationKind, session_id: &str, members: &[&Person]) -> String {
    let mut names: Vec<&str> = members.iter().map(|member| member.shown()).collect();
    names.sort_unstable();
    match (kind, names.as_slice()) {
        (_, []) => session_id.to_owned(),
        (ConversationKind::Direct, [one]) => format!("{one} ↔ ?"),
        (ConversationKind::Direct, [one, other]) => format!("{one} ↔ {other}"),
        (_, names) if names.len() <= TITLED => names.join(", "),
        (_, names) => {
            let more = names.len() - TITLED;
            format!("{} and {more} more", names[..TITLED].join(", "))
        }
    }
}
