//! What a story emits.

use core::fmt::{self, Debug, Write as _};

use embedded_io::Write;

use crate::Error;
use crate::bytes::Writer;

/// Emission of a story. After the first error nothing is written.
pub(super) struct Log<'w, W> {
    to: &'w mut Writer<W>,
    written: Result<(), Error>,
}

impl<'w, W: Write> Log<'w, W> {
    pub(super) fn new(to: &'w mut Writer<W>) -> Self {
        Self { to, written: Ok(()) }
    }

    /// Something that travels.
    pub(super) fn put(&mut self, bytes: &[u8]) {
        if self.written.is_ok() {
            self.written = self.to.put(bytes);
        }
    }

    /// Something that somebody is told, in a line.
    pub(super) fn tell(&mut self, whom: impl Debug, what: impl Debug) {
        // What goes wrong is kept.
        _ = writeln!(self, "{whom:?}: {what:?}");
    }

    pub(super) fn finish(self) -> Result<(), Error> {
        self.written
    }
}

impl<W: Write> fmt::Write for Log<'_, W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.put(text.as_bytes());
        Ok(())
    }
}
