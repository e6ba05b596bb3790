//! Nodes as users run them, and the commands that they give.

pub use p2pm_tests::circle::{Node, PASSPHRASE, eventually};
