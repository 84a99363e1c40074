//! Tokens from elsewhere, for instance from a vault that several programs share.
//!
//! `cargo run -p zoom-chat-reports --example token_source -- TOKEN_FILE`: the file holds a bearer token, and somebody
//! else replaces it in time. `ZOOM_API_URL` leads to a simulated account.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "an example says what it does"
)]

use std::{fs, path::PathBuf, sync::Mutex};

use zoom_chat_reports::{
    ChatReports, DateRange, Error, ErrorKind, Result,
    auth::{AccessToken, TokenSource},
    futures::future::BoxFuture,
};

/// A file with a bearer token.
struct TokenFile {
    path: PathBuf,
    /// The text that was read last and its token: copies of a token are known as the same one.
    last: Mutex<Option<(String, AccessToken)>>,
}

impl TokenFile {
    fn read(&self, rejected: Option<&AccessToken>) -> Result<AccessToken> {
        let text = fs::read_to_string(&self.path).map_err(|error| {
            // Transient: it is tried again. `Credentials` would end the run.
            Error::new(
                ErrorKind::Transport,
                "the file with the token cannot be read",
            )
            .with_source(error)
        })?;
        let mut last = self.last.lock().expect("nobody panics while it is held");
        let token = match &*last {
            Some((before, token)) if *before == text => token.clone(),
            _ => AccessToken::new(text.trim()),
        };
        *last = Some((text, token.clone()));
        if rejected.is_some_and(|rejected| rejected.is_same(&token)) {
            return Err(
                Error::new(ErrorKind::Credentials, "Zoom refuses the token of the file")
                    .with_hint("replace the token"),
            );
        }
        Ok(token)
    }
}

impl TokenSource for TokenFile {
    fn token<'a>(
        &'a self,
        rejected: Option<&'a AccessToken>,
    ) -> BoxFuture<'a, Result<AccessToken>> {
        Box::pin(async move { self.read(rejected) })
    }
}

#[tokio::main]
async fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args()
        .nth(1)
        .ok_or("name the file with the token")?;
    let source = TokenFile {
        path: path.into(),
        last: Mutex::default(),
    };
    let mut builder = ChatReports::builder().token_source(source);
    if let Ok(url) = std::env::var("ZOOM_API_URL") {
        builder = builder.base_url(url);
    }
    let zoom = builder.build()?;
    // The date is known from any answer, also from a refusal. That the list is answered shows that the token is good.
    let range = DateRange::last_days(1, zoom.today().await?)?;
    let sessions = zoom.sessions(range).send().await?;
    println!(
        "the token is good: {} sessions today",
        sessions.sessions().len()
    );
    Ok(())
}
