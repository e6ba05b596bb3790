//! Opening what is at a path, whatever it is.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use nix::fcntl::OFlag;

/// Opens what is at a path to read it, as [`options`] do. What it is, is to be asked of what is open: it cannot be another by
/// then.
pub fn open(path: &Path) -> io::Result<File> {
    options().read(true).open(path)
}

/// Options that open at once: a FIFO without waiting for its other end. A terminal does not become that of this process.
pub fn options() -> OpenOptions {
    with(OFlag::empty())
}

/// The same, where a link at the end of the path is not followed, and an error.
pub fn options_without_links() -> OpenOptions {
    with(OFlag::O_NOFOLLOW)
}

fn with(more: OFlag) -> OpenOptions {
    let mut options = OpenOptions::new();
    options.custom_flags((OFlag::O_NONBLOCK | OFlag::O_NOCTTY | more).bits());
    options
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{FileTypeExt, symlink};

    use nix::sys::stat::Mode;
    use nix::unistd::mkfifo;
    use tempfile::TempDir;

    use super::*;

    #[test]
    fn a_fifo_is_not_waited_for_and_a_link_followed_or_not() {
        let dir = TempDir::new().unwrap();
        let [fifo, link] = ["fifo", "link"].map(|name| dir.path().join(name));
        mkfifo(&fifo, Mode::S_IRUSR).unwrap();
        symlink(&fifo, &link).unwrap();
        for path in [&fifo, &link] {
            assert!(open(path).unwrap().metadata().unwrap().file_type().is_fifo());
        }
        assert!(options_without_links().read(true).open(&fifo).is_ok());
        assert!(options_without_links().read(true).open(&link).is_err());
    }
}
