//! Tokens from elsewhere, for instance from a vault that several programs share.
//!
//! `cargo run -p zoom-chat-reports --example token_source -- TOKEN_FILE`: the file holds a bearer token, and another
//! program replaces it in time. `ZOOM_API_URL` can name a simulated account.
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
    /// The last text read, and its token: only copies of one token count as the same token.
    last: Mutex<Option<(String, AccessToken)>>,
}

impl TokenFile {
    fn read(&self, rejected: Option<&AccessToken>) -> Result<AccessToken> {
        let text = fs::read_to_string(&self.path).map_err(|error| {
            // `Transport` is transient, so it is tried again. `Credentials` would end the run.
            Error::new(
                ErrorKind::Transport,
                "the file with the token cannot be read",
            )
            .with_source(error)
        })?;
        let mut last = self
            .last
            .lock()
            .expect("no code panics while the lock is held");
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
    // Any answer gives the date, even a refusal. An answer of the list shows that the token is valid.
    let range = DateRange::last_days(1, zoom.today().await?)?;
    let sessions = zoom.sessions(range).send().await?;
    println!(
        "the token is good: {} sessions today",
        sessions.sessions().len()
    );
    Ok(())
}
