//! A small file system for a test, in a mount namespace of its own, without anything left behind.

use std::path::Path;
use std::process::Command;
use std::{panic, thread};

use rustix::thread::{UnshareFlags, unshare_unsafe};
use tempfile::TempDir;

use crate::namespace::skip;

/// Runs `work` in a thread for which a directory is a file system of so many bytes. `None` if that is not possible here,
/// which is reported: the test is then skipped.
///
/// # Panics
///
/// If the work panics; or if it is not possible, and `P2PM_REQUIRE_ROOT_TESTS` is set.
#[track_caller]
pub fn on_small_disk<T: Send>(bytes: usize, work: impl FnOnce(&Path) -> T + Send) -> Option<T> {
    let size = format!("size={bytes}");
    let mount = |dir: &Path| run(Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(dir));
    on_own_mount(mount, work)
}

/// The same with whatever `mount` puts at a directory.
#[track_caller]
pub(crate) fn on_own_mount<T: Send>(
    mount: impl FnOnce(&Path) -> Result<(), String> + Send,
    work: impl FnOnce(&Path) -> T + Send,
) -> Option<T> {
    let dir = TempDir::new().expect("a temporary directory can be made");
    let result = thread::scope(|scope| {
        let inside = scope.spawn(|| unshare().and_then(|()| mount(dir.path())).map(|()| work(dir.path())));
        inside.join().unwrap_or_else(|panic| panic::resume_unwind(panic))
    });
    result.map_err(|error| skip(&error)).ok()
}

/// What this thread mounts from now on, it mounts for itself alone.
fn unshare() -> Result<(), String> {
    // SAFETY: file descriptors remain common to all threads.
    let unshared = unsafe { unshare_unsafe(UnshareFlags::NEWNS) };
    unshared.map_err(|error| format!("no mount namespace without the rights of root: {error}"))?;
    run(Command::new("mount").args(["--make-rprivate", "/"]))
}

/// Runs a command to its end; what it says is the error.
pub(crate) fn run(command: &mut Command) -> Result<(), String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|error| format!("{name}: {error}"))?;
    if output.status.success() {
        Ok(())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).trim().to_owned())
    }
}
