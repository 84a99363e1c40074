//! Bodies in tolerable but rare wire forms.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};

use crate::value::choice;

choice! {
    /// The wire form of a body.
    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum Encoding {
        /// A byte-order mark before the text.
        #[default]
        Bom = "bom",
        /// Compressed, with the usual `Content-Encoding: gzip`.
        Gzip = "gzip",
        /// The same under the name `GZIP`: codings have no case.
        #[serde(rename = "GZIP")]
        UpperGzip = "GZIP",
        /// The same under its older name `x-gzip`.
        #[serde(rename = "x-gzip")]
        OldGzip = "x-gzip",
        /// `gzip` of three members, one after another.
        Members = "members",
    }
}

impl Encoding {
    /// The body in this form, and its `Content-Encoding` if it has one.
    pub(crate) fn apply(self, body: &[u8]) -> (Vec<u8>, Option<&'static str>) {
        match self {
            Self::Bom => ([b"\xEF\xBB\xBF", body].concat(), None),
            Self::Gzip => (gzip(body), Some("gzip")),
            Self::UpperGzip => (gzip(body), Some("GZIP")),
            Self::OldGzip => (gzip(body), Some("x-gzip")),
            Self::Members => {
                let third = body.len() / 3;
                let (first, rest) = body.split_at(third);
                let (second, last) = rest.split_at(third);
                let members = [first, second, last].map(gzip);
                (members.concat(), Some("gzip"))
            }
        }
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).expect("memory takes all bytes");
    encoder.finish().expect("memory takes all bytes")
}
