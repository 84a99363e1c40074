//! Decompresses gzip, under every name and in every form that HTTP allows.

use std::{error::Error, io::Write, mem, pin::Pin};

use bytes::Bytes;
use flate2::write::MultiGzDecoder;
use futures::{Stream, StreamExt, stream};
use reqwest::{
    Body, Response,
    header::{CONTENT_ENCODING, CONTENT_LENGTH, HeaderMap},
};

/// How many compressed bytes are decompressed at once. They may expand a thousandfold, so the
/// output is counted between two steps.
const STEP: usize = 1024;

pub(crate) type BoxError = Box<dyn Error + Send + Sync>;

/// Decompresses a response whose encoding is gzip; leaves others as they are.
///
/// The HTTP client decompresses only a lower-case `gzip`, and only the first member of a stream. Names
/// have no case, `x-gzip` is an alias, and a stream may have several members (RFC 9110, RFC 1952).
#[must_use]
pub fn decoded(response: Response) -> Response {
    if !is_gzip(response.headers()) {
        return response;
    }
    let mut parts = http::Response::new(());
    *parts.status_mut() = response.status();
    *parts.headers_mut() = response.headers().clone();
    // Both describe the compressed bytes.
    parts.headers_mut().remove(CONTENT_ENCODING);
    parts.headers_mut().remove(CONTENT_LENGTH);
    let compressed = response
        .bytes_stream()
        .map(|chunk| chunk.map_err(|error| BoxError::from(error.without_url())));
    let body = stream::try_unfold(Gunzip::new(compressed), Gunzip::next);
    Response::from(parts.map(|()| Body::wrap_stream(body)))
}

/// Whether gzip is the one encoding of a body.
fn is_gzip(headers: &HeaderMap) -> bool {
    let mut encodings = headers
        .get_all(CONTENT_ENCODING)
        .iter()
        .flat_map(|value| value.to_str().unwrap_or("unknown").split(','))
        .map(|name| name.trim().to_ascii_lowercase())
        .filter(|name| !name.is_empty() && name != "identity");
    let first = encodings.next();
    matches!(first.as_deref(), Some("gzip" | "x-gzip")) && encodings.next().is_none()
}

/// A body that is being decompressed.
struct Gunzip {
    compressed: Pin<Box<dyn Stream<Item = Result<Bytes, BoxError>> + Send>>,
    /// The bytes that arrived and are still compressed.
    chunk: Bytes,
    /// None before the first byte: an empty body is empty whatever its encoding.
    decoder: Option<MultiGzDecoder<Vec<u8>>>,
}

impl Gunzip {
    fn new(compressed: impl Stream<Item = Result<Bytes, BoxError>> + Send + 'static) -> Self {
        Self {
            compressed: Box::pin(compressed),
            chunk: Bytes::new(),
            decoder: None,
        }
    }

    /// The next bytes, and the rest.
    async fn next(mut self) -> Result<Option<(Bytes, Self)>, BoxError> {
        loop {
            if self.chunk.is_empty() {
                match self.compressed.next().await {
                    Some(chunk) => self.chunk = chunk?,
                    None => return self.end(),
                }
                continue;
            }
            let step = self.chunk.split_to(self.chunk.len().min(STEP));
            let decoder = self
                .decoder
                .get_or_insert_with(|| MultiGzDecoder::new(Vec::new()));
            decoder.write_all(&step)?;
            decoder.flush()?;
            let plain = mem::take(decoder.get_mut());
            if !plain.is_empty() {
                return Ok(Some((plain.into(), self)));
            }
        }
    }

    /// The last bytes, if the stream is whole.
    fn end(mut self) -> Result<Option<(Bytes, Self)>, BoxError> {
        let Some(mut decoder) = self.decoder.take() else {
            return Ok(None);
        };
        decoder.try_finish()?;
        let plain = mem::take(decoder.get_mut());
        Ok((!plain.is_empty()).then(|| (plain.into(), self)))
    }
}

#[cfg(test)]
mod tests {
    use flate2::{Compression, write::GzEncoder};
    use futures::{FutureExt, TryStreamExt};

    use super::*;

    fn member(text: &str) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text.as_bytes()).expect("memory");
        encoder.finish().expect("memory")
    }

    /// Decompresses a body that arrives in pieces of this size.
    fn gunzip(body: &[u8], piece: usize) -> Result<Vec<u8>, BoxError> {
        let pieces: Vec<_> = body
            .chunks(piece)
            .map(|it| Ok(Bytes::copy_from_slice(it)))
            .collect();
        let plain = stream::try_unfold(Gunzip::new(stream::iter(pieces)), Gunzip::next);
        let all = plain.try_fold(Vec::new(), async |mut all, chunk| {
            assert!(chunk.len() <= STEP * 1040, "{}", chunk.len());
            all.extend_from_slice(&chunk);
            Ok(all)
        });
        all.now_or_never().expect("nothing to wait for")
    }

    #[test]
    fn one_or_several_members_are_undone_in_pieces_of_any_size() {
        let text = "käse ".repeat(1000);
        let several = [member(&text), member(""), member("end")].concat();
        for piece in [1, 2, 7, 10, 18, 1023, 1024, 1025, usize::MAX] {
            assert_eq!(
                gunzip(&member(&text), piece).expect("whole"),
                text.as_bytes()
            );
            let all = gunzip(&several, piece).expect("whole");
            assert_eq!(all, format!("{text}end").as_bytes(), "{piece}");
        }
        assert_eq!(gunzip(&[], 1).expect("empty"), b"");
    }

    #[test]
    fn what_is_cut_off_or_damaged_is_an_error_and_never_a_shorter_body() {
        let whole = member(&"text ".repeat(300));
        for length in 1..whole.len() {
            assert!(gunzip(&whole[..length], 7).is_err(), "{length}");
        }
        let mut damaged = whole.clone();
        let checksum = damaged.len() - 8;
        damaged[checksum] ^= 1;
        assert!(gunzip(&damaged, 7).is_err());
        assert!(gunzip(&[&whole[..], b"more"].concat(), 7).is_err());
        assert!(gunzip(b"plain text", 7).is_err());
    }

    #[test]
    fn little_comes_out_at_once_whatever_comes_in() {
        let bomb = member(&" ".repeat(32 << 20));
        assert_eq!(gunzip(&bomb, usize::MAX).expect("whole").len(), 32 << 20);
    }

    #[test]
    fn gzip_has_two_names_without_case() {
        let rows: [(&[&str], bool); 12] = [
            (&[], false),
            (&["gzip"], true),
            (&["GZIP"], true),
            (&["x-gzip"], true),
            (&["X-Gzip"], true),
            (&[" gzip "], true),
            (&["gzip, identity"], true),
            (&["identity"], false),
            (&["br"], false),
            (&["gzip, br"], false),
            (&["gzip", "gzip"], false),
            (&["gzipped"], false),
        ];
        for (values, expected) in rows {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(CONTENT_ENCODING, value.parse().expect("ok"));
            }
            assert_eq!(is_gzip(&headers), expected, "{values:?}");
        }
    }
}
