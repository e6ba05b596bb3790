//! Any `embedded-nal` TCP stack as a [`Transport`].

use embedded_nal::{TcpClientStack, nb};

use super::{Moved, Transport};

/// A connected socket together with its stack.
pub struct NalSocket<'a, T: TcpClientStack> {
    stack: &'a mut T,
    socket: &'a mut T::TcpSocket,
}

impl<'a, T: TcpClientStack> NalSocket<'a, T> {
    /// A socket that is connected, and does not block.
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

/// No bytes mean the end of the stream; an error, whichever, that it is lost.
#[allow(clippy::needless_pass_by_value, reason = "it takes what the call returned")]
fn moved<E>(result: nb::Result<usize, E>) -> Moved {
    match result {
        Ok(0) | Err(nb::Error::Other(_)) => Moved::Over,
        Ok(bytes) => Moved::Bytes(bytes),
        Err(nb::Error::WouldBlock) => Moved::Blocked,
    }
}
