//! The node that a face shows: one that runs in this program, or one that runs already, over its control socket.

use std::io;
use std::iter;
use std::time::Duration;

use crate::config::profile::ProfileName;
use crate::node::control::Client;
use crate::node::{Answer, Ask, ErrorKind, Handle, News, Numbered};

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

/// Number of the news before the first.
const FIRST: u64 = 0;

/// News, until the node has ended.
pub(super) type NewsOf = Box<dyn Iterator<Item = Numbered> + Send>;

/// Somebody listens to news, which end once it is dropped.
pub(super) type Kept = Box<dyn Send>;

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

    /// Listens to all news that the node has kept, and to those that come. What is lost because nobody has taken it for a while,
    /// as of a program that was stopped, is asked for again.
    pub(super) fn follow(&self) -> io::Result<NewsOf> {
        let node = self.clone();
        let first = node.listen(Some(FIRST))?;
        Ok(Box::new(Followed {
            listen: move |since| node.listen(Some(since)).ok(),
            news: first,
            since: FIRST,
            last: FIRST,
        }))
    }

    /// Listens to the news after the number `since`, in a thread that waits for them although nobody may be there any more to be
    /// told them.
    pub(super) fn subscribe(&self, since: u64) -> io::Result<(NewsOf, Kept)> {
        match self {
            Self::Here(handle) => {
                let (news, kept) = handle.subscribe(Some(since));
                Ok((Box::new(news.into_iter()), Box::new(kept)))
            }
            Self::Elsewhere(profile) => {
                let client = listening(profile, Some(since))?;
                let kept = client.hang_up()?;
                Ok((news_of(client), Box::new(kept)))
            }
        }
    }

    /// Listens to the news after the number `since`, or from now on.
    pub(super) fn listen(&self, since: Option<u64>) -> io::Result<NewsOf> {
        match self {
            Self::Here(handle) => Ok(Box::new(handle.listen(since).into_iter())),
            Self::Elsewhere(profile) => Ok(news_of(listening(profile, since)?)),
        }
    }
}

/// A client that listens: the node has to say so in time, and then as long as it runs.
fn listening(profile: &ProfileName, since: Option<u64>) -> io::Result<Client> {
    let mut client = Client::connect(profile.as_str(), Some(ANSWER_TIMEOUT))?;
    client.listen(since)?;
    Ok(client.without_limit())
}

fn news_of(mut client: Client) -> NewsOf {
    Box::new(iter::from_fn(move || client.news().ok()))
}

/// News, of which those that were lost are asked for again.
struct Followed<L> {
    listen: L,
    news: NewsOf,
    /// Number after which it listens.
    since: u64,
    /// Number of the last piece of news.
    last: u64,
}

impl<L: FnMut(u64) -> Option<NewsOf>> Iterator for Followed<L> {
    type Item = Numbered;

    fn next(&mut self) -> Option<Numbered> {
        let mut next = self.news.next()?;
        // What is lost right after that number is not kept any more.
        if matches!(next.news, News::Lost { .. }) && self.last > self.since {
            self.news = (self.listen)(self.last)?;
            self.since = self.last;
            next = self.news.next()?;
        }
        self.last = next.n;
        Some(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn news(numbers: &[u64]) -> NewsOf {
        let said = |n: &u64| Numbered { n: *n, at: 0, news: News::NotStored { why: n.to_string() } };
        Box::new(numbers.iter().map(said).collect::<Vec<_>>().into_iter())
    }

    fn lost(n: u64) -> NewsOf {
        Box::new(iter::once(Numbered { n, at: 0, news: News::Lost { count: 2 } }))
    }

    #[test]
    fn what_was_lost_is_asked_for_again_once() {
        let mut asked = Vec::new();
        let listen = |since| {
            asked.push(since);
            Some(match since {
                2 => Box::new(news(&[3, 4, 5]).chain(lost(7)).chain(news(&[8]))) as NewsOf,
                5 => Box::new(lost(7).chain(news(&[8]))),
                _ => news(&[]),
            })
        };
        let first = Box::new(news(&[1, 2]).chain(lost(4)).chain(news(&[5])));
        let heard: Vec<_> = Followed { listen, news: first, since: 0, last: 0 }.collect();
        assert_eq!(heard.iter().map(|it| it.n).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 7, 8]);
        assert_eq!((&heard[5].news, asked), (&News::Lost { count: 2 }, vec![2, 5]));
    }
}
