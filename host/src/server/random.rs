//! Bytes that nobody can guess, from the system.

use std::io;

use rustix::io::Errno;
use rustix::rand::{GetRandomFlags, getrandom};

/// Fresh random bytes. Blocks only while the machine that has just been started has none yet.
pub(super) fn bytes<const LEN: usize>() -> io::Result<[u8; LEN]> {
    // What is no longer than this comes whole, whatever signals arrive: getrandom(2).
    const { assert!(LEN <= 256) };
    let mut bytes = [0; LEN];
    loop {
        match getrandom(&mut bytes, GetRandomFlags::empty()) {
            Ok(len) if len == LEN => return Ok(bytes),
            Ok(_) | Err(Errno::INTR) => {}
            Err(e) => return Err(e.into()),
        }
    }
}
