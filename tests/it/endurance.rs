//! Every run ends, and none floods: outages of every kind, in simulated time.
//!
//! The account is one that a script answers for, and its requests are noted with the simulated time. So a
//! test can tell how many there were in the worst minute of an hour that took a second.

mod account;
mod clock;
mod memory;
mod outages;
mod refusals;
mod stopped;
mod tokens;
