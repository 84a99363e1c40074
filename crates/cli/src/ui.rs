//! Output: data on stdout, progress and errors on stderr.

pub(crate) mod ndjson;
pub(crate) mod output;
pub(crate) mod progress;
pub(crate) mod quantity;
pub(crate) mod rows;
pub(crate) mod standing;
pub(crate) mod stderr;
pub(crate) mod stdout;
pub(crate) mod summary;
pub(crate) mod table;
