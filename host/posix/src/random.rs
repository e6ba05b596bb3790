//! Random bytes from the system's cryptographic generator.

use std::io;

/// Fresh random bytes (getrandom(2)). Blocks only after boot, until the generator is seeded.
pub fn bytes<const LEN: usize>() -> io::Result<[u8; LEN]> {
    let mut bytes = [0; LEN];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}
