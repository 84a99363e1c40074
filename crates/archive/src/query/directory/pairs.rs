//! Chats of two: the member who never writes is the person who writes there without an address.
//!
//! Zoom's list names both addresses of such a chat. But messages of people from outside the account come without
//! address, so the member and the writer look like two people.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use rusqlite::Connection;
use zoom_chat_reports::types::ChatSession;

use super::{groups::Groups, rows::Part};
use crate::{error::Result, sql::Sql};

/// The places of a listed member and of a writer who are the same person.
pub(super) fn same(chats: &HashSet<i64>, parts: &[Part], groups: &Groups) -> Vec<[usize; 2]> {
    let mut pairs: BTreeSet<[usize; 2]> = BTreeSet::new();
    for of_session in parts.chunk_by(|one, next| one.session == next.session) {
        if chats.contains(&of_session[0].session) {
            pairs.extend(pair(of_session, groups));
        }
    }
    // Who would be two people is neither.
    let (mut listed, mut writers) = (BTreeMap::new(), BTreeMap::new());
    for [one, other] in &pairs {
        *listed.entry(*one).or_insert(0) += 1;
        *writers.entry(*other).or_insert(0) += 1;
    }
    let is_clear = |[one, other]: &[usize; 2]| listed[one] == 1 && writers[other] == 1;
    pairs.into_iter().filter(is_clear).collect()
}

/// The silent member and the writer without an address, if a third person is all that is left.
fn pair(parts: &[Part], groups: &Groups) -> Option<[usize; 2]> {
    let mut people: BTreeMap<usize, bool> = BTreeMap::new();
    for part in parts {
        let (place, _) = groups.of(part.person)?;
        *people.entry(place).or_default() |= part.sent > 0;
    }
    let person = |place: usize| {
        let part = parts.iter().filter_map(|part| groups.of(part.person));
        part.into_iter().find(|(at, _)| *at == place)
    };
    let (mut silent, mut writers, mut others) = (Vec::new(), Vec::new(), 0);
    for (place, writes) in people {
        let (_, person) = person(place)?;
        match (&person.email, &person.member_id) {
            (Some(_), None) if !writes => silent.push(place),
            (None, Some(_)) if writes => writers.push(place),
            _ => others += 1,
        }
    }
    match (silent.as_slice(), writers.as_slice(), others) {
        ([silent], [writer], 1) => Some([*silent, *writer]),
        _ => None,
    }
}

/// The sessions that Zoom's list calls chats of two, and for which it names two addresses.
pub(super) fn chats_of_two(db: &Connection) -> Result<HashSet<i64>> {
    let mut chats = HashSet::new();
    let sql = "SELECT session, raw FROM listings l
         WHERE id = (SELECT max(id) FROM listings WHERE session = l.session)";
    db.each(sql, [], |row| {
        let listed = serde_json::from_str::<ChatSession>(&row.get::<_, String>(1)?).ok();
        let emails = listed
            .filter(|it| it.type_.as_deref() == Some("1:1"))
            .and_then(|it| it.member_emails);
        if emails.is_some_and(|emails| emails.len() == 2) {
            chats.insert(row.get(0)?);
        }
        Ok(())
    })?;
    Ok(chats)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{Groups, Part, same};
    use crate::query::directory::rows::Row;

    /// The names that are one person: of people `(address, id)`, and of who took part where and wrote how much.
    fn joined(people: &[(&str, &str)], parts: &[(i64, i64, u64)]) -> Vec<[usize; 2]> {
        let mut groups = Groups::default();
        let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        for (no, (email, id)) in (0..).zip(people) {
            groups.add(Row {
                no,
                email: some(email),
                member_id: some(id),
                name: None,
            });
        }
        let part = |(session, person, sent): &(i64, i64, u64)| Part {
            session: *session,
            person: *person,
            sent: *sent,
            edited: 0,
            deleted: 0,
            external: false,
            first_ms: None,
            last_ms: None,
        };
        let parts: Vec<Part> = parts.iter().map(part).collect();
        same(&HashSet::from([1, 2]), &parts, &groups)
    }

    #[test]
    fn the_silent_member_of_a_chat_of_two_is_who_writes_there_without_an_address() {
        let people = [("ann@x.example", "m1"), ("out@y.example", ""), ("", "m2")];
        let chat = [(1, 0, 3), (1, 1, 0), (1, 2, 5)];
        assert_eq!(joined(&people, &chat), [[1, 2]]);
        let group = chat.map(|(_, person, sent)| (3, person, sent));
        assert!(joined(&people, &group).is_empty());
    }

    #[test]
    fn whoever_could_be_two_people_is_neither() {
        let people = [
            ("ann@x.example", "m1"),
            ("out@y.example", ""),
            ("", "m2"),
            ("other@y.example", ""),
            ("", "bot"),
        ];
        let chat = [(1, 0, 3), (1, 1, 0), (1, 2, 5)];
        let with_a_bot = [&chat[..], &[(1, 4, 1)]].concat();
        assert!(joined(&people, &with_a_bot).is_empty());
        let in_two_chats = [&chat[..], &[(2, 0, 1), (2, 2, 1), (2, 3, 0)]].concat();
        assert!(joined(&people, &in_two_chats).is_empty());
        let both_silent = [(1, 1, 0), (1, 2, 5), (1, 3, 0)];
        assert!(joined(&people, &both_silent).is_empty());
    }
}
