//! The parts that requests need: HTTP clients, tokens, limiters, the clock and their options.

use std::{sync::Arc, time::Duration};

use zoom_chat_reports_api::Floor;

use crate::{
    auth::TokenSource,
    clock::Clock,
    operation::Operation,
    transport::{
        base::Base,
        hosts::Hosts,
        limiter::Limiter,
        retry::RetryPolicy,
        retry::attempts::{Attempts, Made, Rules},
        server_time::ServerTime,
        stats::Counters,
    },
};

/// The parts that requests need.
pub(crate) struct Parts {
    /// The client for files.
    pub(crate) http: reqwest::Client,
    /// The client for answers of the API; it has no idle timeout, since answers may wait for memory.
    pub(crate) pages: reqwest::Client,
    /// The longest time without any byte of an answer.
    pub(crate) idle: Option<Duration>,
    pub(crate) base: Base,
    pub(crate) tokens: Arc<dyn TokenSource>,
    pub(crate) server_time: Arc<ServerTime>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) counters: Arc<Counters>,
    pub(crate) reports: Arc<Limiter>,
    pub(crate) files: Arc<Limiter>,
    pub(crate) policy: RetryPolicy,
    pub(crate) max_body: u64,
    pub(crate) floor: Floor,
    pub(crate) links: Hosts,
    /// The time limit for a whole request, including its body.
    pub(crate) deadline: Duration,
}

impl Parts {
    /// The attempts of a request that continues where `made` left off.
    pub(crate) fn attempts(&self, operation: Operation, made: Made) -> Attempts<'_> {
        let rules = Rules {
            policy: &self.policy,
            clock: &*self.clock,
            counters: &self.counters,
        };
        Attempts::resume(operation, rules, made)
    }
}
