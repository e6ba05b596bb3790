//! [`Transport`] over an `embedded-io` byte stream, such as a UART or a pipe.

use embedded_io::{Read, ReadReady, Write, WriteReady};

use super::{Moved, Transport};

/// A stream whose readiness can be asked for.
pub struct IoTransport<T>(pub T);

impl<T: Read + ReadReady + Write + WriteReady> Transport for IoTransport<T> {
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

/// Maps zero bytes to the end of the stream, and every error to its loss.
#[allow(clippy::needless_pass_by_value, reason = "it takes what the call returned")]
fn moved<E>(result: Result<usize, E>) -> Moved {
    match result {
        Ok(0) | Err(_) => Moved::Over,
        Ok(bytes) => Moved::Bytes(bytes),
    }
}

#[cfg(test)]
mod tests {
    use embedded_io::{ErrorKind, ErrorType};

    use super::*;

    /// A UART with one byte of room each way, and optionally a broken wire.
    #[derive(Default)]
    struct Uart {
        received: Option<u8>,
        sent: Option<u8>,
        is_broken: bool,
    }

    impl ErrorType for Uart {
        type Error = ErrorKind;
    }

    impl Uart {
        fn check(&self) -> Result<(), ErrorKind> {
            if self.is_broken { Err(ErrorKind::Other) } else { Ok(()) }
        }
    }

    impl Read for Uart {
        fn read(&mut self, into: &mut [u8]) -> Result<usize, ErrorKind> {
            into[0] = self.received.take().expect("it was said to be ready");
            Ok(1)
        }
    }

    impl ReadReady for Uart {
        fn read_ready(&mut self) -> Result<bool, ErrorKind> {
            self.check().map(|()| self.received.is_some())
        }
    }

    impl Write for Uart {
        fn write(&mut self, from: &[u8]) -> Result<usize, ErrorKind> {
            self.sent = from.first().copied();
            Ok(1)
        }

        fn flush(&mut self) -> Result<(), ErrorKind> {
            Ok(())
        }
    }

    impl WriteReady for Uart {
        fn write_ready(&mut self) -> Result<bool, ErrorKind> {
            self.check().map(|()| self.sent.is_none())
        }
    }

    #[test]
    fn it_moves_what_there_is_and_never_waits() {
        let mut transport = IoTransport(Uart::default());
        let mut buffer = [0; 4];
        assert_eq!(transport.receive(&mut buffer), Moved::Blocked);
        transport.0.received = Some(7);
        assert_eq!(transport.receive(&mut buffer), Moved::Bytes(1));
        assert_eq!(buffer[0], 7);
        assert_eq!(transport.send(&[8, 9]), Moved::Bytes(1));
        assert_eq!(transport.0.sent, Some(8));
        assert_eq!(transport.send(&[9]), Moved::Blocked);
    }

    #[test]
    fn a_broken_wire_is_the_end() {
        let mut transport = IoTransport(Uart { is_broken: true, ..Uart::default() });
        assert_eq!(transport.receive(&mut [0; 4]), Moved::Over);
        assert_eq!(transport.send(&[1]), Moved::Over);
    }
}
