//! Search in the texts of messages.

use chrono::{DateTime, Days, NaiveDate, Utc};
use rusqlite::{Connection, Row, params_from_iter, types::Value};
use schemars::JsonSchema;
use serde::Serialize;
use zoom_chat_reports::EntryKind;

use crate::{
    archive::Archive,
    derived::{index::indexed, sent_at, without_nul},
    error::{Error, Result},
    facts::digest::kind_of,
    proof::midnight,
    sql::Sql,
};

/// The longest pattern that SQLite takes, in bytes.
const LONGEST: usize = 50_000;
/// Conditions on the entries to be found.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct SearchFilter {
    /// Only in this session.
    pub session_id: Option<String>,
    /// Only from this person: a member id, an e-mail address, or a part of a name.
    pub person: Option<String>,
    /// Only entries sent on this day or later, UTC.
    pub from: Option<NaiveDate>,
    /// Only entries sent on this day or earlier, UTC.
    pub to: Option<NaiveDate>,
    /// The largest number of results; `None` for all.
    pub limit: Option<u32>,
}

/// An entry that was found.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct SearchHit {
    /// The session.
    pub session_id: String,
    /// The array in which Zoom sent it.
    pub kind: EntryKind,
    /// Zoom's id of the message.
    pub message_id: Option<String>,
    /// When the message was sent.
    pub sent_at: Option<DateTime<Utc>>,
    /// The sender's e-mail address, which is empty for people outside the account.
    pub sender: Option<String>,
    /// The sender's name.
    pub sender_name: Option<String>,
    /// The text.
    pub text: String,
    /// Whether this is a later version of the entry.
    pub is_version: bool,
    /// Whether the message has been deleted since.
    pub deleted: bool,
}

impl Archive {
    /// Finds entries and versions whose text contains `query`, in the order of sending.
    ///
    /// Ignores case for ASCII letters. An empty query finds everything that the filter selects.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub fn search(&self, query: &str, filter: &SearchFilter) -> Result<Vec<SearchHit>> {
        let mut hits = Vec::new();
        self.search_each(query, filter, |hit| hits.push(hit))?;
        Ok(hits)
    }

    /// As [`search`](Self::search), but passes on each result as it is found.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub fn search_each(
        &self,
        query: &str,
        filter: &SearchFilter,
        mut found: impl FnMut(SearchHit),
    ) -> Result<()> {
        let texts = [Some(query), filter.person.as_deref()];
        if texts
            .iter()
            .flatten()
            .any(|text| like(text).len() > LONGEST)
        {
            let hint = "search for a part of it, which finds the same messages";
            return Err(Error::invalid("the text to be found is too long", hint));
        }
        let (sql, values) = question(&self.db, &without_nul(query), filter)?;
        self.db.each(&sql, params_from_iter(values), |row| {
            found(hit(row)?);
            Ok(())
        })
    }
}

fn hit(row: &Row<'_>) -> rusqlite::Result<SearchHit> {
    Ok(SearchHit {
        session_id: row.get(0)?,
        kind: kind_of(row.get(1)?),
        message_id: row.get(2)?,
        sent_at: sent_at(row.get(3)?),
        sender: row.get(4)?,
        sender_name: row.get(5)?,
        text: row.get(6)?,
        is_version: row.get(7)?,
        deleted: row.get(8)?,
    })
}

/// The query in SQL: the index narrows, the text decides.
fn question(db: &Connection, query: &str, filter: &SearchFilter) -> Result<(String, Vec<Value>)> {
    let mut values: Vec<Value> = Vec::new();
    let mut put = |value: Value| {
        values.push(value);
        format!("?{}", values.len())
    };
    let needle = put(like(query).into());
    let mut both = [
        format!("e.text LIKE {needle} ESCAPE '\\'"),
        format!("v.text LIKE {needle} ESCAPE '\\'"),
    ];
    if let Some(trigrams) = trigrams(query) {
        let matches = put(trigrams.into());
        let upto = indexed(db)?;
        let upto = put(upto.into());
        for (condition, table) in both.iter_mut().zip(["e", "v"]) {
            condition.push_str(&format!(
                " AND ({table}.id > {upto} OR {table}.id IN
                   (SELECT rowid FROM search WHERE search MATCH {matches}))"
            ));
        }
    }
    let rest = conditions(filter, &mut put);
    let limit = filter.limit.map_or(-1, i64::from);
    let limit = put(limit.into());
    let columns = |table: &str, who: &str, is_version: u8| {
        format!(
            "SELECT s.id, e.kind, NULLIF(m.message_id, hex(i.key)), e.sent_ms, {who}.sender,
               {who}.sender_name, COALESCE({table}.text, ''), {is_version},
               m.deleted_entry IS NOT NULL, e.id"
        )
    };
    // A version is found by the sender of the entry, and shows the sender that it names.
    let entries = "entry_columns e JOIN sessions s ON s.no = e.session JOIN items i ON i.id = e.id
       JOIN message_columns m ON m.no = e.message JOIN people p ON p.no = e.person";
    let sql = format!(
        "{} FROM {entries} WHERE {}{rest}
         UNION ALL
         {} FROM version_columns v JOIN people w ON w.no = v.person
           JOIN {entries} WHERE e.id = v.entry AND {}{rest}
         ORDER BY 4, 10, 8 LIMIT {limit}",
        columns("e", "p", 0),
        both[0],
        columns("v", "w", 1),
        both[1],
    );
    Ok((sql, values))
}

/// The filter in SQL: conditions on the entry, its session and its sender.
fn conditions(filter: &SearchFilter, put: &mut impl FnMut(Value) -> String) -> String {
    let mut rest = String::new();
    if let Some(session) = &filter.session_id {
        rest.push_str(&format!(" AND s.id = {}", put(session.clone().into())));
    }
    if let Some(from) = filter.from {
        rest.push_str(&format!(" AND e.sent_ms >= {}", put(start_ms(from).into())));
    }
    if let Some(to) = filter.to {
        rest.push_str(&format!(
            " AND e.sent_ms < {}",
            put(start_ms(to + Days::new(1)).into())
        ));
    }
    if let Some(person) = &filter.person {
        let exact = put(person.clone().into());
        let part = put(like(person).into());
        rest.push_str(&format!(
            " AND (p.sender_member_id = {exact} OR p.sender = {exact} COLLATE NOCASE
               OR p.sender_name LIKE {part} ESCAPE '\\')"
        ));
    }
    rest
}

/// The first instant of a day, UTC, in epoch ms.
pub(super) fn start_ms(day: NaiveDate) -> i64 {
    midnight(day).timestamp_millis()
}

/// A pattern for LIKE that finds exactly this text.
fn like(text: &str) -> String {
    let mut pattern = String::from("%");
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

/// All groups of three characters, as a query to the index; `None` for a shorter text.
fn trigrams(query: &str) -> Option<String> {
    let chars: Vec<char> = query.chars().collect();
    let groups: Vec<String> = chars
        .windows(3)
        .take(100)
        .map(|group| {
            let text: String = group.iter().collect();
            format!("\"{}\"", text.replace('"', "\"\""))
        })
        .collect();
    (!groups.is_empty()).then(|| groups.join(" AND "))
}

#[cfg(test)]
mod tests {
    use super::{like, trigrams};

    #[test]
    fn a_query_is_taken_as_it_is() {
        assert_eq!(like("50%_\\"), "%50\\%\\_\\\\%");
        assert_eq!(trigrams("ab"), None);
        assert_eq!(
            trigrams("a\"bc").as_deref(),
            Some("\"a\"\"b\" AND \"\"\"bc\"")
        );
        assert_eq!(trigrams("会議室").as_deref(), Some("\"会議室\""));
    }
}
