//! What is received, when the power is cut.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use p2pm_core::limits::{HASH_LEN, KEY_LEN, PIECE_LEN};
use p2pm_core::transfer::{Chain, Mark, Sink, Source};
use p2pm_core::wire::{Extent, PublicKey, TransferId};
use p2pm_host::transfer::disk::{Already, Inbox, Incoming, Offered, Origin};
use p2pm_tests::power_cut::on_disk_to_cut;
use tempfile::TempDir;

const KATIE: Origin = Origin { sender: PublicKey([1; KEY_LEN]), id: TransferId([1; 8]) };
const DISK_LEN: u64 = 400 << 20;
/// Bytes after which a state is saved.
const STATE_EVERY: u64 = 64 << 20;
/// More than that.
const FILE_LEN: usize = 72 << 20;

/// A file, and a folder of eight that have its length together.
fn offers(dir: &Path) -> [Offered; 2] {
    let bytes: Vec<_> = (0..FILE_LEN / 8).map(|at| u8::try_from(at * at % 251).expect("a byte")).collect();
    fs::create_dir(dir.join("folder")).expect("there is room");
    for number in 0..8 {
        fs::write(dir.join(format!("folder/{number}")), &bytes).expect("there is room");
    }
    fs::write(dir.join("file"), bytes.repeat(8)).expect("there is room");
    ["file", "folder"].map(|name| Offered::prepare(&dir.join(name)).expect("it is ours"))
}

/// A mark of so many bytes. What is kept is its length and hash, whatever the hash is.
fn mark(length: u64) -> Mark {
    Mark::new(Extent { length, hash: [7; HASH_LEN] }).expect("whole pieces")
}

/// Receives the rest, up to some bytes before the end.
fn receive(offered: &Offered, inbox: &Arc<Inbox>, but: u64) -> (Incoming, Chain) {
    let goods = offered.goods();
    let (mut sink, mut has) = inbox.begin(&KATIE, &goods).expect("there is room");
    let mut source = offered.source();
    // What is beyond the last state may be anything, which the sender sees.
    if !is_right(&mut source, &has) {
        has = sink.retreat().expect("there is a state");
        assert!(is_right(&mut source, &has));
    }
    source.seek(has.length()).expect("it has not changed");
    let (mut at, mut buffer) = (has.length(), vec![0; 64 << 10]);
    while at < goods.length - but {
        let read = source.read(&mut buffer).expect("it has not changed") as u64;
        sink.write(&buffer[..usize::try_from(read).expect("it fits")]).expect("there is room");
        let whole = (at + read) / PIECE_LEN * PIECE_LEN;
        if whole > at {
            sink.mark(mark(whole)).expect("there is room");
        }
        at += read;
    }
    (sink, has)
}

/// Whether the sink has what the source has, from the last state on.
fn is_right(source: &mut impl Source, has: &Chain) -> bool {
    let kept = has.length() / STATE_EVERY * STATE_EVERY;
    source.seek(kept).expect("it has not changed");
    let mut bytes = vec![0; usize::try_from(has.length() - kept).expect("it fits")];
    let mut read = 0;
    while read < bytes.len() {
        read += source.read(&mut bytes[read..]).expect("it has not changed");
    }
    let mut chain = if kept == 0 { Chain::default() } else { mark(kept).into() };
    chain.update(&bytes);
    chain.extent() == has.extent()
}

#[test]
fn nothing_is_missing_that_was_said_to_be_there() {
    let sent = TempDir::new().expect("a temporary directory can be made");
    let offers = offers(sent.path());
    on_disk_to_cut(DISK_LEN, |disk| {
        let inbox = || Inbox::open(&disk.path().join("inbox")).expect("there is room");
        for (offered, name) in offers.iter().zip(["file", "folder"]) {
            drop(receive(offered, &inbox(), 1 << 20));
            disk.cut_power();
            // It goes on from the state, which stands for no more than there is.
            let (mut sink, has) = receive(offered, &inbox(), 0);
            assert!(has.length() >= STATE_EVERY, "{} bytes of {name} are left", has.length());
            sink.finish().expect("there is room");
            drop(sink);
            disk.cut_power();
            assert_eq!(inbox().already(&KATIE, &offered.goods()), Some(Already::Whole));
            let (received, sent) = (disk.path().join("inbox").join(name), sent.path().join(name));
            let files = if name == "file" {
                vec![String::new()]
            } else {
                (0..8).map(|file| format!("/{file}")).collect()
            };
            for file in files {
                let content = |dir: &Path| fs::read(format!("{}{file}", dir.display())).expect("it is there");
                assert!(content(&received) == content(&sent), "{name}{file} is another");
            }
        }
    });
}
