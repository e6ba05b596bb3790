//! Standard input and output as the console of a device.

use std::io::{self, Stdin, StdoutLock, Write as _};
use std::os::fd::{AsFd, BorrowedFd};

use embedded_io::{ErrorKind, ErrorType, Read, ReadReady, Write};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::{Errno, read};

/// Bytes read from standard input at a time.
const CHUNK: usize = 4096;

/// The terminal of this process. Where standard input is not to be waited for, reading says so.
pub struct Terminal {
    input: Stdin,
    output: StdoutLock<'static>,
    chunk: Box<[u8; CHUNK]>,
    /// What of the chunk is not yet taken.
    start: usize,
    end: usize,
}

impl Terminal {
    /// Standard input and output, which nobody else in this process may use from now on.
    pub fn of_process() -> Self {
        Self {
            input: io::stdin(),
            output: io::stdout().lock(),
            chunk: Box::new([0; CHUNK]),
            start: 0,
            end: 0,
        }
    }

    /// What to wait for before there is more to read.
    pub fn input(&self) -> BorrowedFd<'_> {
        self.input.as_fd()
    }
}

impl ErrorType for Terminal {
    type Error = ErrorKind;
}

impl ReadReady for Terminal {
    /// True also at the end of input.
    fn read_ready(&mut self) -> Result<bool, ErrorKind> {
        if self.start < self.end {
            return Ok(true);
        }
        let mut fds = [PollFd::new(&self.input, PollFlags::IN)];
        match poll(&mut fds, Some(&Timespec::default())) {
            Ok(ready) => Ok(ready > 0),
            Err(Errno::INTR) => Ok(false),
            Err(_) => Err(ErrorKind::Other),
        }
    }
}

impl Read for Terminal {
    fn read(&mut self, into: &mut [u8]) -> Result<usize, ErrorKind> {
        while self.start == self.end {
            match read(&self.input, self.chunk.as_mut_slice()) {
                Ok(0) => return Ok(0),
                Ok(len) => (self.start, self.end) = (0, len),
                Err(Errno::INTR) => {}
                Err(_) => return Err(ErrorKind::Other),
            }
        }
        let chunk = &self.chunk[self.start..self.end];
        let len = chunk.len().min(into.len());
        into[..len].copy_from_slice(&chunk[..len]);
        self.start += len;
        Ok(len)
    }
}

impl Write for Terminal {
    /// Writes all of it: a signal does not cost the rest of a line.
    fn write(&mut self, from: &[u8]) -> Result<usize, ErrorKind> {
        self.output.write_all(from).map(|()| from.len()).map_err(|_| ErrorKind::Other)
    }

    fn flush(&mut self) -> Result<(), ErrorKind> {
        self.output.flush().map_err(|_| ErrorKind::Other)
    }
}
