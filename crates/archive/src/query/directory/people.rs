//! People: everything by which one person is known, put together.

use std::{
    collections::{BTreeSet, HashMap},
    fmt,
};

use chrono::{DateTime, Utc};
use rusqlite::Connection;
use schemars::JsonSchema;
use serde::Serialize;

use crate::{error::Result, sql::Sql};

/// A person who took part in a conversation.
///
/// Two names are one person if they share a member id or an e-mail address. The same display name alone does not make
/// two people one.
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
    fn add(&mut self, row: Row) {
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
    fn took_part(&mut self, part: &Part) {
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

/// A combination of address, id and name.
struct Row {
    no: i64,
    email: Option<String>,
    member_id: Option<String>,
    name: Option<String>,
}

/// What a combination did in a conversation.
struct Part {
    session: i64,
    person: i64,
    sent: u64,
    edited: u64,
    deleted: u64,
    external: bool,
    first_ms: Option<i64>,
    last_ms: Option<i64>,
}

pub(super) fn read(db: &Connection) -> Result<Vec<Person>> {
    let mut groups = Groups::default();
    let sql = "SELECT no, NULLIF(trim(sender), ''), NULLIF(trim(sender_member_id), ''),
           NULLIF(trim(sender_name), '') FROM people ORDER BY no";
    let rows: Vec<Row> = db.all(sql, [], |row| {
        Ok(Row {
            no: row.get(0)?,
            email: row.get(1)?,
            member_id: row.get(2)?,
            name: row.get(3)?,
        })
    })?;
    rows.into_iter().for_each(|row| groups.add(row));
    let sql = "SELECT session, person, sent, edited, deleted, external, first_ms, last_ms
         FROM participants ORDER BY session, person";
    db.each(sql, [], |row| {
        groups.took_part(&Part {
            session: row.get(0)?,
            person: row.get(1)?,
            sent: row.get(2)?,
            edited: row.get(3)?,
            deleted: row.get(4)?,
            external: row.get(5)?,
            first_ms: row.get(6)?,
            last_ms: row.get(7)?,
        });
        Ok(())
    })?;
    Ok(groups.into_people())
}

/// People under construction: rows that share an id or an address are one person.
#[derive(Default)]
struct Groups {
    people: Vec<Option<Person>>,
    by_key: HashMap<String, usize>,
    by_number: HashMap<i64, usize>,
}

impl Groups {
    fn add(&mut self, row: Row) {
        let keys = keys(&row);
        let mut places: Vec<usize> = keys
            .iter()
            .filter_map(|key| self.by_key.get(key).copied())
            .collect();
        places.sort_unstable();
        places.dedup();
        let place = places.first().copied().unwrap_or(self.people.len());
        if place == self.people.len() {
            self.people.push(Some(Person::default()));
        }
        for other in places.into_iter().skip(1) {
            self.join(place, other);
        }
        self.by_key.extend(keys.into_iter().map(|key| (key, place)));
        self.by_number.insert(row.no, place);
        if let Some(person) = &mut self.people[place] {
            person.add(row);
        }
    }

    /// Makes two people one.
    fn join(&mut self, place: usize, other: usize) {
        let Some(gone) = self.people[other].take() else {
            return;
        };
        for at in self.by_key.values_mut().chain(self.by_number.values_mut()) {
            if *at == other {
                *at = place;
            }
        }
        if let Some(person) = &mut self.people[place] {
            let ids = gone
                .email
                .into_iter()
                .chain(gone.member_id)
                .chain(gone.also);
            for id in ids {
                let is_email = id.contains('@');
                person.add(Row {
                    no: gone.numbers.first().copied().unwrap_or_default(),
                    email: is_email.then(|| id.clone()),
                    member_id: (!is_email).then_some(id),
                    name: None,
                });
            }
            let known = &mut person.names;
            known.extend(
                gone.names
                    .into_iter()
                    .filter(|name| !known.contains(name))
                    .collect::<Vec<_>>(),
            );
            person.numbers.extend(gone.numbers);
        }
    }

    fn took_part(&mut self, part: &Part) {
        let place = self.by_number.get(&part.person);
        if let Some(Some(person)) = place.map(|place| &mut self.people[*place]) {
            person.took_part(part);
        }
    }

    /// Those who took part in something: a name that only a message's history holds did not.
    fn into_people(self) -> Vec<Person> {
        let people = self.people.into_iter().flatten();
        let took_part = people.filter(|person| !person.sessions.is_empty());
        took_part
            .map(|mut person| {
                person.conversations = person.sessions.len() as u64;
                person
            })
            .collect()
    }
}

/// What tells that two rows are one person: the member id, and the address. Without both, only the same name is.
fn keys(row: &Row) -> Vec<String> {
    let id = row.member_id.as_ref().map(|id| format!("id {id}"));
    let email = row
        .email
        .as_ref()
        .map(|email| format!("email {}", email.to_lowercase()));
    let keys: Vec<String> = id.into_iter().chain(email).collect();
    match (&row.name, keys.is_empty()) {
        (name, true) => vec![format!("name {}", name.as_deref().unwrap_or_default())],
        (_, false) => keys,
    }
}

#[cfg(test)]
mod tests {
    use super::{Groups, Row};

    fn row(no: i64, email: &str, member_id: &str, name: &str) -> Row {
        let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        Row {
            no,
            email: some(email),
            member_id: some(member_id),
            name: some(name),
        }
    }

    fn people(rows: Vec<Row>) -> Vec<(Vec<i64>, Vec<String>)> {
        let mut groups = Groups::default();
        rows.into_iter().for_each(|row| groups.add(row));
        let people = groups.people.into_iter().flatten();
        people
            .map(|person| {
                let known = person.known_as().map(str::to_owned).collect();
                (person.numbers.into_iter().collect(), known)
            })
            .collect()
    }

    #[test]
    fn a_new_address_or_name_under_one_id_is_one_person() {
        let found = people(vec![
            row(1, "ann@old.example", "m1", "Ann"),
            row(2, "Ann@New.example", "m1", "Ann B."),
            row(3, "bob@x.example", "m2", "Ann"),
        ]);
        assert_eq!(found.len(), 2, "{found:?}");
        assert_eq!(found[0].0, [1, 2]);
        assert_eq!(
            found[0].1,
            ["Ann@New.example", "m1", "ann@old.example", "Ann", "Ann B."]
        );
    }

    #[test]
    fn a_message_that_names_both_joins_what_two_lists_named_apart() {
        let found = people(vec![
            row(1, "ann@x.example", "", ""),
            row(2, "", "m1", ""),
            row(3, "ANN@x.example", "m1", "Ann"),
        ]);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].0, [1, 2, 3]);
        assert_eq!(found[0].1, ["ann@x.example", "m1", "Ann"]);
    }
}
