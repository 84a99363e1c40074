//! Finding a person or a conversation by what somebody typed.

use super::{Conversation, Directory, Person};
use crate::text::fold;

/// The largest number of near matches.
const NEAR: usize = 5;

/// A name that is unknown in the archive, or stands for several people or conversations.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unresolved {
    /// What was typed.
    pub asked: String,
    /// What was looked for: `person` or `conversation`.
    pub what: &'static str,
    /// The number of those that it names.
    pub matches: usize,
    /// Those that it names, or those that come near. They are names and addresses of people: show them only to the
    /// person who asked.
    pub near: Vec<String>,
}

impl std::fmt::Debug for Unresolved {
    /// Without names.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Unresolved")
            .field("what", &self.what)
            .field("matches", &self.matches)
            .finish_non_exhaustive()
    }
}

impl Directory {
    /// The person with this e-mail address, member id or display name. Case and accents do not count.
    ///
    /// # Errors
    /// [`Unresolved`] if no person has it, or several have it.
    pub fn person(&self, asked: &str) -> Result<&Person, Unresolved> {
        let wanted = key(asked);
        let ids = |person: &&Person| {
            let ids = person.email.iter().chain(&person.member_id);
            ids.chain(&person.also).any(|id| key(id) == wanted)
        };
        let named = |person: &&Person| person.names.iter().any(|name| key(name) == wanted);
        let mut found: Vec<&Person> = self.people.iter().filter(ids).collect();
        if found.is_empty() {
            found = self.people.iter().filter(named).collect();
        }
        match found.as_slice() {
            [person] => Ok(person),
            [] => Err(self.unresolved("person", asked, 0, self.people_near(&wanted))),
            several => {
                let near = several.iter().map(|person| person.described());
                Err(self.unresolved("person", asked, several.len(), near.collect()))
            }
        }
    }

    /// The conversation with this session id or title. Case and accents do not count.
    ///
    /// # Errors
    /// [`Unresolved`] if none has it, or more than one.
    pub fn conversation(&self, asked: &str) -> Result<&Conversation, Unresolved> {
        let is_id = |it: &&Conversation| it.session_id == asked;
        if let Some(found) = self.conversations.iter().find(is_id) {
            return Ok(found);
        }
        let wanted = key(asked);
        let titled = |it: &&Conversation| key(&it.title) == wanted;
        let found: Vec<&Conversation> = self.conversations.iter().filter(titled).collect();
        let described = |it: &Conversation| format!("{} ({})", it.title, it.session_id);
        match found.as_slice() {
            [one] => Ok(one),
            [] => {
                let near = self
                    .conversations
                    .iter()
                    .filter(|it| is_near(&key(&it.title), &wanted));
                let near = near.take(NEAR).map(described).collect();
                Err(self.unresolved("conversation", asked, 0, near))
            }
            several => {
                let near = several.iter().map(|it| described(it)).collect();
                Err(self.unresolved("conversation", asked, several.len(), near))
            }
        }
    }

    fn people_near(&self, wanted: &str) -> Vec<String> {
        let near = |person: &&Person| person.known_as().any(|name| is_near(&key(name), wanted));
        self.people
            .iter()
            .filter(near)
            .map(Person::described)
            .collect()
    }

    fn unresolved(
        &self,
        what: &'static str,
        asked: &str,
        matches: usize,
        mut near: Vec<String>,
    ) -> Unresolved {
        near.truncate(NEAR);
        Unresolved {
            asked: asked.to_owned(),
            what,
            matches,
            near,
        }
    }
}

impl Person {
    /// The person by all that tells them from others of their name.
    pub(crate) fn described(&self) -> String {
        // A name is whatever its owner wrote: it must not look like an address, or like two people.
        let name = self
            .shown()
            .replace(';', ",")
            .replace('<', "(")
            .replace('>', ")");
        match self.email.as_deref().or(self.member_id.as_deref()) {
            Some(id) if id != self.shown() => format!("{name} <{id}>"),
            _ => name,
        }
    }
}

/// The form in which names are compared.
fn key(text: &str) -> String {
    fold(text.trim()).into_owned()
}

/// Whether a name holds what was typed, or differs from it by little.
fn is_near(name: &str, wanted: &str) -> bool {
    let is_part = wanted.chars().count() >= 2 && name.contains(wanted);
    is_part || strsim::jaro_winkler(name, wanted) > 0.88
}
