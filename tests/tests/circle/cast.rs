//! Nodes as users run them, and the commands that they give.

use std::fs;
use std::path::PathBuf;

pub use p2pm_tests::circle::{Node, PASSPHRASE, eventually};

/// A folder of a user's.
pub fn folder(node: &Node, name: &str) -> PathBuf {
    let folder = node.machine().home().join(name);
    fs::create_dir_all(&folder).expect("room");
    folder
}
