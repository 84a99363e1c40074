//! Options and report of a verification.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    model::ModificationsFlag,
    proof::{AcceptanceReport, GapReport, Standing},
};

/// How thoroughly an archive is verified.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct VerifyOptions {
    /// Whether every attachment is read and hashed again.
    pub files: bool,
    /// A head that was kept elsewhere: the ledger must hold it.
    pub expect_head: Option<String>,
}

impl Default for VerifyOptions {
    /// Everything.
    fn default() -> Self {
        Self {
            files: true,
            expect_head: None,
        }
    }
}

impl VerifyOptions {
    /// Everything but the bytes of attachments, of which only names and lengths are looked at.
    #[must_use]
    pub fn quick() -> Self {
        Self {
            files: false,
            ..Self::default()
        }
    }

    /// Every byte: the same as the default.
    #[must_use]
    pub fn deep() -> Self {
        Self::default()
    }

    /// Also looks for an earlier head.
    #[must_use]
    pub fn expect_head(mut self, head: impl Into<String>) -> Self {
        self.expect_head = Some(head.into());
        self
    }
}

/// Progress of a verification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum VerifyStep {
    /// Rows of the ledger, with what they tell of.
    Ledger {
        /// Read.
        done: u64,
        /// In all.
        of: u64,
    },
    /// Tables that follow from the ledger.
    Tables {
        /// Compared.
        done: u64,
        /// In all.
        of: u64,
    },
    /// The index for search.
    Search {
        /// Places compared.
        done: u64,
    },
    /// Attachments.
    Files {
        /// Looked at.
        done: u64,
        /// In all.
        of: u64,
    },
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
    /// What Zoom sent of an entry, or what is said of one or of a version of it, was changed.
    Entry,
    /// What is said of a session in a list was changed.
    Listing,
    /// A file is missing, or not what it was; or what is said of it was changed.
    Attachment,
    /// Something else that follows from the facts was changed: settings, runs, sessions, the index for search.
    Derived,
    /// An earlier head is not in the ledger.
    Head,
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
    /// Whether the bytes of all attachments were read, too.
    pub files_read: bool,
    /// The hash of the ledger's last row.
    pub head: String,
    /// Rows of the ledger.
    pub ledger_rows: u64,
    /// Rows behind the one whose hash is the head that was looked for: that head proves nothing of them.
    /// Null where none was looked for, or it was not found.
    pub rows_since_head: Option<u64>,
    /// Windows that Zoom answered.
    pub windows: u64,
    /// Sessions that Zoom ever listed.
    pub sessions: u64,
    /// Entries and later versions.
    pub entries: u64,
    /// Items that came before the archive had the present format: the ledger has witnessed them since
    /// the archive was brought up, and their digests before.
    pub taken_over: u64,
    /// Items of a sync that was killed or is under way: nobody sees them, and the next sync removes them.
    pub unfinished: u64,
    /// Whether the archive's settings ask for attachments.
    pub attachments_wanted: bool,
    /// What the archive holds of what its settings require.
    pub standing: Standing,
    /// What is not as it was written, the first thousand.
    pub findings: Vec<Finding>,
    /// How many findings there are.
    pub finding_count: u64,
    /// What is missing, accepted or not, the first thousand.
    pub gaps: Vec<GapReport>,
    /// All that was ever accepted as missing, in order.
    pub acceptances: Vec<AcceptanceReport>,
    /// Messages that Zoom returned before and did not later.
    pub not_returned: u64,
    /// Whether edits of older messages are found.
    pub modifications: ModificationsFlag,
    /// What no verification can know.
    pub cannot_know: Vec<String>,
}

impl VerifyReport {
    /// Whether all that was looked at is as it was written.
    #[must_use]
    pub fn is_as_written(&self) -> bool {
        self.finding_count == 0
    }

    /// Whether all is as it was written, the bytes of attachments included.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.is_as_written() && self.files_read
    }

    /// Whether nothing is missing that nobody accepted.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.standing.is_complete()
    }
}

/// What no verification can know.
pub(crate) fn cannot_know(modifications: ModificationsFlag) -> Vec<String> {
    let mut lines = vec![
        "sessions that Zoom's list never named, and messages in them".to_owned(),
        "messages that were removed, edited or deleted before the first sync, except for what Zoom's report still listed".to_owned(),
        "what Zoom did not store because of the account's settings for retention, encryption or revisions".to_owned(),
    ];
    match modifications {
        ModificationsFlag::Proven => {}
        ModificationsFlag::Unproven => lines.push(
            "edits of older messages: it is not proven here that Zoom's report lists them; read again with --reread 30d to find them"
                .to_owned(),
        ),
        ModificationsFlag::Ignored => lines.push(
            "edits of older messages: this account's report does not list them; read again with --reread 30d to find them"
                .to_owned(),
        ),
    }
    lines
}
