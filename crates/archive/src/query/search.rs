//! Search in the texts of messages and in the names of their files.

mod around;
mod filter;
mod hit;
mod question;

use crate::{
    archive::Archive,
    error::{Error, Result},
    text::SearchQuery,
};
use around::{MOST, around};
use question::{Candidate, candidates};

pub use filter::SearchFilter;
pub use hit::{FoundIn, SearchHit, SearchNeighbour};

/// The longest query, in bytes.
const LONGEST: usize = 50_000;

impl Archive {
    /// Finds entries and versions by their text and by the names of their files, in the order of sending.
    ///
    /// [`SearchQuery`] tells how a query is read. An empty query finds everything that the filter selects.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) if the query is longer than 50,000 bytes, or the
    /// filter asks for more than 1,000 messages around each result; otherwise if the database cannot be read.
    pub fn search(&self, query: &str, filter: &SearchFilter) -> Result<Vec<SearchHit>> {
        let mut hits = Vec::new();
        self.search_each(query, filter, |hit| hits.push(hit))?;
        Ok(hits)
    }

    /// As [`search`](Self::search), but passes on each result as it is found.
    ///
    /// # Errors
    /// As [`search`](Self::search).
    pub fn search_each(
        &self,
        query: &str,
        filter: &SearchFilter,
        mut found: impl FnMut(SearchHit),
    ) -> Result<()> {
        if query.len() > LONGEST {
            let hint = "search for a part of it, which finds the same messages";
            return Err(Error::invalid("the text to be found is too long", hint));
        }
        if filter.context > MOST {
            let text = format!(
                "{} messages around each result are too many",
                filter.context
            );
            let hint =
                format!("ask for at most {MOST}; `messages --archive` prints whole sessions");
            return Err(Error::invalid(text, &hint));
        }
        let words = SearchQuery::parse(query);
        candidates(&self.db, query, &words, filter, |candidate| {
            let Candidate { mut hit, place } = candidate;
            (hit.before, hit.after) = around(&self.db, &place, filter.context)?;
            found(hit);
            Ok(())
        })
    }
}
