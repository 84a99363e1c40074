//! People: everything by which one person is known, put together.

use std::{collections::BTreeSet, fmt};

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use super::rows::{Part, Row};

/// A person who took part in a conversation.
///
/// Two names are one person if they share a member id or an e-mail address; and the member of a chat of two who never
/// writes is the one who writes there without an address, if everyone else is known. The same display name alone does
/// not make two people one.
#[derive(Clone, Default, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct Person {
    /// The latest e-mail address. Zoom gives none for people outside the account.
    pub email: Option<String>,
    /// Zoom's id of the person.
    pub member_id: Option<String>,
    /// Display names, oldest first.
    pub names: Vec<String>,
    /// Further e-mail addresses and member ids.
    pub also: Vec<String>,
    /// Whether the person is from outside the account.
    pub external: bool,
    /// The first instant at which the person took part, by the time of the message.
    pub first_at: Option<DateTime<Utc>>,
    /// The last instant at which the person took part, by the time of the message.
    pub last_at: Option<DateTime<Utc>>,
    /// The number of conversations in which the person took part.
    pub conversations: u64,
    /// Messages that the person sent.
    pub sent: u64,
    /// Edits of these messages.
    pub edited: u64,
    /// Deletions of these messages.
    pub deleted: u64,
    /// The numbers of the person's rows in the database.
    #[serde(skip)]
    #[schemars(skip)]
    pub(crate) numbers: BTreeSet<i64>,
    /// The numbers of the conversations.
    #[serde(skip)]
    #[schemars(skip)]
    pub(crate) sessions: BTreeSet<i64>,
}

impl fmt::Debug for Person {
    /// Without names and addresses.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Person")
            .field("member_id", &self.member_id)
            .finish_non_exhaustive()
    }
}

impl Person {
    /// The name to show: the latest display name, otherwise the e-mail address, otherwise the member id.
    #[must_use]
    pub fn shown(&self) -> &str {
        let name = self.names.last().or(self.email.as_ref());
        name.or(self.member_id.as_ref()).map_or("", String::as_str)
    }

    /// Everything by which the person can be named.
    pub(super) fn known_as(&self) -> impl Iterator<Item = &str> {
        let ids = self.email.iter().chain(&self.member_id);
        ids.chain(&self.also).chain(&self.names).map(String::as_str)
    }

    /// Adds one more combination of address, id and name.
    pub(super) fn add(&mut self, row: Row) {
        let email = row.email.filter(|email| !self.is_known(email));
        if let Some(former) = email.and_then(|email| self.email.replace(email)) {
            self.also.push(former);
        }
        if let Some(id) = row.member_id.filter(|id| !self.is_known(id)) {
            match self.member_id {
                None => self.member_id = Some(id),
                Some(_) => self.also.push(id),
            }
        }
        self.names
            .extend(row.name.filter(|name| !self.names.contains(name)));
        self.numbers.insert(row.no);
    }

    fn is_known(&self, id: &str) -> bool {
        let ids = self.email.iter().chain(&self.member_id);
        ids.chain(&self.also)
            .any(|known| known.eq_ignore_ascii_case(id))
    }

    /// Adds what the person did in a conversation.
    pub(super) fn took_part(&mut self, part: &Part) {
        self.sessions.insert(part.session);
        self.external |= part.external;
        self.sent += part.sent;
        self.edited += part.edited;
        self.deleted += part.deleted;
        // A time before 1970 says nothing about the person.
        let instant = |ms: Option<i64>| DateTime::from_timestamp_millis(ms.filter(|ms| *ms > 0)?);
        self.first_at = self
            .first_at
            .into_iter()
            .chain(instant(part.first_ms))
            .min();
        self.last_at = self.last_at.max(instant(part.last_ms));
    }
}
