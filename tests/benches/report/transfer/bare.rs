//! The bare loop: read, hash, seal and send; receive, open, hash and write, 64 KiB at a time.

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;
use std::thread;

use p2pm_core::suite::aead::{Aead, KEY_LEN, NONCE_LEN, TAG_LEN};

use super::pair;

const FRAME: usize = 64 * 1024;
const KEY: [u8; KEY_LEN] = [7; KEY_LEN];

/// Brings a file into a folder.
pub fn bare<A: Aead>(from: &Path, to: &Path) {
    let (mut out, mut incoming) = pair();
    let to = to.join(from.file_name().expect("a name"));
    let mut from = File::open(from).expect("it is there");
    let sender = thread::spawn(move || {
        let (mut hash, mut frame) = (blake3::Hasher::new(), vec![0; FRAME]);
        for number in 0.. {
            let filled = read_all(&mut from, &mut frame[..FRAME - TAG_LEN]);
            if filled == 0 {
                break;
            }
            hash.update(&frame[..filled]);
            let tag = A::seal(&KEY, &nonce(number), &mut frame[..filled]).expect("short enough");
            frame[filled..filled + TAG_LEN].copy_from_slice(&tag);
            out.write_all(&frame[..filled + TAG_LEN]).expect("it is read");
        }
        hash.finalize()
    });
    let mut to = File::create(to).expect("room in memory");
    let (mut hash, mut frame) = (blake3::Hasher::new(), vec![0; FRAME]);
    for number in 0.. {
        let filled = read_all(&mut incoming, &mut frame);
        let Some((text, tag)) = frame[..filled].split_last_chunk_mut() else { break };
        A::open(&KEY, &nonce(number), text, tag).expect("it is authentic");
        hash.update(text);
        to.write_all(text).expect("room in memory");
    }
    assert_eq!(sender.join().expect("it is sent"), hash.finalize());
}

fn read_all(from: &mut impl Read, into: &mut [u8]) -> usize {
    let mut filled = 0;
    while filled < into.len() {
        match from.read(&mut into[filled..]).expect("it can be read") {
            0 => break,
            read => filled += read,
        }
    }
    filled
}

fn nonce(number: u64) -> [u8; NONCE_LEN] {
    let mut nonce = [0; NONCE_LEN];
    nonce[NONCE_LEN - 8..].copy_from_slice(&number.to_be_bytes());
    nonce
}
