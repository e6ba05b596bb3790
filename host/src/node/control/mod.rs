//! Control socket of a node: JSON lines over a Unix socket that is the user's alone. `docs/CONTROL.md` describes it.

mod client;
pub mod line;
mod server;

use std::io;
use std::path::{Path, PathBuf};

pub use self::client::{Client, HangUp};
pub use self::server::Server;
use crate::config::{private, runtime};

/// Version of the lines.
const VERSION: u64 = 1;
/// Longest request, in bytes: a text of which every byte is escaped, and what is around it.
pub const REQUEST_MAX: u64 = 6 * 16 * 1024 + 1024;
/// Longest answer or piece of news, in bytes: all contacts of a node.
pub const ANSWER_MAX: u64 = 1 << 20;

/// The error with the path of the socket that it is about.
fn about(path: &Path) -> impl Fn(io::Error) -> io::Error + use<'_> {
    move |error| io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

/// Path of the control socket of a profile, in the user's own directory.
fn path(profile: &str) -> io::Result<PathBuf> {
    let directory = runtime::directory();
    private::create_dir(&directory)
        .map_err(|why| io::Error::other(format!("{}: {why}", directory.display())))?;
    Ok(directory.join(format!("{profile}.sock")))
}
