//! Description of a node for tools of UPnP: one fixed answer to any GET.

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

/// What other methods than GET and HEAD get.
const REFUSAL: &str = "HTTP/1.1 405 Method Not Allowed\r\nAllow: GET, HEAD\r\nContent-Length: 0\r\n\
                       Connection: close\r\n\r\n";

/// A connection on which the description is asked for.
#[derive(Debug)]
pub struct Description {
    stream: TcpStream,
    deadline: Instant,
    id: Uuid,
    /// Bytes of the request so far.
    read: usize,
    /// The first bytes of the request, as far as they may tell its method.
    start: [u8; 5],
    /// The last bytes of the request.
    tail: [u8; 4],
    /// Empty until the request is whole.
    answer: Vec<u8>,
    written: usize,
}

impl Description {
    /// Answers on this connection with the description of the device with this UUID.
    pub fn new(now: Instant, stream: TcpStream, id: Uuid) -> Self {
        let (start, tail, answer) = ([0; 5], [0; 4], Vec::new());
        Self { stream, deadline: now + TIMEOUT, id, read: 0, start, tail, answer, written: 0 }
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
        if self.answer.is_empty() {
            self.answer = answer(self.start, self.id).into_bytes();
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
        let free = self.start.get_mut(self.read..).unwrap_or_default();
        free.iter_mut().zip(&bytes[..len]).for_each(|(to, from)| *to = *from);
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

/// The answer to a request that starts like this (RFC 9110 §9.3, §15.5.6).
fn answer(start: [u8; 5], id: Uuid) -> String {
    let body = description(id);
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/xml; charset=\"utf-8\"\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n",
        body.len()
    );
    if start.starts_with(b"GET ") {
        head + &body
    } else if start == *b"HEAD " {
        head
    } else {
        REFUSAL.to_owned()
    }
}

/// The description (UPnP Device Architecture 2.0 §2.3): no name of a user, nor anything else that outlasts this run.
fn description(id: Uuid) -> String {
    format!(
        "<?xml version=\"1.0\"?>\n\
         <root xmlns=\"urn:schemas-upnp-org:device-1-0\" configId=\"{CONFIG_ID}\">\
         <specVersion><major>2</major><minor>0</minor></specVersion>\
         <device><deviceType>{DEVICE_TYPE}</deviceType><friendlyName>p2pm</friendlyName>\
         <manufacturer>p2pm</manufacturer><modelName>p2pm</modelName><UDN>uuid:{id}</UDN></device></root>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_has_the_number_that_is_announced() {
        let body = description(Uuid::from_random([0; 16]));
        let root = body.lines().nth(1).and_then(|line| line.split('>').next());
        let expected = format!("<root xmlns=\"urn:schemas-upnp-org:device-1-0\" configId=\"{CONFIG_ID}\"");
        assert_eq!(root, Some(expected.as_str()));
    }

    #[test]
    fn a_head_is_that_of_the_description_and_other_methods_get_none() {
        let of = |start: &[u8; 5]| answer(*start, Uuid::from_random([0; 16]));
        let (got, head) = (of(b"GET /"), of(b"HEAD "));
        assert_eq!(got.strip_prefix(&head), Some(description(Uuid::from_random([0; 16])).as_str()));
        assert!(head.ends_with("\r\n\r\n"), "{head}");
        for start in [b"POST ", b"SUBSC", b"get /", b"GETS ", b"HEADS"] {
            assert_eq!(of(start), REFUSAL);
        }
    }
}
