//! The directory of an archive: its people and its conversations, and the names by which they are found.

mod conversations;
mod find;
mod groups;
mod pairs;
mod people;
mod rows;

pub use conversations::{Conversation, ConversationKind};
pub use find::Unresolved;
pub use people::Person;

use rusqlite::Connection;

use crate::{archive::Archive, error::Result};
use groups::Groups;

/// The people and the conversations of an archive.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    people: Vec<Person>,
    conversations: Vec<Conversation>,
}

impl Directory {
    /// The people, in the order in which the archive met them.
    #[must_use]
    pub fn people(&self) -> &[Person] {
        &self.people
    }

    /// The conversations, in the order in which the archive found them.
    #[must_use]
    pub fn conversations(&self) -> &[Conversation] {
        &self.conversations
    }
}

impl Archive {
    /// Reads who took part in which conversation. Takes memory for each person and each conversation, not for messages.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub fn directory(&self) -> Result<Directory> {
        let people = people(&self.db)?;
        let conversations = conversations::read(&self.db, &people)?;
        Ok(Directory {
            people,
            conversations,
        })
    }
}

/// The people, each with everything by which the archive knows them.
fn people(db: &Connection) -> Result<Vec<Person>> {
    let mut groups = Groups::default();
    rows::names(db)?.into_iter().for_each(|row| groups.add(row));
    let parts = rows::parts(db)?;
    for [listed, writer] in pairs::same(&pairs::chats_of_two(db)?, &parts, &groups) {
        groups.join(listed, writer);
    }
    parts.iter().for_each(|part| groups.took_part(part));
    Ok(groups.into_people())
}
