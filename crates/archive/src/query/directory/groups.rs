//! Rows about people, put together to people.

use std::collections::HashMap;

use super::{
    people::Person,
    rows::{Part, Row},
};

/// People under construction: rows that share an id or an address are one person.
#[derive(Default)]
pub(super) struct Groups {
    people: Vec<Option<Person>>,
    by_key: HashMap<String, usize>,
    by_number: HashMap<i64, usize>,
}

impl Groups {
    pub(super) fn add(&mut self, row: Row) {
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
    pub(super) fn join(&mut self, place: usize, other: usize) {
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

    /// The person to whom a row belongs, and that person's place.
    pub(super) fn of(&self, number: i64) -> Option<(usize, &Person)> {
        let place = *self.by_number.get(&number)?;
        Some((place, self.people[place].as_ref()?))
    }

    pub(super) fn took_part(&mut self, part: &Part) {
        let place = self.by_number.get(&part.person);
        if let Some(Some(person)) = place.map(|place| &mut self.people[*place]) {
            person.took_part(part);
        }
    }

    /// Those who took part in something: a name that only a message's history holds did not.
    pub(super) fn into_people(self) -> Vec<Person> {
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
    use super::{super::rows::Row, Groups};

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
