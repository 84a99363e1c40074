//! `Content-Range`: which bytes of a file a partial response holds.

use reqwest::header::{CONTENT_RANGE, HeaderMap};

/// A `Content-Range`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ContentRange {
    /// The first byte and the one after the last; `None` in a response without any of the requested bytes.
    pub(super) bytes: Option<(u64, u64)>,
    /// The size of the whole file, in bytes.
    pub(super) total: Option<u64>,
}

impl ContentRange {
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        Self::read(headers.get(CONTENT_RANGE)?.to_str().ok()?)
    }

    fn read(text: &str) -> Option<Self> {
        let (unit, rest) = text.trim().split_once(' ')?;
        if !unit.eq_ignore_ascii_case("bytes") {
            return None;
        }
        let (bytes, total) = rest.split_once('/')?;
        let total = match total {
            "*" => None,
            total => Some(number(total)?),
        };
        if bytes == "*" {
            return Some(Self { bytes: None, total });
        }
        let (first, last) = bytes.split_once('-')?;
        let (first, end) = (number(first)?, number(last)?.checked_add(1)?);
        let fits = first < end && total.is_none_or(|total| end <= total);
        fits.then_some(Self {
            bytes: Some((first, end)),
            total,
        })
    }
}

fn number(text: &str) -> Option<u64> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_http_has() {
        let range = |bytes, total| Some(ContentRange { bytes, total });
        let read = ContentRange::read;
        assert_eq!(read("bytes 3-9/10"), range(Some((3, 10)), Some(10)));
        assert_eq!(read("bytes 3-9/*"), range(Some((3, 10)), None));
        assert_eq!(read("bytes */10"), range(None, Some(10)));
    }

    #[test]
    fn refuses_what_makes_no_sense() {
        for text in [
            "",
            "bytes",
            "bytes 9-3/10",
            "bytes 3-10/10",
            "bytes -3/10",
            "bytes +3-9/10",
            "lines 3-9/10",
            "bytes 3-9",
            "bytes 0-18446744073709551615/*",
        ] {
            assert_eq!(ContentRange::read(text), None, "{text}");
        }
    }
}
