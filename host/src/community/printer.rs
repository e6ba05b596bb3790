//! Printer of a server's events that never blocks the server.

use std::io;
use std::mem;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;

use p2pm_core::door::LogLimit;

use super::{Notice, Observer};
use crate::term::Output;
use p2pm_posix::clock::Clock;

/// How long lines are gathered before they are written, so that a crowd does not cause a wake-up per line.
const GATHERING: Duration = Duration::from_millis(20);

/// Writes events to an output, which may block or break: see [`Output`].
#[derive(Debug)]
pub struct Printer {
    output: Arc<Output>,
    /// Lines dropped by the rate limit since the last line shown.
    unshown: u64,
    strangers: LogLimit,
    clock: Clock,
    warnings_only: bool,
}

impl Printer {
    /// Writes to `output` until it is dropped.
    pub fn new(output: impl Into<OwnedFd>) -> io::Result<Self> {
        Ok(Self {
            output: Arc::new(Output::gathering(output, GATHERING)?),
            unshown: 0,
            strangers: LogLimit::default(),
            clock: Clock::start(),
            warnings_only: false,
        })
    }

    /// The output, for lines other than events.
    pub fn output(&self) -> Arc<Output> {
        Arc::clone(&self.output)
    }

    /// Restricts the events to warnings.
    #[must_use]
    pub fn warnings_only(mut self) -> Self {
        self.warnings_only = true;
        self
    }
}

impl Observer for Printer {
    fn notice(&mut self, notice: &Notice) {
        if self.warnings_only && !notice.is_warning() {
            return;
        }
        if notice.is_of_stranger() && !self.strangers.take_line(self.clock.now()) {
            self.unshown += 1;
            return;
        }
        if self.unshown > 0 {
            self.output.line(format_args!("({} lines not shown)", mem::take(&mut self.unshown)));
        }
        self.output.line(notice);
    }
}

#[cfg(test)]
mod tests {
    use std::io::{PipeReader, Read, pipe};
    use std::net::Ipv4Addr;

    use p2pm_core::channel::Ended;
    use p2pm_core::door::ManyGuesses;
    use p2pm_core::wire::{Close, Name};

    use super::*;

    fn left() -> Notice {
        Notice::Left { name: Name::new(b"abdul").unwrap(), ended: Ended::Lost, online: 1 }
    }

    fn refused() -> Notice {
        Notice::Refused { from: Ipv4Addr::LOCALHOST.into(), reason: Close::WrongPassword }
    }

    fn piped() -> (Printer, PipeReader) {
        let (reader, writer) = pipe().unwrap();
        (Printer::new(writer).unwrap(), reader)
    }

    /// Everything that the printer writes until it is dropped.
    fn written((printer, mut reader): (Printer, PipeReader)) -> String {
        drop(printer);
        let mut all = String::new();
        reader.read_to_string(&mut all).unwrap();
        all
    }

    #[test]
    fn every_notice_is_a_line() {
        let (mut printer, reader) = piped();
        printer.notice(&left());
        printer.notice(&refused());
        let all = written((printer, reader));
        assert_eq!(all, "abdul left: connection lost (1 online)\nrefused 127.0.0.1: wrong password\n");
    }

    #[test]
    fn a_quiet_printer_shows_warnings() {
        let (printer, reader) = piped();
        let mut printer = printer.warnings_only();
        for notice in [refused(), left(), Notice::ManyGuesses(ManyGuesses), left()] {
            printer.notice(&notice);
        }
        assert_eq!(written((printer, reader)), "warning: 100 wrong passwords within 60 minutes\n");
    }

    #[test]
    fn strangers_cannot_flood_the_output() {
        let (mut printer, reader) = piped();
        for _ in 0..LogLimit::LINES * 2 {
            printer.notice(&refused());
        }
        printer.notice(&left());
        let all = written((printer, reader));
        assert!(all.ends_with("(100 lines not shown)\nabdul left: connection lost (1 online)\n"), "{all}");
        assert_eq!(all.lines().count(), LogLimit::LINES as usize + 2);
    }
}
