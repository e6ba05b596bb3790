//! The user's directory for what lasts as long as programs run: sockets and locks.

use std::path::PathBuf;

use rustix::process::geteuid;

/// `$XDG_RUNTIME_DIR/p2pm`, or `/tmp/p2pm-<uid>` if there is no such directory. It may not exist yet, and is not checked.
pub fn directory() -> PathBuf {
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    match runtime.filter(|dir| dir.is_absolute() && dir.is_dir()) {
        Some(runtime) => runtime.join("p2pm"),
        None => PathBuf::from(format!("/tmp/p2pm-{}", geteuid().as_raw())),
    }
}
