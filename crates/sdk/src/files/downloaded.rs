//! The outcome of a download.

/// A file that was downloaded completely.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Downloaded {
    /// Its size, in bytes.
    pub bytes: u64,
    /// The SHA-256 of its bytes, in 64 lower-case hexadecimal digits.
    pub sha256: String,
    /// Whether the SHA-256 was compared with the one that Zoom or the caller gave.
    pub verified: bool,
    /// How often the transfer was resumed after it broke off.
    pub resumed: u32,
}
