//! One row for many sessions that were asked alike, answered alike, and had nothing new.
//!
//! An account has thousands of sessions in which no one writes. Every run asks each of them, and with
//! a row for each the ledger would outgrow what it proves.

use std::ops::RangeInclusive;

use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zoom_chat_reports::{
    Options,
    dates::{AnsweredWindow, Window as Dates},
};

use super::{digest::hex, reading::Reading};
use crate::{
    error::{Error, ErrorKind, Result},
    sql::Sql,
};

/// Windows of many sessions without anything new.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Quiet {
    pub(crate) run: i64,
    /// The sessions by their numbers, as stretches from the first to the last.
    pub(crate) sessions: Vec<(i64, i64)>,
    /// The number of sessions.
    pub(crate) windows: u64,
    /// The digest of their ids: the numbers follow from the ledger, but the ids were sent to Zoom.
    pub(crate) digest: String,
    pub(crate) asked: Dates,
    /// The answer to the first of them. The others prove the same.
    pub(crate) answered: AnsweredWindow,
    pub(crate) options: Options,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) confirmed: bool,
    /// The pages of each window.
    pub(crate) pages: u32,
    /// Entries that came again, in all windows together.
    pub(crate) sent: u64,
    pub(crate) edited: u64,
    pub(crate) deleted: u64,
}

impl Quiet {
    pub(crate) fn reading(&self) -> Reading<'_> {
        Reading {
            run: self.run,
            asked: self.asked,
            answered: &self.answered,
            axis: self.options.axis,
            confirmed: self.confirmed,
            // Everything that came was known, and nothing that was known was missing.
            agrees: true,
        }
    }

    /// The numbers of its sessions.
    pub(crate) fn numbers(&self) -> impl Iterator<Item = RangeInclusive<i64>> {
        self.sessions.iter().map(|(first, last)| *first..=*last)
    }

    fn each_session(&self, db: &Connection, mut each: impl FnMut(&str)) -> Result<()> {
        let sql = "SELECT id FROM sessions WHERE no BETWEEN ?1 AND ?2 ORDER BY no";
        for (first, last) in &self.sessions {
            db.each(sql, [first, last], |row| {
                each(row.get_ref(0)?.as_str().unwrap_or_default());
                Ok(())
            })?;
        }
        Ok(())
    }

    /// Passes the ids of its sessions to `each`, in the order of their numbers.
    ///
    /// # Errors
    /// [`ErrorKind::Damaged`] if these are not the sessions that were asked.
    pub(crate) fn each_asked(&self, db: &Connection, each: impl FnMut(&str)) -> Result<()> {
        if self.named(db, each)? == (self.windows, self.digest.clone()) {
            return Ok(());
        }
        let text = "the sessions in archive.db are not those that the ledger names";
        Err(Error::new(ErrorKind::Damaged, text)
            .hint_text("run `rebuild`; `verify` shows what else is wrong"))
    }

    /// The count of sessions with its numbers, and the digest of their ids, one line each.
    pub(crate) fn named(
        &self,
        db: &Connection,
        mut each: impl FnMut(&str),
    ) -> Result<(u64, String)> {
        let (mut count, mut digest) = (0, Sha256::new());
        self.each_session(db, |id| {
            each(id);
            count += 1;
            digest.update(id);
            digest.update(b"\n");
        })?;
        Ok((count, hex(&digest.finalize())))
    }
}

/// Numbers in order, as stretches.
pub(crate) fn stretches(numbers: impl IntoIterator<Item = i64>) -> Vec<(i64, i64)> {
    let mut stretches: Vec<(i64, i64)> = Vec::new();
    for number in numbers {
        match stretches.last_mut() {
            Some((_, last)) if *last + 1 == number => *last = number,
            _ => stretches.push((number, number)),
        }
    }
    stretches
}

#[cfg(test)]
mod tests {
    use super::stretches;

    #[test]
    fn numbers_that_follow_each_other_are_one_stretch() {
        assert_eq!(stretches([]), []);
        assert_eq!(stretches([3]), [(3, 3)]);
        assert_eq!(stretches([1, 2, 3, 5, 7, 8]), [(1, 3), (5, 5), (7, 8)]);
    }
}
