//! The SDK as a developer meets it who writes a service on it.

mod arguments;
mod examples;
mod fixtures;
mod kept;
mod streams;
mod tokens;
