//! The byte-order mark that some servers put before their JSON.

use bytes::Bytes;

const MARK: [u8; 3] = *b"\xef\xbb\xbf";

/// Takes a byte-order mark of UTF-8 off the beginning of a body, which JSON itself does not allow.
#[must_use]
pub fn without_mark(body: &[u8]) -> &[u8] {
    body.strip_prefix(&MARK).unwrap_or(body)
}

/// The same for a body that arrives in pieces, which may be as short as a byte.
#[derive(Debug, Default)]
pub(crate) struct Mark {
    /// How many of its bytes have arrived and are held back; none once the beginning is known.
    held: usize,
    settled: bool,
}

impl Mark {
    /// The bytes to pass on after this piece.
    pub(crate) fn strip(&mut self, mut piece: Bytes) -> Bytes {
        if self.settled {
            return piece;
        }
        let rest = &MARK[self.held..];
        let same = rest.iter().zip(&piece).take_while(|(a, b)| a == b).count();
        if same == rest.len() {
            self.settled = true;
            return piece.split_off(same);
        }
        if same == piece.len() {
            self.held += same;
            return Bytes::new();
        }
        let piece = [&MARK[..self.held], &piece].concat();
        *self = Self {
            held: 0,
            settled: true,
        };
        piece.into()
    }

    /// The bytes held back of a body that ended within the mark.
    pub(crate) fn end(&mut self) -> Bytes {
        let held = if self.settled { 0 } else { self.held };
        self.settled = true;
        Bytes::copy_from_slice(&MARK[..held])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_taken_off_the_beginning_only_and_once() {
        let rows: [(&[u8], &[u8]); 7] = [
            (b"", b""),
            (b"{}", b"{}"),
            (b"\xef\xbb\xbf{}", b"{}"),
            (b"\xef\xbb\xbf\xef\xbb\xbf{}", b"\xef\xbb\xbf{}"),
            (b"{\xef\xbb\xbf}", b"{\xef\xbb\xbf}"),
            (b"\xef\xbb", b"\xef\xbb"),
            (b"\xef\xbbx", b"\xef\xbbx"),
        ];
        for (body, expected) in rows {
            assert_eq!(without_mark(body), expected, "{body:?}");
            for size in 1..5 {
                let mut mark = Mark::default();
                let mut all = Vec::new();
                for piece in body.chunks(size) {
                    all.extend_from_slice(&mark.strip(Bytes::copy_from_slice(piece)));
                }
                all.extend_from_slice(&mark.end());
                assert_eq!(all, expected, "{body:?} by {size}");
            }
        }
    }
}
