//! Where files are that have come, which a node tells once.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use axum::http::StatusCode;
use p2pm_posix::file;

use super::limits::STORED_MAX;
use super::refusal::Refusal;
use crate::node::ErrorKind;

/// The latest files that have come in a run, by their numbers.
#[derive(Default)]
pub(super) struct Stored(Mutex<BTreeMap<u32, PathBuf>>);

impl Stored {
    pub(super) fn add(&self, file: u32, path: PathBuf) {
        let mut paths = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        paths.insert(file, path);
        if paths.len() > STORED_MAX {
            paths.pop_first();
        }
    }

    /// Where a file is. What a browser says is a number alone.
    pub(super) fn path(&self, file: u32) -> Result<PathBuf, Refusal> {
        let paths = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let unknown = || {
            Refusal::new(StatusCode::NOT_FOUND, ErrorKind::Usage, format!("file {file} is not stored here"))
        };
        paths.get(&file).cloned().ok_or_else(unknown)
    }

    /// A file, open. What lies in its place by now is no link, and nothing but a file.
    pub(super) fn open(&self, file: u32) -> Result<(PathBuf, File, u64), Refusal> {
        let path = self.path(file)?;
        let gone = || {
            Refusal::new(
                StatusCode::NOT_FOUND,
                ErrorKind::Usage,
                format!("file {file} is not there any more"),
            )
        };
        let opened = file::options_without_links().read(true).open(&path).map_err(|_| gone())?;
        let about = opened.metadata().map_err(|_| gone())?;
        if about.is_file() { Ok((path, opened, about.len())) } else { Err(gone()) }
    }
}
