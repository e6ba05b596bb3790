//! A file system whose power can be cut.

use std::fs::File;
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::small_disk::{on_own_mount, run};

/// `EXT4_IOC_SHUTDOWN`, and its flag for a file system that writes nothing more, not even its journal.
const SHUTDOWN: libc::Ioctl = 0x8004_587d;
const WITHOUT_JOURNAL: u32 = 2;

/// An ext4 file system in a file, for one thread.
#[derive(Debug)]
pub struct Disk {
    dir: PathBuf,
    image: PathBuf,
}

/// Runs `work` in a thread that has such a file system of so many bytes. `None` if that is not possible here, which is
/// reported: the test is then skipped.
///
/// # Panics
///
/// See [`on_small_disk`](crate::small_disk::on_small_disk).
#[track_caller]
pub fn on_disk_to_cut<T: Send>(bytes: u64, work: impl FnOnce(&Disk) -> T + Send) -> Option<T> {
    let images = TempDir::new().expect("a temporary directory can be made");
    let image = images.path().join("image");
    let make = |dir: &Path| {
        let made = File::create(&image).and_then(|file| file.set_len(bytes));
        made.map_err(|error| format!("no image of a disk: {error}"))?;
        run(Command::new("mkfs.ext4").args(["-q", "-F"]).arg(&image))?;
        mount(&image, dir)
    };
    on_own_mount(make, |dir| {
        let disk = Disk { dir: dir.to_owned(), image: image.clone() };
        let result = work(&disk);
        // Otherwise the image would be in use for as long as the namespace is.
        run(Command::new("umount").arg(dir)).expect("nothing of it is open");
        result
    })
}

impl Disk {
    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.dir
    }

    /// What is not on the disk yet never gets there. Afterwards the file system is as the next start of the machine finds it.
    ///
    /// # Panics
    ///
    /// If anything of the file system is open.
    pub fn cut_power(&self) {
        let dir = File::open(&self.dir).expect("it is mounted");
        let flag = WITHOUT_JOURNAL;
        // SAFETY: the request reads a number of 32 bits, which lives until it is over.
        let cut = unsafe { libc::ioctl(dir.as_raw_fd(), SHUTDOWN, &raw const flag) };
        assert_eq!(cut, 0, "the power cannot be cut: {}", std::io::Error::last_os_error());
        drop(dir);
        run(Command::new("umount").arg(&self.dir)).expect("nothing of it is open");
        mount(&self.image, &self.dir).expect("the journal is all that it needs");
    }
}

fn mount(image: &Path, dir: &Path) -> Result<(), String> {
    run(Command::new("mount").args(["-o", "loop"]).args([image, dir]))
}
