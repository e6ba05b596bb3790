//! Every packet into a file, for tcpdump and Wireshark.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use smoltcp::phy::PcapSink;
use smoltcp::time::{Duration, Instant};

use crate::exit::complain;

/// A file in the format of libpcap, or nothing at all.
#[derive(Debug, Default)]
pub struct Capture {
    /// Gone once it could not be written.
    file: Option<BufWriter<File>>,
    path: PathBuf,
    /// What the wall clock showed when the stack's clock showed 0.
    start: Duration,
}

impl Capture {
    /// Writes to a file that is made anew. It belongs to a stack whose clock shows 0 now.
    pub fn create(path: &Path) -> io::Result<Self> {
        let file = BufWriter::new(File::create(path)?);
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let start = Duration::from_micros(u64::try_from(since_epoch.as_micros()).unwrap_or_default());
        Ok(Self { file: Some(file), path: path.to_owned(), start })
    }

    /// Does it to the file. A failure is told once, and is the end of the file.
    fn with(&mut self, write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>) {
        let Some(file) = &mut self.file else { return };
        if let Err(error) = write(file) {
            complain(format_args!("{}: {error}; no more packets are written to it", self.path.display()));
            self.file = None;
        }
    }
}

impl PcapSink for Capture {
    fn write(&mut self, data: &[u8]) {
        self.with(|file| file.write_all(data));
    }

    fn flush(&mut self) {
        self.with(BufWriter::flush);
    }

    fn packet(&mut self, timestamp: Instant, packet: &[u8]) {
        if self.file.is_some() {
            self.packet_header(timestamp + self.start, packet.len());
            self.write(packet);
            self.flush();
        }
    }
}
