//! Selections: which entries of an archive are meant, the same for every command.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use zoom_chat_reports::EntryKind;

use super::directory::{Directory, Person, Unresolved};
use crate::{facts::digest::kind_number, proof::Question};

/// What is asked for, in the words of the person who asks. An entry must meet every condition; of several people,
/// conversations or kinds, one is enough.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Filter {
    /// Conversations in which these people took part: e-mail addresses, member ids or display names.
    pub people: Vec<String>,
    /// Entries of messages that these people sent.
    pub sent_by: Vec<String>,
    /// These conversations: session ids or titles.
    pub sessions: Vec<String>,
    /// Entries of messages sent at this instant or later. Entries without a possible time always match.
    pub from: Option<DateTime<Utc>>,
    /// Entries of messages sent before this instant. Entries without a possible time always match.
    pub before: Option<DateTime<Utc>>,
    /// Entries of these kinds; empty for all.
    pub kinds: Vec<EntryKind>,
    /// Conversations in which people from outside the account take part.
    pub external: bool,
    /// Entries that name a file.
    pub has_file: bool,
}

/// A [`Filter`] whose names were found. The default selects everything.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Selection {
    /// The numbers and ids of the conversations; none for all.
    pub(crate) sessions: Option<Vec<(i64, String)>>,
    /// The numbers of the senders; none for all.
    pub(crate) senders: Option<BTreeSet<i64>>,
    pub(crate) from: Option<DateTime<Utc>>,
    pub(crate) before: Option<DateTime<Utc>>,
    pub(crate) kinds: Vec<EntryKind>,
    pub(crate) has_file: bool,
}

impl Directory {
    /// Finds what a filter names.
    ///
    /// # Errors
    /// [`Unresolved`] if a name is unknown, or stands for several.
    pub fn select(&self, filter: &Filter) -> Result<Selection, Unresolved> {
        let named = |names: &[String]| -> Result<BTreeSet<i64>, Unresolved> {
            let mut numbers = BTreeSet::new();
            for name in names {
                numbers.extend(&self.person(name)?.sessions);
            }
            Ok(numbers)
        };
        let with_people = named(&filter.people)?;
        let mut by_name = BTreeSet::new();
        for name in &filter.sessions {
            by_name.insert(self.conversation(name)?.no);
        }
        let mut senders = BTreeSet::new();
        for name in &filter.sent_by {
            senders.extend(&self.person(name)?.numbers);
        }
        let all = filter.people.is_empty() && filter.sessions.is_empty() && !filter.external;
        let chosen = self.conversations().iter().filter(|it| {
            (filter.people.is_empty() || with_people.contains(&it.no))
                && (filter.sessions.is_empty() || by_name.contains(&it.no))
                && (!filter.external || it.external)
        });
        let chosen = chosen.map(|it| (it.no, it.session_id.clone()));
        Ok(Selection {
            sessions: (!all).then(|| chosen.collect()),
            senders: (!filter.sent_by.is_empty()).then_some(senders),
            from: filter.from,
            before: filter.before,
            kinds: filter.kinds.clone(),
            has_file: filter.has_file,
        })
    }
}

impl Directory {
    /// The people who took part in the conversations of a selection.
    pub fn people_in(&self, selection: &Selection) -> impl Iterator<Item = &Person> {
        let chosen = selection.sessions.as_ref();
        let chosen = chosen.map(|it| it.iter().map(|(no, _)| *no).collect::<BTreeSet<i64>>());
        self.people().iter().filter(move |person| match &chosen {
            Some(chosen) => !person.sessions.is_disjoint(chosen),
            None => true,
        })
    }
}

impl Selection {
    /// The ids of the conversations; none for all.
    #[must_use]
    pub fn session_ids(&self) -> Option<Vec<String>> {
        let sessions = self.sessions.as_ref()?;
        Some(sessions.iter().map(|(_, id)| id.clone()).collect())
    }

    /// The question whether the archive proves what is selected.
    #[must_use]
    pub fn question(&self) -> Question {
        Question {
            session_ids: self.session_ids(),
            from: self.from,
            before: self.before,
        }
    }

    /// Whether entries of this kind are selected.
    #[must_use]
    pub fn wants(&self, kind: EntryKind) -> bool {
        self.kinds.is_empty() || self.kinds.contains(&kind)
    }

    /// The conditions on an entry `e` in SQL, each beginning with `AND`; those on the conversation are left out. They hold
    /// numbers only, so nothing needs to be escaped.
    pub(crate) fn conditions(&self) -> String {
        let mut sql = String::new();
        let mut and = |condition: String| sql.push_str(&format!(" AND {condition}"));
        if let Some(from) = self.from {
            and(format!(
                "(e.sent_ms >= {} OR e.sent_ms <= 0)",
                from.timestamp_millis()
            ));
        }
        if let Some(before) = self.before {
            and(format!(
                "(e.sent_ms < {} OR e.sent_ms <= 0)",
                before.timestamp_millis()
            ));
        }
        if let Some(senders) = &self.senders {
            and(format!("e.person IN ({})", list(senders.iter().copied())));
        }
        if !self.kinds.is_empty() {
            let kinds = self.kinds.iter().map(|kind| kind_number(*kind));
            and(format!("e.kind IN ({})", list(kinds)));
        }
        if self.has_file {
            and("EXISTS (SELECT 1 FROM attachments a WHERE a.entry = e.id)".to_owned());
        }
        sql
    }

    /// The numbers of the conversations as a JSON array, for `json_each`; none for all.
    #[cfg(feature = "export")]
    pub(crate) fn session_numbers(&self) -> Option<String> {
        let sessions = self.sessions.as_ref()?;
        Some(format!("[{}]", list(sessions.iter().map(|(no, _)| *no))))
    }
}

fn list(numbers: impl Iterator<Item = i64>) -> String {
    let numbers: Vec<String> = numbers.map(|number| number.to_string()).collect();
    numbers.join(", ")
}
