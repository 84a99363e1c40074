#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

mod document;
mod error;
mod generate;
mod rewrite;
mod view;

use std::{
    env, fs,
    path::{Path, PathBuf},
};

pub use document::Document;
pub use error::Error;

/// The file name of the document.
const DOCUMENT: &str = "zoom-chat-reports.yaml";

/// The document that everything is generated from, in a checkout of the repository.
#[must_use]
pub fn spec_path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../spec")
        .join(DOCUMENT)
}

/// The document of the crate that is built: in a package it lies beside the manifest.
///
/// In a checkout the file beside the manifest is a symbolic link, which some systems cannot make, so `spec/` comes first.
fn document_path() -> PathBuf {
    let spec = spec_path();
    if spec.exists() {
        return spec;
    }
    let manifest = env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it for build scripts");
    Path::new(&manifest).join(DOCUMENT)
}

/// A source that can be generated from the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// The low-level client and its types.
    Client,
    /// Typed helpers for `httpmock`.
    Mock,
}

impl Output {
    /// The name of the generated file.
    #[must_use]
    pub fn file_name(self) -> &'static str {
        match self {
            Self::Client => "client.rs",
            Self::Mock => "mock.rs",
        }
    }

    /// Generates the source from a document, formatted.
    ///
    /// # Errors
    /// When a view or a rewrite finds nothing to change in the document, or when
    /// the generator refuses it.
    pub fn source(self, document: &Document) -> Result<String, Error> {
        match self {
            Self::Client => generate::client(document),
            Self::Mock => generate::mock(document),
        }
    }
}

/// Writes the output into `OUT_DIR` and tells cargo which files it depends on; for build scripts.
///
/// A failure is written to stderr with the file and line at fault, and ends the process.
#[expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a build script talks to cargo through its streams"
)]
pub fn write_to_out_dir(output: Output) {
    let spec = document_path();
    println!("cargo::rerun-if-changed={}", spec.display());
    let out_dir = env::var_os("OUT_DIR").expect("cargo sets OUT_DIR for build scripts");
    let written = Document::read(&spec)
        .and_then(|document| output.source(&document))
        .and_then(|source| {
            let path = Path::new(&out_dir).join(output.file_name());
            fs::write(&path, source).map_err(|error| Error::io(&path, &error))
        });
    if let Err(error) = written {
        eprintln!("error: {error}");
        std::process::exit(1);
    }
}
