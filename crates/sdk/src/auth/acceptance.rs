//! Accepted tokens: tells an expired token from a request that is refused with any token.

use std::time::Duration;

use crate::auth::AccessToken;

/// How many new tokens are refused in a row before no token is expected to be accepted. One is not enough:
/// if a new token ends the old one, another program of the same app may have fetched one meanwhile.
const REFUSED_IN_A_ROW: u32 = 5;

/// Which tokens of a client were accepted and refused.
#[derive(Debug, Default)]
pub(crate) struct Acceptance {
    /// The last token that was accepted, and when the request was sent.
    taken: Option<(AccessToken, Duration)>,
    last_refused: Option<AccessToken>,
    in_a_row: u32,
}

impl Acceptance {
    /// Notes that a request sent at `sent` was answered, with anything but a refusal of its token.
    pub(crate) fn took(&mut self, token: &AccessToken, sent: Duration) {
        let is_newer = |(known, at): &(AccessToken, Duration)| !known.is_same(token) || *at < sent;
        if self.taken.as_ref().is_none_or(is_newer) {
            self.taken = Some((token.clone(), sent));
        }
        self.in_a_row = 0;
    }

    pub(crate) fn refused(&mut self, token: &AccessToken) {
        let known = self.last_refused.as_ref();
        if !known.is_some_and(|known| known.is_same(token)) {
            self.last_refused = Some(token.clone());
            self.in_a_row += 1;
        }
    }

    /// Whether a request with this token, sent later than `sent`, was answered. Then the token is valid,
    /// and the request is what is refused.
    pub(crate) fn lives_since(&self, token: &AccessToken, sent: Duration) -> bool {
        let taken = self.taken.as_ref();
        taken.is_some_and(|(known, at)| known.is_same(token) && *at > sent)
    }

    /// Whether fetching another token does not help.
    pub(crate) fn takes_none(&self) -> bool {
        self.in_a_row >= REFUSED_IN_A_ROW
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EARLIER: Duration = Duration::from_secs(1);
    const LATER: Duration = Duration::from_secs(2);

    #[test]
    fn a_token_lives_if_a_later_request_was_answered_with_it() {
        let (token, other) = (AccessToken::new("a"), AccessToken::new("b"));
        let mut seen = Acceptance::default();
        assert!(!seen.lives_since(&token, EARLIER));
        seen.took(&token, EARLIER);
        assert!(!seen.lives_since(&token, EARLIER));
        seen.took(&token, LATER);
        assert!(seen.lives_since(&token, EARLIER));
        assert!(!seen.lives_since(&other, EARLIER));
        // A late answer says nothing about the time after its request was sent.
        seen.took(&token, EARLIER);
        assert!(seen.lives_since(&token, EARLIER));
    }

    #[test]
    fn five_new_tokens_that_are_refused_in_a_row_are_enough() {
        let mut seen = Acceptance::default();
        let tokens: Vec<_> = (0..5).map(|_| AccessToken::new("t")).collect();
        for token in &tokens[..4] {
            // Many requests use one token at the same time.
            seen.refused(token);
            seen.refused(token);
        }
        assert!(!seen.takes_none());
        seen.refused(&tokens[4]);
        assert!(seen.takes_none());
        seen.took(&tokens[4], LATER);
        assert!(!seen.takes_none());
    }
}
