//! Options and report of a verification.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    model::ModificationsFlag,
    proof::{AcceptanceReport, GapReport, Standing},
};

/// Options of a verification.
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
    /// Everything except the contents of attachments, of which only names and lengths are checked.
    #[must_use]
    pub fn quick() -> Self {
        Self {
            files: false,
            ..Self::default()
        }
    }

    /// Everything; this is the default.
    #[must_use]
    pub fn deep() -> Self {
        Self::default()
    }

    /// Also checks that the ledger holds an earlier head.
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
    /// Rows of the ledger, with their items.
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
        /// Checked.
        done: u64,
        /// In all.
        of: u64,
    },
}

/// The kind of thing that is not as it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FindingKind {
    /// A row of the ledger was changed, added or removed.
    LedgerRow,
    /// The items of a unit are not those that its ledger row names.
    Unit,
    /// The body of an entry, or a derived row of an entry or of its version, was changed.
    Entry,
    /// A row about a session in a list was changed.
    Listing,
    /// The file of a stored attachment is missing or changed.
    Attachment,
    /// Something else that follows from the facts was changed: rows about attachments, settings, runs, sessions, the
    /// index for search.
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
    /// The kind of thing.
    pub kind: FindingKind,
    /// Its name: the number of a ledger row, unit or entry, or the name of a file.
    pub name: String,
    /// The damage.
    pub text: String,
}

/// The report of a verification, for a compliance officer to file.
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
    /// Whether the contents of all attachments were read too.
    pub files_read: bool,
    /// The hash of the ledger's last row.
    pub head: String,
    /// Rows of the ledger.
    pub ledger_rows: u64,
    /// Rows after the one whose hash is the expected head, which proves nothing about them. Null if no head
    /// was expected, or it was not found.
    pub rows_since_head: Option<u64>,
    /// Windows that Zoom answered.
    pub windows: u64,
    /// Sessions that Zoom ever listed.
    pub sessions: u64,
    /// Entries and later versions.
    pub entries: u64,
    /// Items that were stored before the archive had the present format. The ledger has witnessed them since
    /// the archive was converted, and their digests before.
    pub taken_over: u64,
    /// Items of a sync that was killed or is under way: they are not visible, and the next sync removes them.
    pub unfinished: u64,
    /// Whether the archive's settings ask for attachments.
    pub attachments_wanted: bool,
    /// Whether the archive holds what its settings require.
    pub standing: Standing,
    /// The first thousand findings.
    pub findings: Vec<Finding>,
    /// The number of findings.
    pub finding_count: u64,
    /// The first thousand gaps, accepted or not.
    pub gaps: Vec<GapReport>,
    /// Everything that was ever accepted as missing, in order.
    pub acceptances: Vec<AcceptanceReport>,
    /// Messages that Zoom returned before and did not later.
    pub not_returned: u64,
    /// Whether edits of older messages are found.
    pub modifications: ModificationsFlag,
    /// What verification cannot show.
    pub cannot_know: Vec<String>,
}

impl VerifyReport {
    /// Whether everything that was checked is as it was written.
    #[must_use]
    pub fn is_as_written(&self) -> bool {
        self.finding_count == 0
    }

    /// Whether everything is as it was written, including the contents of attachments.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.is_as_written() && self.files_read
    }

    /// Whether nothing is missing except accepted gaps.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.standing.is_complete()
    }
}

/// Lists what verification cannot show.
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
