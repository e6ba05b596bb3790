//! The user's terminal on a serial line.

use core::convert::Infallible;

use embedded_io::{ErrorType, Read, ReadReady, Write};
use heapless::Deque;

/// Byte that a terminal sends for Ctrl-C: End of Text.
const INTERRUPT: u8 = 0x03;

/// A polled serial line.
pub trait Uart {
    /// The next received byte, if there is one.
    fn read(&mut self) -> Option<u8>;

    /// Sends a byte, once there is room.
    fn write(&mut self, byte: u8);
}

/// A terminal on a UART, with a buffer for type-ahead.
pub struct Terminal<U> {
    uart: U,
    typed: Deque<u8, 256>,
    is_interrupted: bool,
}

impl<U: Uart> Terminal<U> {
    pub(crate) fn new(uart: U) -> Self {
        Self { uart, typed: Deque::new(), is_interrupted: false }
    }

    /// Takes in what has arrived. If the buffer is full, the rest waits in the UART while a reader is there;
    /// without one it is dropped, so that Ctrl-C is always seen.
    pub(crate) fn collect(&mut self, somebody_reads: bool) {
        while !(self.typed.is_full() && somebody_reads)
            && let Some(byte) = self.uart.read()
        {
            if byte == INTERRUPT {
                self.is_interrupted = true;
            } else {
                _ = self.typed.push_back(byte);
            }
        }
    }

    /// Whether there is something to read.
    pub(crate) fn has_typed(&self) -> bool {
        !self.typed.is_empty()
    }

    /// Whether Ctrl-C was typed since the last call.
    pub(crate) fn take_interrupt(&mut self) -> bool {
        core::mem::take(&mut self.is_interrupted)
    }
}

impl<U> ErrorType for Terminal<U> {
    type Error = Infallible;
}

impl<U: Uart> ReadReady for Terminal<U> {
    fn read_ready(&mut self) -> Result<bool, Infallible> {
        self.collect(true);
        Ok(self.has_typed())
    }
}

impl<U: Uart> Read for Terminal<U> {
    /// Waits for the first byte, unless [`ReadReady`] has announced one.
    fn read(&mut self, into: &mut [u8]) -> Result<usize, Infallible> {
        while !into.is_empty() && !self.has_typed() {
            self.collect(true);
        }
        let mut len = 0;
        for place in into {
            let Some(byte) = self.typed.pop_front() else { break };
            *place = byte;
            len += 1;
        }
        Ok(len)
    }
}

impl<U: Uart> Write for Terminal<U> {
    fn write(&mut self, from: &[u8]) -> Result<usize, Infallible> {
        for byte in from {
            self.uart.write(*byte);
        }
        Ok(from.len())
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}
