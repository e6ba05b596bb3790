//! The command line: one request each to a node that is running.

use std::collections::HashSet;
use std::io::{self, BufRead, Write};
use std::time::Duration;

use clap::Parser;
use p2pm_posix::exit::Exit;
use serde::Serialize;

use super::options::{Command, Options};
use super::{launch, line, show};
use crate::demo;
use crate::node::control::Client;
use crate::node::{Answer, Ask, ErrorKind, News, Numbered, Person};
use crate::term::report;

/// How long `send` waits for receipts, unless told otherwise.
const RECEIPT_TIMEOUT: Duration = Duration::from_mins(1);

/// Why a command has not done what it should.
#[derive(Debug)]
enum Failure {
    /// The node, or the way to it, has failed.
    Io(io::Error),
    /// The node has said no.
    Refused(ErrorKind, String),
    /// Some have not received it.
    NotReceived(Vec<String>),
    /// A usage error.
    Usage(&'static str),
}

/// Runs `p2pm`.
pub fn main() -> Exit {
    let options = Options::parse();
    match options.command {
        None => line::main(&options),
        Some(Command::Up) => launch::up(&options),
        Some(Command::Demo { triad }) => demo::main(triad),
        Some(_) => match run(&options) {
            Ok(()) => Exit::Success,
            Err(failure) => {
                report(format_args!("p2pm: {}", failure.text(&options.profile)));
                failure.exit()
            }
        },
    }
}

fn run(options: &Options) -> Result<(), Failure> {
    let limit =
        options.timeout.or(matches!(options.command, Some(Command::Send { .. })).then_some(RECEIPT_TIMEOUT));
    let mut client = Client::connect(&options.profile, limit)?;
    let ask = match &options.command {
        None | Some(Command::Up | Command::Demo { .. }) => return Ok(()),
        Some(Command::Send { all, what }) => {
            let receipts = Client::connect(&options.profile, limit)?;
            return send(client, receipts, options.json, *all, what);
        }
        Some(Command::Listen { since }) => return listen(client, options.json, *since),
        Some(Command::Who) => Ask::Who,
        Some(Command::Connect { address }) => Ask::Connect { address: address.clone() },
        Some(Command::Accept(who)) => Ask::Accept { name: who.name.clone() },
        Some(Command::Deny(who)) => Ask::Deny { name: who.name.clone() },
        Some(Command::Block(who)) => Ask::Block { name: who.name.clone() },
        Some(Command::Verify { who, same }) => Ask::Verify { name: who.name.clone(), same: *same },
        Some(Command::Rename { name }) => Ask::Rename { name: name.clone() },
        Some(Command::Down) => Ask::Stop,
    };
    let answer = asked(client.ask(&ask)?)?;
    if options.json {
        print_json(&answer)
    } else {
        let text = show::answer(&answer).to_string();
        if text.is_empty() { Ok(()) } else { print(text) }
    }
}

/// The answer, unless it is an error.
fn asked(answer: Answer) -> Result<Answer, Failure> {
    match answer {
        Answer::Error { kind, text } => Err(Failure::Refused(kind, text)),
        answer => Ok(answer),
    }
}

fn print(text: impl std::fmt::Display) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    writeln!(out, "{text}")?;
    Ok(out.flush()?)
}

fn print_json(value: &impl Serialize) -> Result<(), Failure> {
    print(serde_json::to_string(value).map_err(io::Error::from)?)
}

fn listen(mut client: Client, json: bool, since: Option<u64>) -> Result<(), Failure> {
    client.listen(since)?;
    loop {
        let numbered = client.news()?;
        if json {
            print_json(&numbered)?;
        } else if !matches!(numbered.news, News::Received { .. }) {
            print(show::news(&numbered.news))?;
        }
    }
}

fn send(
    mut client: Client,
    mut receipts: Client,
    json: bool,
    all: bool,
    what: &[String],
) -> Result<(), Failure> {
    let (to, text) = match (all, what) {
        (true, [text]) => (None, text),
        (false, [name, text]) => (Some(name.clone()), text),
        _ => return Err(Failure::Usage("send NAME TEXT, or send --all TEXT")),
    };
    // Before anything is said, so that no receipt is missed.
    receipts.listen(None)?;
    let mut awaited = Vec::new();
    let mut say = |text: &str| -> Result<(), Failure> {
        let answer = asked(client.ask(&Ask::Say { to: to.clone(), text: text.to_owned() })?)?;
        if let Answer::Said { message, to } = answer {
            awaited.push((message, to.into_iter().map(|who| who.tag).collect()));
        }
        Ok(())
    };
    if text == "-" {
        for line in io::stdin().lock().lines() {
            say(&line?)?;
        }
    } else {
        say(text)?;
    }
    await_receipts(receipts, json, awaited)
}

/// Waits until everyone has received what they should.
fn await_receipts(
    mut client: Client,
    json: bool,
    mut awaited: Vec<(u32, HashSet<String>)>,
) -> Result<(), Failure> {
    let mut failed = Vec::new();
    while !awaited.is_empty() {
        let Numbered { news, n } = client.news()?;
        let (message, who): (u32, &Person) = match &news {
            News::Received { message, by } => (*message, by),
            News::Failed { message, to } => (*message, to),
            _ => continue,
        };
        let is_failed = matches!(news, News::Failed { .. });
        for (_, to) in awaited.iter_mut().filter(|(number, _)| *number <= message) {
            if to.remove(&who.tag) && is_failed {
                failed.push(show::name(who).to_owned());
            }
        }
        awaited.retain(|(_, to)| !to.is_empty());
        if json {
            print_json(&Numbered { n, news: news.clone() })?;
        }
    }
    if failed.is_empty() { Ok(()) } else { Err(Failure::NotReceived(failed)) }
}

impl Failure {
    fn text(&self, profile: &str) -> String {
        match self {
            Self::Io(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused) => {
                format!("no node of the profile {profile} is running: start it with p2pm or p2pm up")
            }
            Self::Io(e) if e.kind() == io::ErrorKind::TimedOut => "no answer in time".to_owned(),
            Self::Io(e) => e.to_string(),
            Self::Refused(_, text) => text.clone(),
            Self::NotReceived(who) => format!("not received by {}", who.join(", ")),
            Self::Usage(text) => (*text).to_owned(),
        }
    }

    fn exit(&self) -> Exit {
        match self {
            Self::Io(e) if e.kind() == io::ErrorKind::TimedOut => Exit::TimedOut,
            Self::Io(_) | Self::NotReceived(_) => Exit::Failure,
            Self::Usage(_) => Exit::Usage,
            Self::Refused(kind, _) => match kind {
                ErrorKind::Usage | ErrorKind::TooLong | ErrorKind::Ambiguous => Exit::Usage,
                ErrorKind::Nobody => Exit::Nobody,
                ErrorKind::NotAccepted => Exit::Refused,
                ErrorKind::Unavailable => Exit::Failure,
            },
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}
