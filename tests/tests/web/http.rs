//! Requests, byte by byte: no library in between makes them better than they are.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpStream};

use p2pm_tests::pty::DEADLINE;

/// An answer, whole.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    /// Its head, as it came.
    pub head: String,
    pub body: Vec<u8>,
}

impl Reply {
    /// The value of a header field.
    pub fn field(&self, name: &str) -> Option<&str> {
        let fields = self.head.lines().filter_map(|line| line.split_once(": "));
        fields.filter(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value).next()
    }

    /// Its body, as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// A connection to the server on this port.
pub fn connect(port: u16) -> TcpStream {
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).expect("a server");
    stream.set_read_timeout(Some(DEADLINE)).expect("a socket");
    stream
}

/// Sends these bytes, and reads what comes until the other end closes. The request should ask for that.
pub fn exchange(port: u16, request: &[u8]) -> io::Result<Reply> {
    let mut stream = connect(port);
    // A server that refuses a request need not read all of it.
    let written = stream.write_all(request);
    let mut bytes = Vec::new();
    let read = stream.read_to_end(&mut bytes);
    parse(&bytes).ok_or_else(|| written.and(read).err().unwrap_or(io::ErrorKind::InvalidData.into()))
}

fn parse(bytes: &[u8]) -> Option<Reply> {
    let end = bytes.windows(4).position(|it| it == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let mut reply = Reply { status, head, body: bytes[end + 4..].to_vec() };
    if reply.field("transfer-encoding") == Some("chunked") {
        reply.body = unchunked(&reply.body);
    }
    Some(reply)
}

/// The chunks of a body that have come.
fn unchunked(mut bytes: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    while let Some(end) = bytes.windows(2).position(|it| it == b"\r\n") {
        let len = str::from_utf8(&bytes[..end]).ok().and_then(|len| usize::from_str_radix(len, 16).ok());
        let Some(chunk) = len.and_then(|len| bytes.get(end + 2..end + 2 + len)) else { break };
        whole.extend_from_slice(chunk);
        bytes = &bytes[(end + 4 + chunk.len()).min(bytes.len())..];
    }
    whole
}
