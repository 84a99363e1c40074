//! Names of runs.

use serde::{Deserialize, Serialize};

/// Names a run: one harvest, or one reading of a session.
///
/// Dates are joined only within a run, since an account may move to another time zone between two runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct RunId(u64);

impl RunId {
    /// A new id; JSON numbers hold it exactly.
    pub(crate) fn new() -> Self {
        Self(fastrand::u64(1..1 << 53))
    }
}
