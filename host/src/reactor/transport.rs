//! [`Transport`] over a stream with the interface of the standard library.

use std::io::{ErrorKind, Read, Result, Write};

use p2pm_core::drive::{Moved, Transport};

/// [`Transport`] over a non-blocking stream: a socket of `mio`, or one of the standard library set so.
#[derive(Debug)]
pub struct StdTransport<T>(pub T);

impl<T: Read + Write> Transport for StdTransport<T> {
    fn receive(&mut self, into: &mut [u8]) -> Moved {
        moved(|| self.0.read(into))
    }

    fn send(&mut self, from: &[u8]) -> Moved {
        moved(|| self.0.write(from))
    }
}

/// Maps zero bytes to the end of the stream, and every error to its loss.
fn moved(mut operation: impl FnMut() -> Result<usize>) -> Moved {
    loop {
        return match operation() {
            Ok(0) => Moved::Over,
            Ok(bytes) => Moved::Bytes(bytes),
            Err(e) if e.kind() == ErrorKind::WouldBlock => Moved::Blocked,
            Err(e) if e.kind() == ErrorKind::Interrupted => continue,
            Err(_) => Moved::Over,
        };
    }
}
