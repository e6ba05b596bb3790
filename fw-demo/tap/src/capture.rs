//! Packet capture into a file, for tcpdump and Wireshark.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use smoltcp::phy::PcapSink;
use smoltcp::time::Instant;

use crate::stop::complain;

/// A file in libpcap's format, or no capture.
#[derive(Debug, Default)]
pub struct Capture {
    /// `None` after a failure to write.
    file: Option<BufWriter<File>>,
    path: PathBuf,
}

impl Capture {
    /// Creates the file, or truncates it.
    pub fn create(path: &Path) -> io::Result<Self> {
        let file = BufWriter::new(File::create(path)?);
        Ok(Self { file: Some(file), path: path.to_owned() })
    }

    /// Writes to the file. A failure is reported once, and ends the capture.
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

    /// The timestamp is the present: the stack's clock is accelerated.
    fn packet(&mut self, _timestamp: Instant, packet: &[u8]) {
        if self.file.is_some() {
            let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            let micros = i64::try_from(since_1970.as_micros()).unwrap_or(i64::MAX);
            self.packet_header(Instant::from_micros(micros), packet.len());
            self.write(packet);
            self.flush();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use smoltcp::phy::PcapLinkType;
    use tempfile::TempDir;

    use super::*;

    fn number(bytes: &[u8]) -> u64 {
        u32::from_ne_bytes(bytes.try_into().unwrap()).into()
    }

    #[test]
    fn every_packet_is_in_the_file_at_once_with_the_time_of_the_wall_clock() {
        let directory = TempDir::new().unwrap();
        let path = directory.path().join("packets");
        let mut capture = Capture::create(&path).unwrap();
        capture.global_header(PcapLinkType::Ethernet);
        capture.packet(Instant::from_millis(1500), b"a frame");
        let bytes = fs::read(&path).unwrap();
        let (header, packet) = bytes.split_at(24);
        assert_eq!(number(&header[..4]), 0xA1B2_C3D4);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        assert!((now - 600..=now).contains(&number(&packet[..4])));
        assert_eq!((number(&packet[8..12]), number(&packet[12..16])), (7, 7));
        assert_eq!(&packet[16..], b"a frame");
    }

    #[test]
    fn a_file_that_cannot_be_written_is_given_up() {
        let mut capture = Capture::create(Path::new("/dev/full")).unwrap();
        capture.global_header(PcapLinkType::Ethernet);
        capture.packet(Instant::ZERO, b"a frame");
        assert!(capture.file.is_none());
        capture.packet(Instant::ZERO, b"another");
    }

    #[test]
    fn without_a_file_nothing_is_written() {
        let mut capture = Capture::default();
        capture.global_header(PcapLinkType::Ethernet);
        capture.packet(Instant::ZERO, b"a frame");
        assert!(capture.file.is_none());
    }
}
