//! [`Transport`] over an `embedded-nal` TCP stack.

use embedded_nal::{TcpClientStack, nb};

use super::{Moved, Transport};

/// A connected socket and its stack.
pub struct NalSocket<'a, T: TcpClientStack> {
    stack: &'a mut T,
    socket: &'a mut T::TcpSocket,
}

impl<'a, T: TcpClientStack> NalSocket<'a, T> {
    /// A transport over a connected, non-blocking socket.
    pub fn new(stack: &'a mut T, socket: &'a mut T::TcpSocket) -> Self {
        Self { stack, socket }
    }
}

impl<T: TcpClientStack> Transport for NalSocket<'_, T> {
    fn receive(&mut self, into: &mut [u8]) -> Moved {
        moved(self.stack.receive(self.socket, into))
    }

    fn send(&mut self, from: &[u8]) -> Moved {
        moved(self.stack.send(self.socket, from))
    }
}

/// Maps zero bytes to the end of the stream, and every error to its loss.
#[allow(clippy::needless_pass_by_value, reason = "it takes what the call returned")]
fn moved<E>(result: nb::Result<usize, E>) -> Moved {
    match result {
        Ok(0) | Err(nb::Error::Other(_)) => Moved::Over,
        Ok(bytes) => Moved::Bytes(bytes),
        Err(nb::Error::WouldBlock) => Moved::Blocked,
    }
}
