//! Only the generated source.
#![allow(
    missing_docs,
    unused_imports,
    unused_qualifications,
    rust_2018_idioms,
    clippy::all,
    clippy::pedantic,
    clippy::unwrap_used,
    reason = "generated code is judged by its snapshot, not by lints"
)]

include!(concat!(env!("OUT_DIR"), "/client.rs"));
