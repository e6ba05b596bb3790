//! A stream of the standard library's kind as the transport of a machine.

use std::io::{ErrorKind, Read, Result, Write};

use p2pm_core::drive::{Moved, Transport};

/// A [`Transport`] over a stream that does not block: a socket of `mio`'s, or one of the standard library's so set.
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

/// No bytes mean the end of the stream; an error, whichever, that it is lost.
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
