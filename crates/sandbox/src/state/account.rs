//! The account's names and secrets, which the seed decides, and its access tokens.

use std::collections::HashMap;

use crate::hash;

/// The ids of the account and the app, and the app's secret.
#[derive(Clone)]
pub(crate) struct Account {
    pub(crate) id: String,
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
}

impl Account {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            id: hash::word(hash::join(seed, &[1]), 22),
            client_id: hash::word(hash::join(seed, &[2]), 22),
            client_secret: hash::word(hash::join(seed, &[3]), 32),
        }
    }
}

/// The access tokens that were issued.
pub(crate) struct Tokens {
    seed: u64,
    issued: u64,
    /// When each token that was not revoked expires, epoch ms.
    live: HashMap<String, i64>,
}

impl Tokens {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            seed,
            issued: 0,
            live: HashMap::new(),
        }
    }

    /// Issues a token that expires at this instant (epoch ms); `alone` ends all others.
    pub(crate) fn issue(&mut self, expires: i64, alone: bool) -> String {
        if alone {
            self.live.clear();
        }
        self.issued += 1;
        let token = format!(
            "sandbox.{}",
            hash::word(hash::join(self.seed, &[4, self.issued]), 64)
        );
        self.live.insert(token.clone(), expires);
        token
    }

    /// Whether a token is good at `now` (epoch ms).
    pub(crate) fn accepts(&self, token: &str, now: i64) -> bool {
        self.live.get(token).is_some_and(|&expires| now < expires)
    }

    pub(crate) fn revoke(&mut self, token: &str) {
        self.live.remove(token);
    }

    pub(crate) fn revoke_all(&mut self) {
        self.live.clear();
    }

    /// How many were ever issued.
    pub(crate) fn issued(&self) -> u64 {
        self.issued
    }
}
