//! Growing byte buffer for writers of `embedded-io`.

use std::convert::Infallible;

use embedded_io::{ErrorType, Write};

/// Appends what is written.
pub struct Sink<'a>(pub &'a mut Vec<u8>);

impl ErrorType for Sink<'_> {
    type Error = Infallible;
}

impl Write for Sink<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        self.0.extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}
