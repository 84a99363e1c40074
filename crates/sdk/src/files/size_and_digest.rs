//! The expected size and digest of a file.

use sha2::{Digest, Sha256};

use crate::{Error, ErrorKind, Result};

/// The size and digest of a file, as far as they are known before its bytes arrive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Promise {
    pub(super) size: Option<u64>,
    pub(super) sha256: Option<[u8; 32]>,
}

impl Promise {
    /// Adds what another source says.
    ///
    /// # Errors
    /// [`ErrorKind::FileMismatch`] when the two contradict each other.
    pub(super) fn and(self, other: Self) -> Result<Self> {
        if let (Some(one), Some(two)) = (self.size, other.size)
            && one != two
        {
            return Err(mismatch(format!(
                "the file has {two} bytes instead of {one}"
            )));
        }
        if let (Some(one), Some(two)) = (self.sha256, other.sha256)
            && one != two
        {
            return Err(mismatch("the file's SHA-256 is not the expected one"));
        }
        Ok(Self {
            size: self.size.or(other.size),
            sha256: self.sha256.or(other.sha256),
        })
    }

    /// Checks a whole file.
    ///
    /// # Errors
    /// [`ErrorKind::FileMismatch`] when it is another file.
    pub(super) fn check(&self, bytes: u64, digest: [u8; 32]) -> Result<()> {
        let of_size = Self {
            size: Some(bytes),
            sha256: Some(digest),
        };
        self.and(of_size).map(|_| ())
    }
}

pub(super) fn mismatch(cause: impl Into<String>) -> Error {
    Error::new(ErrorKind::FileMismatch, cause)
}

/// Reads a SHA-256 in 64 hexadecimal digits.
pub(super) fn read_sha256(text: &str) -> Option<[u8; 32]> {
    let text = text.trim();
    if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let mut digest = [0; 32];
    for (byte, digits) in digest.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        let digits = std::str::from_utf8(digits).ok()?;
        *byte = u8::from_str_radix(digits, 16).ok()?;
    }
    Some(digest)
}

/// Writes a SHA-256 in 64 hexadecimal digits.
pub(super) fn write_sha256(digest: [u8; 32]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(super) fn finish(hasher: &Sha256) -> [u8; 32] {
    hasher.clone().finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_64_hexadecimal_digits_of_either_case() {
        let text = "00ff".repeat(16);
        let digest = read_sha256(&text.to_uppercase()).expect("ok");
        assert_eq!(write_sha256(digest), text);
        for text in ["", "00", &"0g".repeat(32), &"é".repeat(32)] {
            assert_eq!(read_sha256(text), None, "{text}");
        }
    }

    #[test]
    fn two_promises_that_differ_are_a_mismatch() {
        let size = |size| Promise {
            size: Some(size),
            sha256: None,
        };
        let digest = Promise {
            size: None,
            sha256: Some([7; 32]),
        };
        let both = size(3).and(digest).expect("ok");
        assert_eq!((both.size, both.sha256), (Some(3), Some([7; 32])));
        let error = size(3).and(size(4)).expect_err("they differ");
        assert_eq!(error.kind(), ErrorKind::FileMismatch);
        assert!(both.check(3, [8; 32]).is_err());
        assert!(both.check(4, [7; 32]).is_err());
        assert!(both.check(3, [7; 32]).is_ok());
        assert!(Promise::default().check(3, [7; 32]).is_ok());
    }
}
