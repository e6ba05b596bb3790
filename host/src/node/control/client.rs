//! A face's side of the control socket.

use std::io::{self, BufReader, Write};
use std::net::Shutdown;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Map, Value};
use socket2::{Domain, SockAddr, Socket, Type};

use super::line::{self, Malformed};
use super::{ANSWER_MAX, REQUEST_MAX, about, path};
use crate::node::{Answer, Ask, ErrorKind, Numbered};
use crate::wait::Waiter;

/// A connection to a running node.
#[derive(Debug)]
pub struct Client {
    reader: BufReader<UnixStream>,
    /// When to give up waiting.
    deadline: Option<Instant>,
}

/// What ends a connection once it is dropped.
#[derive(Debug)]
pub struct HangUp(UnixStream);

impl Drop for HangUp {
    fn drop(&mut self) {
        // The node may be gone.
        let _ = self.0.shutdown(Shutdown::Both);
    }
}

impl Client {
    /// Connects to the running node of a profile. Waits for `limit` at most, in all that follows; `None` is for ever.
    pub fn connect(profile: &str, limit: Option<Duration>) -> io::Result<Self> {
        Self::connect_at(&path(profile)?, limit)
    }

    /// The same, to the control socket with this path.
    pub fn connect_at(socket: &Path, limit: Option<Duration>) -> io::Result<Self> {
        let stream = connect(socket, limit).map_err(about(socket))?;
        Ok(Self { reader: BufReader::new(stream), deadline: limit.map(|limit| Instant::now() + limit) })
    }

    /// From now on it waits for ever.
    #[must_use]
    pub fn without_limit(mut self) -> Self {
        self.deadline = None;
        self
    }

    /// What ends the connection once it is dropped, also while another thread waits for news.
    pub fn hang_up(&self) -> io::Result<HangUp> {
        self.reader.get_ref().try_clone().map(HangUp)
    }

    /// Asks the node, and waits for its answer. To be used before [`Client::news`].
    pub fn ask(&mut self, ask: &Ask) -> io::Result<Answer> {
        // One that cannot be written as a line is not begun: the node would wait for the end of it.
        let mut request = Vec::new();
        line::write(&mut request, ask)?;
        // It would be hung up on before all of it is read, and whether the reason came would be chance.
        if request.len() as u64 > REQUEST_MAX {
            return Ok(Answer::error(ErrorKind::TooLong, "the request is too long"));
        }
        let written = self.reader.get_mut().write_all(&request);
        // Whoever is refused is told why, and hung up on.
        let answer = self.next();
        answer.or_else(|error| written.and(Err(error)))
    }

    /// Asks for the news, from now on or after a number.
    pub fn listen(&mut self, since: Option<u64>) -> io::Result<()> {
        match self.ask(&Ask::Listen { since })? {
            Answer::Error { text, .. } => Err(io::Error::other(text)),
            _ => Ok(()),
        }
    }

    /// Waits for the next news; those of a kind that is not known here are skipped. Fails with [`io::ErrorKind::TimedOut`] once
    /// the time is over.
    pub fn news(&mut self) -> io::Result<Numbered> {
        loop {
            if let Some(news) = self.next_news()? {
                return Ok(news);
            }
        }
    }

    /// The same, or `None` once something else can be read.
    pub fn news_unless(&mut self, other: BorrowedFd<'_>) -> io::Result<Option<Numbered>> {
        loop {
            if self.reader.buffer().is_empty() {
                let mut waiter = Waiter::new();
                let (_, other) = (waiter.read(self.reader.get_ref().as_fd()), waiter.read(other));
                if waiter.wait(self.left()?)?.contains(other) {
                    return Ok(None);
                }
            }
            if let Some(news) = self.next_news()? {
                return Ok(Some(news));
            }
        }
    }

    /// The next news, unless they are of a kind that is not known here.
    fn next_news(&mut self) -> io::Result<Option<Numbered>> {
        let text = self.next_line()?;
        match line::parse(&text) {
            Err(_) if line::parse::<Map<String, Value>>(&text).is_ok() => Ok(None),
            parsed => parsed.map(Some).map_err(malformed),
        }
    }

    /// How long there is to wait; `None` is for ever.
    fn left(&self) -> io::Result<Option<Duration>> {
        let left = self.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        if left.is_some_and(|left| left.is_zero()) { Err(io::ErrorKind::TimedOut.into()) } else { Ok(left) }
    }

    fn next<T: serde::de::DeserializeOwned>(&mut self) -> io::Result<T> {
        line::parse(&self.next_line()?).map_err(malformed)
    }

    fn next_line(&mut self) -> io::Result<Vec<u8>> {
        let left = self.left()?;
        self.reader.get_ref().set_read_timeout(left)?;
        let text = line::read(&mut self.reader, ANSWER_MAX).map_err(|e| match e.kind() {
            io::ErrorKind::WouldBlock => io::ErrorKind::TimedOut.into(),
            _ => e,
        })?;
        text.ok_or_else(|| io::Error::new(io::ErrorKind::UnexpectedEof, "the node has ended"))
    }
}

/// A node that takes nobody any more lets whoever comes wait, and so whatever is written to it.
fn connect(path: &Path, limit: Option<Duration>) -> io::Result<UnixStream> {
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    socket.set_write_timeout(limit)?;
    socket.connect(&SockAddr::unix(path)?)?;
    Ok(OwnedFd::from(socket).into())
}

fn malformed(Malformed(why): Malformed) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;
    use std::io::Read;
    use std::os::unix::ffi::OsStrExt;

    use super::*;
    use crate::node::News;

    #[test]
    fn a_request_that_no_node_would_read_is_refused_at_once() {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let mut client = Client { reader: BufReader::new(ours), deadline: None };
        let answer = client.ask(&Ask::Say { to: None, text: "a".repeat(5_000_000), circle: None }).unwrap();
        assert!(matches!(answer, Answer::Error { kind: ErrorKind::TooLong, .. }), "{answer:?}");
        theirs.set_nonblocking(true).unwrap();
        assert_eq!((&theirs).read(&mut [0]).unwrap_err().kind(), io::ErrorKind::WouldBlock);
    }

    #[test]
    fn what_cannot_be_written_as_a_line_is_an_error_and_not_begun() {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let mut client = Client { reader: BufReader::new(ours), deadline: None };
        let path = Path::new(OsStr::from_bytes(b"/a\xff")).to_owned();
        assert!(client.ask(&Ask::SendFile { to: None, circle: None, path }).is_err());
        theirs.set_nonblocking(true).unwrap();
        let nothing = rustix::io::read(&theirs, &mut [0; 1]);
        assert_eq!(nothing, Err(rustix::io::Errno::AGAIN), "half a request was sent");
    }

    #[test]
    fn news_of_an_unknown_kind_are_skipped() {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        let mut client = Client { reader: BufReader::new(ours), deadline: None };
        for line in [
            "{\"v\":1,\"n\":1,\"news\":\"typing\"}",
            "{\"v\":1,\"n\":2,\"at\":5,\"news\":\"lost\",\"count\":3}",
            "{}",
        ] {
            writeln!(theirs, "{line}").unwrap();
        }
        assert_eq!(client.news().unwrap(), Numbered { n: 2, at: 5, news: News::Lost { count: 3 } });
        assert_eq!(client.news().unwrap_err().kind(), io::ErrorKind::InvalidData);
    }
}
