//! What one kind of request must tell, for a caller to make it.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use reqwest::header::HeaderMap;
use zoom_chat_reports_api as api;

use crate::{
    Result,
    operation::Operation,
    transport::{memory::Reserved, path_id::PathId},
};

/// One kind of request.
pub(crate) trait Request: Send + Sync {
    /// What the generated client gives.
    type Body: Send;
    /// What the caller hands out.
    type Answer: Send;
    const OPERATION: Operation;

    fn carries_page_token(&self) -> bool {
        false
    }

    /// Query parameters that the document does not know.
    fn parameters(&self) -> Arc<[(String, String)]> {
        Arc::default()
    }

    fn send(
        &self,
        client: &api::Client,
    ) -> impl Future<Output = Result<api::ResponseValue<Self::Body>, api::Error<()>>> + Send;

    /// The id in the path. It is checked before anything is sent, so that no operation forgets to.
    fn path_id(&self) -> Option<PathId<'_>> {
        None
    }

    /// Takes the body of a 200, if it is an answer.
    fn accept(&self, body: Self::Body) -> Result<Self::Answer, NotAnAnswer>;
}

/// The body of a success that is no answer.
pub(crate) enum NotAnAnswer {
    /// An error object of Zoom's, in its own text.
    ZoomError(String),
    /// Anything else; the text follows the status, says what was expected, and quotes nothing.
    Unreadable(String),
}

/// An answer, and what its headers told.
#[derive(Debug)]
pub(crate) struct Answered<T> {
    pub(crate) value: T,
    pub(crate) tracking_id: Option<String>,
    pub(crate) headers: HeaderMap,
    /// The length of its body, after decompression.
    pub(crate) body_bytes: u64,
    /// The memory that it takes, where that is bounded.
    pub(crate) memory: Option<Arc<Reserved>>,
    /// The `Date` of this response, else the server's time as far as it is known.
    pub(crate) server_date: DateTime<Utc>,
}
