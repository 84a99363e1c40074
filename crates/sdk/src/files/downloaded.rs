//! The outcome of a download.

/// A file that was downloaded, whole.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Downloaded {
    /// Its size.
    pub bytes: u64,
    /// The SHA-256 of what came, 64 lower-case hexadecimal digits.
    pub sha256: String,
    /// The SHA-256 was known before, from Zoom or the caller, and is the same.
    pub verified: bool,
    /// How often the transfer was taken up again after it had broken off.
    pub resumed: u32,
}
