//! Files of the emulator's host, by semihosting.

use core::ffi::CStr;

use embedded_io::{ErrorKind, ErrorType, Read, Write};
use semihosting::fs::File;
use semihosting::io::{self, Read as _, Write as _};

/// Bytes per request: each one stops the emulator.
const BUFFER_LEN: usize = 4096;

/// A file to read.
pub(crate) struct Recording {
    file: File,
    buffer: [u8; BUFFER_LEN],
    /// Part of the buffer that is still to be read.
    start: usize,
    end: usize,
}

impl Recording {
    pub(crate) fn open(path: &CStr) -> Result<Self, ErrorKind> {
        let file = File::open(path).map_err(kind)?;
        Ok(Self { file, buffer: [0; BUFFER_LEN], start: 0, end: 0 })
    }
}

impl ErrorType for Recording {
    type Error = ErrorKind;
}

impl Read for Recording {
    fn read(&mut self, into: &mut [u8]) -> Result<usize, ErrorKind> {
        if self.start == self.end {
            self.end = self.file.read(&mut self.buffer).map_err(kind)?;
            self.start = 0;
        }
        let rest = self.buffer.get(self.start..self.end).unwrap_or_default();
        let mut len = 0;
        for (place, byte) in into.iter_mut().zip(rest) {
            *place = *byte;
            len += 1;
        }
        self.start += len;
        Ok(len)
    }
}

/// A file to write.
pub(crate) struct Emission(File);

impl Emission {
    pub(crate) fn create(path: &CStr) -> Result<Self, ErrorKind> {
        File::create(path).map(Self).map_err(kind)
    }
}

impl ErrorType for Emission {
    type Error = ErrorKind;
}

impl Write for Emission {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
        self.0.write(bytes).map_err(kind)
    }

    fn flush(&mut self) -> Result<(), ErrorKind> {
        Ok(())
    }
}

#[allow(clippy::needless_pass_by_value, reason = "it takes what the call returned")]
fn kind(error: io::Error) -> ErrorKind {
    match error.kind() {
        io::ErrorKind::NotFound => ErrorKind::NotFound,
        io::ErrorKind::PermissionDenied => ErrorKind::PermissionDenied,
        _ => ErrorKind::Other,
    }
}
