//! The folder of an archive on the disk: its files, its lock, the processes that have it open, the free space.

pub(crate) mod folder;
pub(crate) mod holders;
pub(crate) mod space;
