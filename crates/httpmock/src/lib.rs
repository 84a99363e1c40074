//! Typed [`httpmock`] helpers for Zoom's chat message reports, for our tests and yours.
//!
//! ```no_run
//! use httpmock::MockServer;
//! use zoom_chat_reports_httpmock::MockServerExt;
//!
//! let server = MockServer::start();
//! let mock = server.report_chat_messages(|when, then| {
//!     when.session_id("abc").include_fields("edited_messages");
//!     then.ok(&serde_json::from_str(r#"{"messages": []}"#).expect("a page"));
//! });
//! ```
//!
//! The helpers serialise the client's own types, so they cannot find a wrong
//! field name, and they do not keep the form of JSON: for that, serve raw
//! bodies. Ids with characters that have a meaning in regular expressions do
//! not match.

mod generated {
    //! The generated source, and nothing else.
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

    include!(concat!(env!("OUT_DIR"), "/mock.rs"));
}

pub use generated::{MockServerExt, operations};
