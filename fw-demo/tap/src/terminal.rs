//! Standard input and output as the console of a device.

use std::fs::File;
use std::io::{self, LineWriter, Write as _};
use std::os::fd::{AsFd, BorrowedFd};

use embedded_io::{ErrorKind, ErrorType, Read, ReadReady, Write};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::{Errno, read};

/// Bytes per read, so that piped input does not cost a system call per byte.
const CHUNK: usize = 4096;

/// A terminal, or two pipes.
pub struct Terminal {
    input: File,
    output: LineWriter<File>,
    chunk: Box<[u8; CHUNK]>,
    /// Part of the chunk that is still to be read.
    start: usize,
    end: usize,
}

impl Terminal {
    /// Standard input and output.
    pub fn of_process() -> io::Result<Self> {
        let input = io::stdin().as_fd().try_clone_to_owned()?;
        let output = io::stdout().as_fd().try_clone_to_owned()?;
        Ok(Self::over(input.into(), output.into()))
    }

    /// A terminal over any pair of files.
    pub fn over(input: File, output: File) -> Self {
        Self { input, output: LineWriter::new(output), chunk: Box::new([0; CHUNK]), start: 0, end: 0 }
    }

    /// File to wait on for more input.
    pub fn input(&self) -> BorrowedFd<'_> {
        self.input.as_fd()
    }
}

impl ErrorType for Terminal {
    type Error = ErrorKind;
}

impl ReadReady for Terminal {
    /// True also at the end of the input.
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
    /// Writes everything, so that a signal does not cut a line.
    fn write(&mut self, from: &[u8]) -> Result<usize, ErrorKind> {
        self.output.write_all(from).map(|()| from.len()).map_err(|_| ErrorKind::Other)
    }

    fn flush(&mut self) -> Result<(), ErrorKind> {
        self.output.flush().map_err(|_| ErrorKind::Other)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, pipe};
    use std::os::fd::OwnedFd;

    use super::*;

    fn file(end: impl Into<OwnedFd>) -> File {
        end.into().into()
    }

    #[test]
    fn reading_says_first_whether_it_would_wait() {
        let (input, mut typed) = pipe().unwrap();
        let (_shown, output) = pipe().unwrap();
        let mut terminal = Terminal::over(file(input), file(output));
        assert_eq!(terminal.read_ready(), Ok(false));
        typed.write_all(b"abc").unwrap();
        let mut bytes = [0; 2];
        assert_eq!(terminal.read_ready(), Ok(true));
        assert_eq!(terminal.read(&mut bytes), Ok(2));
        assert_eq!(&bytes, b"ab");
        assert_eq!(terminal.read_ready(), Ok(true), "there is more, though not in the pipe");
        assert_eq!(terminal.read(&mut bytes), Ok(1));
        assert_eq!(terminal.read_ready(), Ok(false));
        drop(typed);
        assert_eq!(terminal.read_ready(), Ok(true), "the end is something to read");
        assert_eq!(terminal.read(&mut bytes), Ok(0));
    }

    #[test]
    fn a_line_is_written_when_it_is_whole() {
        let (input, _typed) = pipe().unwrap();
        let (mut shown, output) = pipe().unwrap();
        let mut terminal = Terminal::over(file(input), file(output));
        writeln!(terminal, "{} and {}", 1, 2).unwrap();
        let mut line = [0; 8];
        shown.read_exact(&mut line).unwrap();
        assert_eq!(&line, b"1 and 2\n");
        drop(shown);
        assert!(writeln!(terminal, "nobody sees it").is_err());
    }
}
