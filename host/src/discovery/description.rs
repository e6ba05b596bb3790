//! Description of a node for tools of UPnP: one fixed answer to any request.

use std::io::{self, ErrorKind, Read, Write};
use std::time::Duration;

use mio::net::TcpStream;
use p2pm_core::discovery::{CONFIG_ID, DEVICE_TYPE, Uuid};
use p2pm_core::time::Instant;

/// Time for a request and its answer.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Longest request that is read.
const REQUEST_MAX: usize = 4096;
/// End of a request's head.
const END: [u8; 4] = *b"\r\n\r\n";

/// A connection on which the description is asked for.
#[derive(Debug)]
pub struct Description {
    stream: TcpStream,
    deadline: Instant,
    /// Bytes of the request so far.
    read: usize,
    /// The last bytes of the request.
    tail: [u8; 4],
    answer: Box<[u8]>,
    written: usize,
}

impl Description {
    /// Answers on this connection with the description of the device with this UUID.
    pub fn new(now: Instant, stream: TcpStream, id: Uuid) -> Self {
        let answer = answer(id).into_bytes().into();
        Self { stream, deadline: now + TIMEOUT, read: 0, tail: [0; 4], answer, written: 0 }
    }

    /// When to poll it even without an event.
    pub fn deadline(&self) -> Instant {
        self.deadline
    }

    /// Goes on as far as the connection lets it. True once it is over.
    pub fn poll(&mut self, now: Instant) -> bool {
        now >= self.deadline || !matches!(self.go_on(), Err(e) if e.kind() == ErrorKind::WouldBlock)
    }

    fn go_on(&mut self) -> io::Result<()> {
        while self.tail != END {
            self.read_some()?;
        }
        while self.written < self.answer.len() {
            self.written += self.stream.write(&self.answer[self.written..])?;
        }
        self.stream.shutdown(std::net::Shutdown::Write)?;
        // What comes behind the request is read: else the system resets the connection, and the answer may be lost.
        loop {
            self.read_some()?;
        }
    }

    fn read_some(&mut self) -> io::Result<()> {
        let mut bytes = [0; 512];
        let len = self.stream.read(&mut bytes)?;
        self.read += len;
        if len == 0 || self.read > REQUEST_MAX {
            return Err(ErrorKind::InvalidData.into());
        }
        for byte in &bytes[..len] {
            if self.tail == END {
                break;
            }
            self.tail.rotate_left(1);
            self.tail[3] = *byte;
        }
        Ok(())
    }
}

impl AsMut<TcpStream> for Description {
    fn as_mut(&mut self) -> &mut TcpStream {
        &mut self.stream
    }
}

/// The answer (UPnP Device Architecture 2.0 §2.3): no name of a user, nor anything else that outlasts this run.
fn answer(id: Uuid) -> String {
    let body = format!(
        "<?xml version=\"1.0\"?>\n\
         <root xmlns=\"urn:schemas-upnp-org:device-1-0\" configId=\"{CONFIG_ID}\">\
         <specVersion><major>2</major><minor>0</minor></specVersion>\
         <device><deviceType>{DEVICE_TYPE}</deviceType><friendlyName>p2pm</friendlyName>\
         <manufacturer>p2pm</manufacturer><modelName>p2pm</modelName><UDN>uuid:{id}</UDN></device></root>\n"
    );
    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/xml; charset=\"utf-8\"\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n{body}",
        body.len()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_has_the_number_that_is_announced() {
        let answer = answer(Uuid::from_random([0; 16]));
        let (_, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
        let root = body.lines().nth(1).and_then(|line| line.split('>').next());
        let expected = format!("<root xmlns=\"urn:schemas-upnp-org:device-1-0\" configId=\"{CONFIG_ID}\"");
        assert_eq!(root, Some(expected.as_str()));
    }
}
