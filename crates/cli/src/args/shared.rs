//! Whether others may read an archive's folder.

/// Whether others may read the folder.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct SharedArgs {
    /// Accept an archive that other users of this machine can read
    #[arg(long)]
    pub(crate) allow_shared: bool,
}
