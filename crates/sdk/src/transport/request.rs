//! The trait of requests that a caller can make.

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
    /// The body that the generated client returns.
    type Body: Send;
    /// The answer that the caller returns.
    type Answer: Send;
    const OPERATION: Operation;

    fn carries_page_token(&self) -> bool {
        false
    }

    /// Query parameters that the OpenAPI document does not define.
    fn parameters(&self) -> Arc<[(String, String)]> {
        Arc::default()
    }

    fn send(
        &self,
        client: &api::Client,
    ) -> impl Future<Output = Result<api::ResponseValue<Self::Body>, api::Error<()>>> + Send;

    /// The id in the path. The caller checks it before anything is sent, for every operation.
    fn path_id(&self) -> Option<PathId<'_>> {
        None
    }

    /// Takes the body of a 200, if it is an answer.
    fn accept(&self, body: Self::Body) -> Result<Self::Answer, NotAnAnswer>;
}

/// The body of a success that is not an answer.
pub(crate) enum NotAnAnswer {
    /// The JSON text of an error object of Zoom's.
    ZoomError(String),
    /// Any other body. The text follows the status, says what was expected, and quotes nothing.
    Unreadable(String),
}

/// An answer, and what its headers say.
#[derive(Debug)]
pub(crate) struct Answered<T> {
    pub(crate) value: T,
    pub(crate) tracking_id: Option<String>,
    pub(crate) headers: HeaderMap,
    /// The length of its body, in bytes after decompression.
    pub(crate) body_bytes: u64,
    /// The memory that it takes, if it is bounded.
    pub(crate) memory: Option<Arc<Reserved>>,
    /// The `Date` of this response, otherwise the server's time as far as known.
    pub(crate) server_date: DateTime<Utc>,
}
