//! A face's side of the control socket.

use std::io::{self, BufReader};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

use super::{ANSWER_MAX, about, line, path};
use crate::node::{Answer, Ask, Numbered};

/// A connection to a running node.
#[derive(Debug)]
pub struct Client {
    reader: BufReader<UnixStream>,
    /// When to give up waiting.
    deadline: Option<Instant>,
}

impl Client {
    /// Connects to the running node of a profile. Waits for `limit` at most, in all that follows; `None` is for ever.
    pub fn connect(profile: &str, limit: Option<Duration>) -> io::Result<Self> {
        Self::connect_at(&path(profile)?, limit)
    }

    /// The same, to the control socket with this path.
    pub fn connect_at(socket: &Path, limit: Option<Duration>) -> io::Result<Self> {
        let stream = UnixStream::connect(socket).map_err(about(socket))?;
        Ok(Self { reader: BufReader::new(stream), deadline: limit.map(|limit| Instant::now() + limit) })
    }

    /// Asks the node, and waits for its answer. To be used before [`Client::news`].
    pub fn ask(&mut self, ask: &Ask) -> io::Result<Answer> {
        let written = line::write(self.reader.get_mut(), ask);
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

    /// Waits for the next news. Fails with [`io::ErrorKind::TimedOut`] once the time is over.
    pub fn news(&mut self) -> io::Result<Numbered> {
        self.next()
    }

    fn next<T: serde::de::DeserializeOwned>(&mut self) -> io::Result<T> {
        let left = self.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        if left.is_some_and(|left| left.is_zero()) {
            return Err(io::ErrorKind::TimedOut.into());
        }
        self.reader.get_ref().set_read_timeout(left)?;
        let text = line::read(&mut self.reader, ANSWER_MAX).map_err(|e| match e.kind() {
            io::ErrorKind::WouldBlock => io::ErrorKind::TimedOut.into(),
            _ => e,
        })?;
        let text = text.ok_or_else(|| io::Error::new(io::ErrorKind::UnexpectedEof, "the node has ended"))?;
        line::parse(&text).map_err(|malformed| io::Error::new(io::ErrorKind::InvalidData, malformed.0))
    }
}
