//! Any `embedded-io` byte stream as a [`Transport`]: a UART, a pipe.

use embedded_io::{Read, ReadReady, Write, WriteReady};

use super::{Moved, Transport};

/// A stream that can say whether it would block.
pub struct Stream<T>(pub T);

impl<T: Read + ReadReady + Write + WriteReady> Transport for Stream<T> {
    fn receive(&mut self, into: &mut [u8]) -> Moved {
        match self.0.read_ready() {
            Ok(true) => moved(self.0.read(into)),
            Ok(false) => Moved::Blocked,
            Err(_) => Moved::Over,
        }
    }

    fn send(&mut self, from: &[u8]) -> Moved {
        match self.0.write_ready() {
            Ok(true) => moved(self.0.write(from)),
            Ok(false) => Moved::Blocked,
            Err(_) => Moved::Over,
        }
    }
}

/// No bytes mean the end of the stream; an error, that it is lost.
#[allow(clippy::needless_pass_by_value, reason = "it takes what the call returned")]
fn moved<E>(result: Result<usize, E>) -> Moved {
    match result {
        Ok(0) | Err(_) => Moved::Over,
        Ok(bytes) => Moved::Bytes(bytes),
    }
}
