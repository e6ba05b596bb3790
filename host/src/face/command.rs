//! The command line: one request each to a node that is running.

use std::collections::BTreeSet;
use std::error::Error;
use std::fmt;
use std::io::{self, BufRead, Write};
use std::path::Path;
use std::time::Duration;

use p2pm_posix::exit::Exit;
use serde::Serialize;

use super::options::{Command, Options, WebOptions};
use super::recipient::Recipient;
use super::{circle, doctor, file, json, launch, line, manual, show, term, web};
use crate::demo::{self, Story};
use crate::discovery::Choice;
use crate::node::control::Client;
use crate::node::{Answer, Ask, ErrorKind, News, Person};
use crate::term::{can_be_drawn_on, report};

/// How long `send` waits for receipts, unless told otherwise.
const RECEIPT_TIMEOUT: Duration = Duration::from_mins(1);

/// How long `who --wait` waits, unless told otherwise.
const WAIT_TIMEOUT: Duration = Duration::from_secs(10);

/// Why a command has not done what it should.
#[derive(Debug)]
pub(super) enum Failure {
    /// The node, or the way to it, has failed.
    Io(io::Error),
    /// The node has said no.
    Refused(ErrorKind, String),
    /// These have not received it.
    NotReceived(Vec<String>),
    /// These have not received it in time.
    NotInTime(Vec<String>),
    /// A signal has come.
    Interrupted,
    /// Whoever reads standard output has had enough, which is nothing to tell.
    Unread,
    /// A usage error.
    Usage(&'static str),
}

/// Runs `p2pm`.
pub fn main() -> Exit {
    let options = Options::of_user();
    match &options.command {
        None if options.web => web::main(&options.profile, &options.launch, &WebOptions::default()),
        None if can_be_drawn_on() => term::main(&options.profile, &options.launch, options.pictures),
        None => line::main(&options.profile, &options.launch),
        Some(Command::Up(launch)) => launch::up(&options.profile, launch),
        Some(Command::Web(web)) => web::main(&options.profile, &web.launch, web),
        Some(Command::Circle(command)) => circle::main(&options.profile, options.json, command),
        Some(Command::Demo { triad: false, .. }) => demo::main(Story::Circle),
        Some(Command::Demo { triad: true, suite }) => demo::main(Story::Triad(*suite)),
        Some(Command::Man { directory }) => manual::pages(directory.as_deref()),
        Some(Command::Completions { shell, directory }) => manual::completions(*shell, directory.as_deref()),
        Some(Command::Doctor { others, interface, upnp }) => {
            doctor::main(&options, others, Choice::of(interface), *upnp)
        }
        Some(command) => match run(&options, command) {
            Ok(()) => Exit::Success,
            Err(failure) => {
                if !matches!(failure, Failure::Unread) {
                    report(format_args!("p2pm: {}", failure.text(options.profile.as_str())));
                }
                failure.exit()
            }
        },
    }
}

fn run(options: &Options, command: &Command) -> Result<(), Failure> {
    let default = match command {
        Command::Send { files, .. } if files.is_empty() => Some(RECEIPT_TIMEOUT),
        Command::Who { wait: true } => Some(WAIT_TIMEOUT),
        _ => None,
    };
    let connect = || Client::connect(options.profile.as_str(), options.timeout.or(default));
    let mut client = connect()?;
    match command {
        Command::Send { all, circle, what, files, name } if !files.is_empty() => {
            let to = recipient_of_files(*all, circle.as_ref(), what)?;
            file::send(client, connect()?, options, &to, &file::Sources::new(files, name.as_deref())?)
        }
        Command::Send { name: Some(_), .. } => Err(Failure::Usage(file::NAME_IS_OF_INPUT)),
        Command::Send { all, circle, what, .. } => {
            let (to, text) = recipient(*all, circle.as_ref(), what)?;
            send(client, connect()?, options.json, to, &text)
        }
        Command::Who { wait: true } => {
            wait_for_somebody(&mut client, connect()?)?;
            show_answer(options.json, &asked(client.ask(&Ask::Who {})?)?)
        }
        Command::Listen { since, save } => listen(client, connect()?, options.json, *since, save.as_deref()),
        Command::Down => show_answer(options.json, &asked(ended(client.ask(&Ask::Stop {}))?)?),
        other => match request(other) {
            Some(ask) => show_answer(options.json, &asked(client.ask(&ask)?)?),
            None => Ok(()),
        },
    }
}

/// The request that a command stands for; `None` for those that are more than one.
fn request(command: &Command) -> Option<Ask> {
    Some(match command {
        Command::Who { wait: false } => Ask::Who {},
        Command::Connect { address, circle } => {
            Ask::Connect { address: address.clone(), circle: circle.clone() }
        }
        Command::Meet { address, circle } => Ask::Meet { address: address.clone(), circle: circle.clone() },
        Command::Accept(who) => Ask::Accept { name: who.who.clone() },
        Command::Deny(who) => Ask::Deny { name: who.who.clone() },
        Command::Block(who) => Ask::Block { name: who.who.clone() },
        Command::Trust(who) => Ask::Trust { name: who.who.clone() },
        Command::Distrust(who) => Ask::Distrust { name: who.who.clone() },
        Command::Forget(who) => Ask::Forget { name: who.who.clone() },
        Command::Verify { who, same } => Ask::Verify { name: who.who.clone(), same: *same },
        Command::Files => Ask::Files {},
        Command::Take { file, save } => Ask::TakeFile { file: *file, into: save.clone(), or_refuse: false },
        Command::Cancel { file } => Ask::CancelFile { file: *file },
        Command::Pause { file } => Ask::PauseFile { file: *file },
        Command::Resume { file } => Ask::ResumeFile { file: *file },
        Command::Rename { new } => Ask::Rename { name: new.clone() },
        Command::Up(_)
        | Command::Web(_)
        | Command::Down
        | Command::Who { wait: true }
        | Command::Doctor { .. }
        | Command::Circle(_)
        | Command::Demo { .. }
        | Command::Man { .. }
        | Command::Completions { .. }
        | Command::Send { .. }
        | Command::Listen { .. } => return None,
    })
}

fn show_answer(json: bool, answer: &Answer) -> Result<(), Failure> {
    if json {
        return Ok(print_json(answer)?);
    }
    let text = show::answer(answer).to_string();
    if text.is_empty() { Ok(()) } else { Ok(print(text)?) }
}

/// Answer to the request to end. A node that has nobody to say goodbye to may be gone before it has answered.
fn ended(answer: io::Result<Answer>) -> io::Result<Answer> {
    match answer {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(Answer::Done),
        answer => answer,
    }
}

/// The answer, unless it is an error.
pub(super) fn asked(answer: Answer) -> Result<Answer, Failure> {
    match answer {
        Answer::Error { kind, text } => Err(Failure::Refused(kind, text)),
        answer => Ok(answer),
    }
}

/// Prints a line on standard output, at once.
pub(super) fn print(text: impl fmt::Display) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{text}").and_then(|()| out.flush()).map_err(|error| match error.kind() {
        io::ErrorKind::BrokenPipe => io::Error::new(error.kind(), Unread(error)),
        _ => error,
    })
}

/// That nobody reads standard output any more: not to be confused with a control socket that is broken off.
#[derive(Debug)]
struct Unread(io::Error);

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Error for Unread {}

/// Prints a value as a line of JSON.
pub(super) fn print_json(value: &impl Serialize) -> io::Result<()> {
    print(json::line(value)?)
}

/// Has the node look for others until somebody is here.
fn wait_for_somebody(client: &mut Client, mut news: Client) -> Result<(), Failure> {
    news.listen(None)?;
    if let Answer::Who { people, .. } = asked(client.ask(&Ask::Who {})?)?
        && people.iter().any(|person| person.here)
    {
        return Ok(());
    }
    asked(client.ask(&Ask::Search {})?)?;
    while !matches!(news.news()?.news, News::Came { .. }) {}
    Ok(())
}

fn listen(
    mut client: Client,
    mut taker: Client,
    json: bool,
    since: Option<u64>,
    save: Option<&Path>,
) -> Result<(), Failure> {
    client.listen(since)?;
    if let Some(into) = save {
        file::take_all(&mut taker, into)?;
    }
    loop {
        let numbered = client.news()?;
        if let (News::File { file, state }, Some(into)) = (&numbered.news, save) {
            file::take(&mut taker, file, state, into)?;
        }
        if json {
            print_json(&numbered)?;
        } else if show::is_for_lines(&numbered.news) {
            print(show::news(&numbered.news))?;
        }
    }
}

/// For whom the files of `send` are.
fn recipient_of_files(all: bool, circle: Option<&String>, what: &[String]) -> Result<Recipient, Failure> {
    match (all, what) {
        (true, []) => Ok(Recipient::All(circle.cloned())),
        (false, [name]) => Ok(Recipient::One(name.clone())),
        _ => Err(Failure::Usage("send NAME --file PATH, or send --all --file PATH")),
    }
}

/// For whom the text of `send` is, and the text: the words of a command line are those of a text.
fn recipient(all: bool, circle: Option<&String>, what: &[String]) -> Result<(Recipient, String), Failure> {
    let (to, words) = match (all, what) {
        (true, [_, ..]) => (Recipient::All(circle.cloned()), what),
        (false, [name, words @ ..]) if !words.is_empty() => (Recipient::One(name.clone()), words),
        _ => {
            return Err(Failure::Usage(
                "send NAME TEXT, send --all TEXT, or either with --file PATH for TEXT",
            ));
        }
    };
    match words.join(" ") {
        text if text.is_empty() => Err(Failure::Usage("there is nothing to send: the text is empty")),
        text => Ok((to, text)),
    }
}

fn send(client: Client, mut receipts: Client, json: bool, to: Recipient, text: &str) -> Result<(), Failure> {
    // Before anything is said, so that no receipt is missed.
    receipts.listen(None)?;
    let mut sending = Sending { client, to, awaited: Vec::new(), failed: Vec::new() };
    if text == "-" {
        for (number, line) in (1..).zip(io::stdin().lock().lines()) {
            sending.say(&line.map_err(|error| of_line(number, &error))?)?;
        }
    } else {
        sending.say(text)?;
    }
    sending.await_receipts(receipts, json)
}

/// The error with the number of the line of standard input that could not be read.
fn of_line(number: u64, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("line {number} of standard input: {error}"))
}

/// Messages on their way.
struct Sending {
    client: Client,
    to: Recipient,
    /// Messages, and those who have not received them yet.
    awaited: Vec<(u32, Vec<Person>)>,
    /// Who has not received one.
    failed: Vec<String>,
}

impl Sending {
    fn say(&mut self, text: &str) -> Result<(), Failure> {
        if let Answer::Said { message, to, not_to } = asked(self.client.ask(&self.to.say(text))?)? {
            self.awaited.push((message, to));
            for unsaid in &not_to {
                report(format_args!("p2pm: {}", show::unsaid(unsaid)));
                self.failed.push(show::name(&unsaid.who).to_owned());
            }
        }
        Ok(())
    }

    /// Waits until everyone has received what they should, or it is given up.
    fn await_receipts(mut self, mut receipts: Client, json: bool) -> Result<(), Failure> {
        while !self.awaited.is_empty() {
            let numbered = match receipts.news() {
                Err(error) if error.kind() == io::ErrorKind::TimedOut => return Err(self.not_in_time()),
                numbered => numbered?,
            };
            match &numbered.news {
                News::Received { message, by: who } | News::Sent { message, to: who } => {
                    self.finish(*message, who, true);
                }
                News::Failed { message, to } => self.finish(*message, to, false),
                News::Held { message, to, .. } if self.awaits(to, |number| number <= *message) => {
                    report(show::news(&numbered.news));
                }
                News::Dropped { message, to, .. } if self.awaits(to, |number| number >= *message) => {
                    report(show::news(&numbered.news));
                }
                _ => continue,
            }
            if json {
                print_json(&numbered)?;
            }
        }
        if self.failed.is_empty() { Ok(()) } else { Err(Failure::NotReceived(self.failed)) }
    }

    /// Whether a message to somebody with such a number is not received yet.
    fn awaits(&self, who: &Person, is_such: impl Fn(u32) -> bool) -> bool {
        self.awaited.iter().any(|(number, to)| is_such(*number) && to.iter().any(|it| it.tag == who.tag))
    }

    /// All messages to somebody up to this one are received, or given up.
    fn finish(&mut self, message: u32, who: &Person, is_received: bool) {
        for (_, to) in self.awaited.iter_mut().filter(|(number, _)| *number <= message) {
            let before = to.len();
            to.retain(|awaited| awaited.tag != who.tag);
            if to.len() < before && !is_received {
                self.failed.push(show::name(who).to_owned());
            }
        }
        self.awaited.retain(|(_, to)| !to.is_empty());
    }

    /// Who has not received all of it once the time is over.
    fn not_in_time(self) -> Failure {
        let awaited = self.awaited.iter().flat_map(|(_, to)| to).map(|who| show::name(who).to_owned());
        let who: BTreeSet<_> = self.failed.into_iter().chain(awaited).collect();
        report("p2pm: what is not received waits as long as the node runs");
        Failure::NotInTime(who.into_iter().collect())
    }
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
            Self::NotInTime(who) => format!("not received in time by {}", who.join(", ")),
            Self::Interrupted => "interrupted".to_owned(),
            Self::Unread => String::new(),
            Self::Usage(text) => (*text).to_owned(),
        }
    }

    fn exit(&self) -> Exit {
        match self {
            Self::Io(e) if e.kind() == io::ErrorKind::TimedOut => Exit::TimedOut,
            Self::NotInTime(_) => Exit::TimedOut,
            Self::Interrupted => Exit::Interrupted,
            Self::Io(_) | Self::NotReceived(_) | Self::Unread => Exit::Failure,
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
        if error.get_ref().is_some_and(<dyn Error + Send + Sync>::is::<Unread>) {
            Self::Unread
        } else {
            Self::Io(error)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_that_is_gone_before_it_answers_has_ended() {
        assert_eq!(ended(Err(io::ErrorKind::UnexpectedEof.into())).unwrap(), Answer::Done);
        assert!(ended(Err(io::ErrorKind::TimedOut.into())).is_err());
        let overloaded = Answer::error(ErrorKind::Unavailable, "the node does not answer");
        assert_eq!(ended(Ok(overloaded.clone())).unwrap(), overloaded);
    }
}
