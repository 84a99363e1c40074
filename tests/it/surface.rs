//! The SDK as a developer meets it who writes a service on it.

mod arguments;
mod fixtures;
mod kept;
mod streams;
mod tokens;
