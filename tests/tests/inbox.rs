//! What is received, on a disk that is full or read-only.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use p2pm_core::limits::KEY_LEN;
use p2pm_core::transfer::{Sink, Source};
use p2pm_core::wire::{Close, PublicKey, TransferId};
use p2pm_host::transfer::disk::{Inbox, Incoming, Offered, Origin, Trouble};
use p2pm_tests::small_disk::on_small_disk;
use tempfile::TempDir;

const KATIE: Origin = Origin { sender: PublicKey([1; KEY_LEN]), id: TransferId([1; 8]) };
const DISK_LEN: usize = 4 << 20;
const FILE_LEN: usize = 1 << 20;

/// A file, and a folder, of two files' length.
fn offers(dir: &Path) -> [Offered; 2] {
    let bytes: Vec<_> = (0..FILE_LEN).map(|at| u8::try_from(at * at % 251).expect("a byte")).collect();
    fs::write(dir.join("file"), bytes.repeat(2)).expect("there is room");
    fs::create_dir_all(dir.join("folder/inner")).expect("there is room");
    for name in ["folder/a", "folder/inner/b"] {
        fs::write(dir.join(name), &bytes).expect("there is room");
    }
    ["file", "folder"].map(|name| Offered::prepare(&dir.join(name)).expect("it is ours"))
}

/// Leaves so many bytes free.
fn leave(dir: &Path, free: usize) {
    let mut filler = File::create(dir.join("filler")).expect("there is room for an empty file");
    while filler.write_all(&[0; 4096]).is_ok() {}
    let len = filler.metadata().expect("it is open").len();
    filler.set_len(len - free as u64).expect("it is ours");
}

/// Frees what `leave` has taken. The name alone does not go: a child of another thread, between fork and exec, may have the
/// file open still, and then its blocks stay taken.
fn free(dir: &Path) {
    File::create(dir.join("filler")).expect("it is ours");
}

/// Receives the rest.
fn receive(offered: &Offered, inbox: &Arc<Inbox>, before: impl FnOnce()) -> (Incoming, Result<(), Close>) {
    let (mut sink, has) = inbox.begin(&KATIE, &offered.goods()).expect("there is room");
    before();
    let mut source = offered.source();
    let mut buffer = vec![0; 60_000];
    let result = source.seek(has.length()).and_then(|()| {
        loop {
            match source.read(&mut buffer)? {
                0 => return sink.finish(),
                read => sink.write(&buffer[..read])?,
            }
        }
    });
    (sink, result)
}

/// Number of streams of which there is something.
fn unfinished(dir: &Path) -> usize {
    let entries = fs::read_dir(dir.join("inbox/.p2pm-unfinished")).expect("it is there");
    let names = entries.map(|entry| entry.expect("an entry").file_name());
    names.filter(|name| !name.as_encoded_bytes().starts_with(b"whole")).count()
}

fn assert_same(one: &Path, other: &Path) {
    let diff = Command::new("diff").arg("-r").args([one, other]).status().expect("diff is there");
    assert!(diff.success(), "{} is not {}", one.display(), other.display());
}

#[test]
fn a_full_disk_is_a_pause_that_costs_nothing() {
    let sent = TempDir::new().expect("a temporary directory can be made");
    let offers = offers(sent.path());
    for (offered, name) in offers.iter().zip(["file", "folder"]) {
        on_small_disk(DISK_LEN, |dir| {
            let inbox = Inbox::open(&dir.join("inbox")).expect("there is room");
            // It is said before anything is taken.
            leave(dir, FILE_LEN);
            let trouble = inbox.begin(&KATIE, &offered.goods()).expect_err("there is no room");
            assert!(matches!(trouble, Trouble::NoSpace { needed, free } if needed > free), "{trouble}");
            assert_eq!(trouble.close(), Close::NoSpace);
            assert_eq!(unfinished(dir), 0);
            free(dir);
            // Somebody else takes the room meanwhile.
            let (sink, result) = receive(offered, &inbox, || leave(dir, FILE_LEN));
            assert_eq!(result, Err(Close::NoSpace));
            let trouble = sink.trouble().expect("it is told").to_string();
            assert!(trouble.contains("No space left on device"), "{trouble}");
            drop(sink);
            free(dir);
            let (sink, result) = receive(offered, &inbox, || {});
            assert_eq!(result, Ok(()));
            assert_same(sink.path().expect("it is whole"), &sent.path().join(name));
        });
    }
}

#[test]
fn a_disk_that_cannot_be_written_is_reported() {
    let sent = TempDir::new().expect("a temporary directory can be made");
    let offers = offers(sent.path());
    on_small_disk(DISK_LEN, |dir| {
        let inbox = Inbox::open(&dir.join("inbox")).expect("there is room");
        let remount = Command::new("mount").args(["-o", "remount,ro"]).arg(dir).status();
        assert!(remount.expect("mount is there").success());
        for trouble in
            offers.iter().map(|offered| inbox.begin(&KATIE, &offered.goods()).expect_err("read-only"))
        {
            assert_eq!(trouble.close(), Close::Failed);
            assert!(trouble.to_string().contains("Read-only file system"), "{trouble}");
        }
        let trouble = Inbox::open(&dir.join("another")).expect_err("it is read-only");
        assert!(trouble.to_string().contains("another: Read-only file system"), "{trouble}");
    });
}
