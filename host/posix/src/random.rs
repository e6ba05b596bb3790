//! Bytes that nobody can guess, from the system.

use std::io;

/// Fresh random bytes (getrandom(2)). Blocks only while the machine that has just been started has none yet.
pub fn bytes<const LEN: usize>() -> io::Result<[u8; LEN]> {
    let mut bytes = [0; LEN];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}
