//! The node that a face shows: one that runs in this program, or one that runs already, over its control socket.

use std::io;
use std::iter;
use std::time::Duration;

use crate::config::profile::ProfileName;
use crate::node::control::Client;
use crate::node::{Answer, Ask, ErrorKind, Handle, Numbered};

/// Longest wait for an answer. Where a node asks others, it takes less than 5 s.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);

/// The node that a face shows.
#[derive(Clone, Debug)]
pub(super) enum Shown {
    /// It runs in this program.
    Here(Handle),
    /// It is that of a profile, and runs in another program.
    Elsewhere(ProfileName),
}

/// News, until the node has ended.
pub(super) type NewsOf = Box<dyn Iterator<Item = Numbered> + Send>;

impl Shown {
    /// Asks the node, and waits for its answer.
    pub(super) fn ask(&self, ask: Ask) -> Answer {
        match self {
            Self::Here(handle) => handle.ask(ask),
            Self::Elsewhere(profile) => {
                let client = Client::connect(profile.as_str(), Some(ANSWER_TIMEOUT));
                let answer = client.and_then(|mut client| client.ask(&ask));
                answer.unwrap_or_else(|error| {
                    Answer::error(ErrorKind::Unavailable, format!("the node does not answer: {error}"))
                })
            }
        }
    }

    /// Listens to the news after the number `since`, or from now on.
    pub(super) fn listen(&self, since: Option<u64>) -> io::Result<NewsOf> {
        match self {
            Self::Here(handle) => Ok(Box::new(handle.listen(since).into_iter())),
            Self::Elsewhere(profile) => {
                let mut client = Client::connect(profile.as_str(), None)?;
                client.listen(since)?;
                Ok(Box::new(iter::from_fn(move || client.news().ok())))
            }
        }
    }
}
