//! What the examples share.

use zoom_chat_reports::{ChatReports, Result, ServerToServer};

/// A client with the credentials of the environment: `ZOOM_ACCOUNT_ID`, `ZOOM_CLIENT_ID` and `ZOOM_CLIENT_SECRET`.
///
/// `ZOOM_API_URL` and `ZOOM_AUTH_URL` lead to a simulated account; `zoom-chat sandbox` prints all five.
#[allow(dead_code, reason = "not every example needs one")]
pub fn client() -> Result<ChatReports> {
    let mut builder = ChatReports::builder().credentials(ServerToServer::from_env()?);
    if let Ok(url) = std::env::var("ZOOM_API_URL") {
        builder = builder.base_url(url);
    }
    if let Ok(url) = std::env::var("ZOOM_AUTH_URL") {
        builder = builder.auth_url(url);
    }
    builder.build()
}

/// Says on standard error what went wrong and what to do.
#[allow(dead_code, reason = "not every example needs it")]
pub fn explain(error: &zoom_chat_reports::Error) {
    eprintln!("error: {error}");
    if let Some(hint) = error.hint() {
        eprintln!("hint: {hint}");
    }
}
