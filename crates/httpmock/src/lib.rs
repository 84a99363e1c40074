#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

mod generated {
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

    include!(concat!(env!("OUT_DIR"), "/mock.rs"));
}

pub use generated::{MockServerExt, operations};
