//! Fetching tokens with the credentials of a Server-to-Server OAuth app, one request at a time.

mod answer;

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use futures::future::BoxFuture;
use reqwest::header::ACCEPT_ENCODING;
use tokio::sync;
use url::Url;
use zeroize::Zeroizing;
use zoom_chat_reports_api::{decoded, without_mark};

use crate::{
    Error, ErrorKind, Result, ServerToServer,
    auth::{AccessToken, TokenSource},
    clock::{self, Clock},
    error::zoom::{OAuthError, Verdict},
    lock::lock,
    operation::Operation,
    transport::{
        limiter::Limiter,
        retry::RetryPolicy,
        retry::attempts::{Attempts, Rules},
        retry::failure::{Failure, ResponseHead},
        server_time::ServerTime,
        stats::Counters,
    },
};
use answer::{TokenBody, read_body, refusal};

/// A token is renewed this long before it expires, or after half its life if that is later.
const EARLY: Duration = Duration::from_secs(60);
/// For this long after a failed fetch, callers get its error.
const REMEMBERED: Duration = Duration::from_secs(30);
/// For this long after that, a fetch has only one attempt.
const IMPATIENT_FOR: Duration = Duration::from_secs(60);
/// A token that is refused at this age or younger was ended by another program's token.
const YOUNG: Duration = Duration::from_secs(60);
/// The longest random wait before such a token is replaced. Otherwise two programs of one app could end
/// each other's tokens in step, and one of them would make no progress.
const OUT_OF_STEP: Duration = Duration::from_secs(2);

/// The token endpoint, and how tokens are fetched from it.
#[derive(Debug)]
pub(crate) struct TokenEndpoint {
    pub(crate) http: reqwest::Client,
    pub(crate) url: Url,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) server_time: Arc<ServerTime>,
    pub(crate) counters: Arc<Counters>,
    pub(crate) policy: RetryPolicy,
    /// The separate limiter of token requests.
    pub(crate) limiter: Arc<Limiter>,
    pub(crate) deadline: Duration,
}

/// A cache of one token.
///
/// Tasks that need another token queue at `fetching`. The first one fetches it, and the others get its result, a
/// token or an error. So any number of tasks make one request.
#[derive(Debug)]
pub(crate) struct Tokens(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    endpoint: TokenEndpoint,
    fetching: Arc<sync::Mutex<()>>,
    /// How many tasks wait for a token now.
    waiting: AtomicUsize,
    state: Mutex<State>,
}

/// A task that waits for a token.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn new(all: &'a AtomicUsize) -> Self {
        all.fetch_add(1, Relaxed);
        Self(all)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

#[derive(Debug)]
struct State {
    credentials: ServerToServer,
    token: Option<Cached>,
    last_failure: Option<(Duration, Error)>,
}

#[derive(Clone, Debug)]
struct Cached {
    token: AccessToken,
    fetched_at: Duration,
    renew_at: Duration,
    /// Whether the API has refused it.
    is_refused: bool,
}

impl Tokens {
    pub(crate) fn new(endpoint: TokenEndpoint, credentials: ServerToServer) -> Self {
        Self(Arc::new(Shared {
            endpoint,
            fetching: Arc::default(),
            waiting: AtomicUsize::new(0),
            state: Mutex::new(State {
                credentials,
                token: None,
                last_failure: None,
            }),
        }))
    }

    async fn get(&self, rejected: Option<&AccessToken>) -> Result<AccessToken> {
        let shared = &self.0;
        if let Some(token) = shared.cached(rejected) {
            return Ok(token);
        }
        let _waiting = Waiting::new(&shared.waiting);
        let turn = shared.fetching.clone().lock_owned().await;
        if let Some(token) = shared.cached(rejected) {
            return Ok(token);
        }
        if let Some(error) = shared.fails_still() {
            return Err(error);
        }
        // The fetch runs in a separate task, since a caller may give up before the answer comes. If that ended the
        // fetch, each next caller would start again and give up too.
        let shared = shared.clone();
        let fetched = tokio::spawn(async move {
            let _turn = turn;
            shared.renew().await
        });
        match fetched.await {
            Ok(fetched) => fetched,
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            Err(_) => Err(Error::new(
                ErrorKind::Transport,
                "the tokio runtime in which a token was fetched has ended",
            )),
        }
    }
}

impl Shared {
    async fn renew(&self) -> Result<AccessToken> {
        self.fall_out_of_step().await;
        let fetched = self.fetch().await;
        let mut state = lock(&self.state);
        match fetched {
            Ok(cached) => {
                let token = cached.token.clone();
                state.token = Some(cached);
                state.last_failure = None;
                Ok(token)
            }
            Err(error) => {
                // A fetch that no task waits for any more was not tried for long, so its failure does not count.
                if self.is_wanted() {
                    state.last_failure = Some((self.endpoint.clock.now(), error.clone()));
                }
                Err(error)
            }
        }
    }

    fn is_wanted(&self) -> bool {
        self.waiting.load(Relaxed) > 0
    }

    /// The current token, if it is fresh. A rejected token is never given out.
    fn cached(&self, rejected: Option<&AccessToken>) -> Option<AccessToken> {
        let mut state = lock(&self.state);
        let cached = state.token.as_mut()?;
        cached.is_refused |= rejected.is_some_and(|token| token.is_same(&cached.token));
        let is_fresh = self.endpoint.clock.now() < cached.renew_at;
        (is_fresh && !cached.is_refused).then(|| cached.token.clone())
    }

    /// The error of the last fetch, if that failed a moment ago.
    fn fails_still(&self) -> Option<Error> {
        let now = self.endpoint.clock.now();
        let state = lock(&self.state);
        let (at, error) = state.last_failure.as_ref()?;
        let passed = now.saturating_sub(*at);
        (passed < REMEMBERED).then(|| error.clone().after(passed))
    }

    /// Waits a short random time if another program's token has ended ours.
    async fn fall_out_of_step(&self) {
        let clock = &self.endpoint.clock;
        let now = clock.now();
        let was_ended = lock(&self.state).token.as_ref().is_some_and(|cached| {
            cached.is_refused && now.saturating_sub(cached.fetched_at) < YOUNG
        });
        if was_ended {
            let wait = clock::part_of(OUT_OF_STEP, clock.random());
            clock.sleep_until(now.saturating_add(wait)).await;
        }
    }

    async fn fetch(&self) -> Result<Cached> {
        let endpoint = &self.endpoint;
        let policy = self.policy();
        let rules = Rules {
            policy: &policy,
            clock: &*endpoint.clock,
            counters: &endpoint.counters,
        };
        let mut attempts = Attempts::new(Operation::Token, rules);
        let mut read_again = false;
        loop {
            let failure = match self.attempt(&mut attempts, &policy).await? {
                Ok(cached) => return Ok(cached),
                Err(failure) => failure,
            };
            let oauth = failure.zoom.oauth;
            if oauth == Some(OAuthError::InvalidClient) && !read_again {
                read_again = true;
                if self.credentials_changed()? {
                    continue;
                }
            }
            let now = endpoint.server_time.now();
            if let Some(error) = failure.not_waited_for(&endpoint.policy, now) {
                return Err(attempts.give_up(error));
            }
            let wait = match failure.verdict {
                _ if !self.is_wanted() => None,
                Verdict::Transient | Verdict::RateLimited => attempts.wait(failure.wait),
                Verdict::NoAnswer => attempts.wait_unreadable(),
                Verdict::Final(_) | Verdict::TokenRejected => None,
            };
            let Some(wait) = wait else {
                return Err(attempts.give_up(failure.error.with_retry(now, failure.wait)));
            };
            attempts.sleep_after(&failure.error, wait).await;
        }
    }

    /// The retry policy of a fetch: a caller that comes just after a failed fetch does not wait as long again.
    fn policy(&self) -> RetryPolicy {
        let now = self.endpoint.clock.now();
        match lock(&self.state).last_failure {
            Some((at, _)) if now.saturating_sub(at) < REMEMBERED + IMPATIENT_FOR => {
                RetryPolicy::none()
            }
            _ => self.endpoint.policy.clone(),
        }
    }

    /// Makes one request in a slot, and reports the outcome to the slot.
    async fn attempt(
        &self,
        attempts: &mut Attempts<'_>,
        policy: &RetryPolicy,
    ) -> Result<Result<Cached, Failure>> {
        let endpoint = &self.endpoint;
        let patience = attempts.patience_of_call();
        let slot = endpoint.limiter.slot(Operation::Token, patience, false);
        let slot = slot
            .await
            .map_err(|error| error.doing(Operation::Token.template()))?;
        attempts.begin();
        let outcome = self.request().await;
        match &outcome {
            Ok(_) => {
                slot.answered();
                endpoint.counters.token_refresh();
            }
            Err(failure) => match failure.verdict {
                Verdict::Transient => slot.failed(&failure.error, None),
                Verdict::RateLimited => {
                    let pause = failure.pause(attempts).min(policy.longest_wait());
                    slot.limited(pause, false, &failure.error);
                }
                _ => slot.answered(),
            },
        }
        Ok(outcome)
    }

    /// Whether the files hold other credentials than the refused ones; if so, uses them from now on.
    fn credentials_changed(&self) -> Result<bool> {
        let before = lock(&self.state).credentials.clone();
        let now = before.read_again()?;
        let changed = now.current() != before.current();
        lock(&self.state).credentials = now;
        Ok(changed)
    }

    async fn request(&self) -> Result<Cached, Failure> {
        let endpoint = &self.endpoint;
        let sent_at = endpoint.clock.now();
        let request = {
            let state = lock(&self.state);
            let credentials = state.credentials.current();
            endpoint
                .http
                .post(endpoint.url.clone())
                .header(ACCEPT_ENCODING, "gzip")
                .basic_auth(
                    &credentials.client_id,
                    Some(credentials.client_secret.expose()),
                )
                // In the body, since the query of a URL ends up in logs.
                .form(&[
                    ("grant_type", "account_credentials"),
                    ("account_id", &credentials.account_id),
                ])
        };
        let exchange = async {
            let response = request.send().await.map_err(Failure::of_transport)?;
            let status = response.status();
            let headers = response.headers().clone();
            endpoint.server_time.learn(&headers);
            let body = Zeroizing::new(read_body(decoded(response)).await?);
            Ok((status, headers, body))
        };
        let (status, headers, body) = tokio::time::timeout(endpoint.deadline, exchange)
            .await
            .unwrap_or_else(|_| Err(Failure::of_deadline(endpoint.deadline)))?;

        if status.is_success()
            && let Some(token) = TokenBody::read(without_mark(&body))
        {
            return Ok(self.cache(token, sent_at));
        }
        let seen = ResponseHead::new(status, &headers, endpoint.server_time.now());
        Err(refusal(seen, without_mark(&body)))
    }

    fn cache(&self, body: TokenBody, sent_at: Duration) -> Cached {
        let life = body.life();
        let now = self.endpoint.server_time.now();
        let mut token = AccessToken::new(body.access_token)
            .with_scopes(body.scopes)
            .with_expiry(clock::add(now, life));
        if let Some(url) = body.api_url {
            token = token.with_api_url(url);
        }
        Cached {
            token,
            fetched_at: self.endpoint.clock.now(),
            is_refused: false,
            renew_at: sent_at.saturating_add(life - EARLY.min(life / 2)),
        }
    }
}

impl TokenSource for Tokens {
    fn token<'a>(
        &'a self,
        rejected: Option<&'a AccessToken>,
    ) -> BoxFuture<'a, Result<AccessToken>> {
        Box::pin(self.get(rejected))
    }
}

#[cfg(test)]
#[path = "tokens_tests.rs"]
mod tests;
