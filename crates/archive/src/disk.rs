//! The folder of an archive on the disk: files, lock, processes that have it open, free space.

mod folder;
mod holders;
mod place;
mod space;

pub(crate) use folder::{
    Folder, WriterLock, make_private_folder, private_file, sync_file, sync_folder, write_beside,
};
pub(crate) use holders::holders;
pub(crate) use place::Place;
pub(crate) use space::check_space;
