//! What a verification says.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{GapReport, ModificationsFlag};

/// How thoroughly an archive is verified.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct VerifyOptions {
    /// Whether every entry and every file is read and hashed again, too.
    pub deep: bool,
    /// A head that was printed earlier and kept elsewhere: the ledger must hold it.
    pub expect_head: Option<String>,
}

impl VerifyOptions {
    /// Digests and chain, from the hashes that the archive holds.
    #[must_use]
    pub fn quick() -> Self {
        Self::default()
    }

    /// Every byte.
    #[must_use]
    pub fn deep() -> Self {
        Self {
            deep: true,
            expect_head: None,
        }
    }

    /// Also looks for an earlier head.
    #[must_use]
    pub fn expect_head(mut self, head: impl Into<String>) -> Self {
        self.expect_head = Some(head.into());
        self
    }
}

/// What is not as it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FindingKind {
    /// A row of the ledger was changed, added or removed.
    LedgerRow,
    /// The rows of a unit are not those that its ledger row tells of.
    Unit,
    /// An entry, or a later version of one, was changed.
    Entry,
    /// A session in a list was changed.
    Listing,
    /// A file is missing, or not what it was.
    Attachment,
    /// An accepted gap is not the one that the ledger tells of.
    Gap,
    /// What a run is said to have covered is not what the ledger tells.
    Coverage,
    /// An earlier head is not in the ledger.
    Head,
    /// The account stored is not the one of the first ledger row.
    Account,
    /// SQLite finds its own structures damaged.
    Database,
}

/// One thing that is not as it was written. It names places and ids, never what is written there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct Finding {
    /// What.
    pub kind: FindingKind,
    /// Which: the number of a ledger row, unit or entry, or the name of a file.
    pub name: String,
    /// What is wrong with it.
    pub text: String,
}

/// What a verification found, for a compliance officer to file.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct VerifyReport {
    /// The version of this document.
    pub version: u32,
    /// Whether the account is a simulated one.
    pub sandbox: bool,
    /// The account.
    pub account_id: String,
    /// When it was verified, by this machine's clock.
    pub verified_at: DateTime<Utc>,
    /// Whether every byte was read.
    pub deep: bool,
    /// The hash of the ledger's last row.
    pub head: String,
    /// Rows of the ledger.
    pub ledger_rows: u64,
    /// Windows that Zoom answered.
    pub windows: u64,
    /// Sessions that Zoom ever listed.
    pub sessions: u64,
    /// Entries and later versions.
    pub entries: u64,
    /// Stored attachments.
    pub attachments: u64,
    /// Attachments that messages name and that are not stored.
    pub missing_attachments: u64,
    /// Those of them that nobody accepted as gaps.
    pub missing_unaccepted: u64,
    /// Whether the archive's settings ask for attachments.
    pub attachments_wanted: bool,
    /// From here on all messages of all listed sessions are here, but for the gaps.
    pub complete_from: Option<DateTime<Utc>>,
    /// Up to here.
    pub complete_through: Option<DateTime<Utc>>,
    /// What is not as it was written, the first thousand.
    pub findings: Vec<Finding>,
    /// How many findings there are.
    pub finding_count: u64,
    /// What is missing, accepted or not, the first thousand. The id is 0 for what the ledger does not
    /// prove and no sync has named yet, since it was killed.
    pub gaps: Vec<GapReport>,
    /// How many gaps are open.
    pub open_gaps: u64,
    /// How many gaps were accepted by name.
    pub accepted_gaps: u64,
    /// Messages that Zoom returned before and did not later.
    pub not_returned: u64,
    /// Whether edits of older messages are found.
    pub modifications: ModificationsFlag,
    /// What no verification can know.
    pub cannot_know: Vec<String>,
}

impl VerifyReport {
    /// Whether all is as it was written.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.finding_count == 0
    }

    /// Whether a sync has read Zoom's list to its end, and nothing is missing but what was accepted by name.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.complete_through.is_some()
            && self.open_gaps == 0
            && (self.missing_unaccepted == 0 || !self.attachments_wanted)
    }
}

/// What no verification can know.
pub(crate) fn cannot_know(modifications: ModificationsFlag) -> Vec<String> {
    let mut lines = vec![
        "sessions that Zoom's list never named, and messages in them".to_owned(),
        "messages that were removed, edited or deleted before the first sync, beyond what Zoom's report still told of them".to_owned(),
        "what the account's settings for retention, encryption or the keeping of revisions kept Zoom from storing".to_owned(),
    ];
    match modifications {
        ModificationsFlag::Proven => {}
        ModificationsFlag::Unproven => lines.push(
            "edits of older messages: not proven here that Zoom's report tells of them; read again with --reread 30d to find them"
                .to_owned(),
        ),
        ModificationsFlag::Ignored => lines.push(
            "edits of older messages: this account's report does not tell of them; read again with --reread 30d to find them"
                .to_owned(),
        ),
    }
    lines
}
