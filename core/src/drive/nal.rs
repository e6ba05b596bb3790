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

#[cfg(test)]
mod tests {
    use core::net::SocketAddr;

    use embedded_nal::{TcpError, TcpErrorKind};

    use super::*;

    #[derive(Clone, Copy, Debug)]
    struct Broken;

    impl TcpError for Broken {
        fn kind(&self) -> TcpErrorKind {
            TcpErrorKind::Other
        }
    }

    /// A stack whose next calls have this result.
    struct Stack(nb::Result<usize, Broken>);

    impl TcpClientStack for Stack {
        type TcpSocket = ();
        type Error = Broken;

        fn socket(&mut self) -> Result<(), Broken> {
            Ok(())
        }

        fn connect(&mut self, (): &mut (), _: SocketAddr) -> nb::Result<(), Broken> {
            Ok(())
        }

        fn send(&mut self, (): &mut (), _: &[u8]) -> nb::Result<usize, Broken> {
            self.0
        }

        fn receive(&mut self, (): &mut (), _: &mut [u8]) -> nb::Result<usize, Broken> {
            self.0
        }

        fn close(&mut self, (): ()) -> Result<(), Broken> {
            Ok(())
        }
    }

    #[test]
    fn no_bytes_and_every_error_are_the_end() {
        for (result, expected) in [
            (Ok(3), Moved::Bytes(3)),
            (Ok(0), Moved::Over),
            (Err(nb::Error::WouldBlock), Moved::Blocked),
            (Err(nb::Error::Other(Broken)), Moved::Over),
        ] {
            let mut stack = Stack(result);
            let mut socket = ();
            let mut transport = NalSocket::new(&mut stack, &mut socket);
            assert_eq!([transport.receive(&mut [0; 4]), transport.send(&[0; 4])], [expected; 2]);
        }
    }
}
