//! Files on the command line, and in words.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::time::Duration;

use p2pm_core::wire::{Label, sanitise};
use p2pm_posix::signals::Signals;

use super::command::{Failure, asked, print_json};
use super::copied::Copied;
use super::options::Options;
use super::recipient::Recipient;
use super::show;
use crate::node::control::Client;
use crate::node::{Answer, Ask, FileInfo, FileState, News};
use crate::term::report;

/// Longest wait for an answer when a command ends.
const PATIENCE: Duration = Duration::from_secs(5);
/// Units of a length in bytes, each a thousand of the one before it.
const UNITS: [&str; 6] = ["kB", "MB", "GB", "TB", "PB", "EB"];

/// A length in bytes, in a suitable unit.
pub(super) fn size(bytes: u64) -> impl fmt::Display {
    fmt::from_fn(move |f| {
        if bytes < 1000 {
            return write!(f, "{bytes} bytes");
        }
        // Tenths, so that no number is rounded up to a unit that it does not reach.
        let (mut tenths, mut unit) = (bytes / 100, 0);
        while tenths >= 10_000 {
            (tenths, unit) = (tenths / 1000, unit + 1);
        }
        write!(f, "{}.{} {}", tenths / 10, tenths % 10, UNITS[unit])
    })
}

/// What a file is, in words.
pub(super) fn what(file: &FileInfo) -> impl fmt::Display {
    fmt::from_fn(move |f| {
        let name = sanitise(&file.name);
        match (file.folder, file.files) {
            (false, _) => write!(f, "{name}, {}", size(file.size)),
            (true, 1) => write!(f, "{name}, a folder with 1 file, {}", size(file.size)),
            (true, files) => write!(f, "{name}, a folder with {files} files, {}", size(file.size)),
        }
    })
}

/// What has happened to a file, as a line.
pub(super) fn news(file: &FileInfo, state: &FileState) -> impl fmt::Display {
    fmt::from_fn(move |f| {
        let (number, who, name) = (file.file, show::name(&file.who), sanitise(&file.name));
        match (state, file.ours) {
            (FileState::Offered { .. }, true) => {
                write!(f, "-- offered to {who}: {} (file {number})", what(file))
            }
            (FileState::Offered { .. }, false) => {
                write!(f, "-- {who} offers {}: /take {number} or /cancel {number}", what(file))
            }
            (FileState::Accepted, true) => write!(f, "-- {who} takes {name}"),
            (FileState::Accepted, false) => write!(f, "-- {name} comes from {who} (file {number})"),
            (FileState::Moving { done }, _) => write!(f, "-- {name}: {}", share(*done, file.size)),
            (FileState::Paused { done, why }, _) => {
                write!(f, "-- {name} waits at {}: {} (file {number})", share(*done, file.size), sanitise(why))
            }
            (FileState::Stored { .. }, true) => write!(f, "-- {who} has {name}"),
            (FileState::Stored { path: Some(path) }, false) => {
                write!(f, "-- {name} from {who} is at {}", sanitise(&path.display().to_string()))
            }
            (FileState::Stored { path: None }, false) => write!(f, "-- {name} from {who} is stored"),
            (FileState::Ended { why }, true) => write!(f, "-- {who} does not get {name}: {}", sanitise(why)),
            (FileState::Ended { why }, false) => {
                write!(f, "-- {name} from {who} does not come: {}", sanitise(why))
            }
        }
    })
}

/// A file in a list, as a line.
pub(super) fn line(file: &FileInfo, state: &FileState) -> impl fmt::Display {
    fmt::from_fn(move |f| {
        let direction = if file.ours { "to" } else { "from" };
        write!(f, "{:>3} {direction} {}: {}: ", file.file, show::name(&file.who), what(file))?;
        match state {
            FileState::Offered { .. } => f.write_str("offered"),
            FileState::Accepted => f.write_str("about to begin"),
            FileState::Moving { done } => write!(f, "{}", share(*done, file.size)),
            FileState::Paused { done, why } => {
                write!(f, "waits at {}: {}", share(*done, file.size), sanitise(why))
            }
            FileState::Stored { .. } => f.write_str("stored"),
            FileState::Ended { why } => write!(f, "{}", sanitise(why)),
        }
    })
}

/// How much of it has crossed.
fn share(done: u64, size: u64) -> impl fmt::Display {
    fmt::from_fn(move |f| write!(f, "{} %", hundredths(done, size)))
}

/// How much of so many bytes has crossed, in hundredths.
pub(super) fn hundredths(done: u64, size: u64) -> u64 {
    let hundredths = u128::from(done) * 100 / u128::from(size.max(1));
    u64::try_from(hundredths).unwrap_or(u64::MAX)
}

/// Why a name is refused.
pub(super) const NAME_IS_OF_INPUT: &str = "--name is for standard input: send NAME --file - --name NAME";

/// What is to be sent.
pub(super) struct Sources<'a> {
    paths: &'a [PathBuf],
    /// What standard input is called, if it is one of them.
    input: Option<&'a str>,
}

impl<'a> Sources<'a> {
    /// `-` stands for standard input, which may be called by this name.
    pub(super) fn new(paths: &'a [PathBuf], name: Option<&'a str>) -> Result<Self, Failure> {
        let inputs = paths.iter().filter(|path| is_input(path)).count();
        match (inputs, name) {
            (0, None) => Ok(Self { paths, input: None }),
            (0, Some(_)) => Err(Failure::Usage(NAME_IS_OF_INPUT)),
            (1, name) => {
                let name = name.unwrap_or("stdin");
                Label::new(name.as_bytes()).map_err(|_| Failure::Usage("--name is the name of a file"))?;
                Ok(Self { paths, input: Some(name) })
            }
            _ => Err(Failure::Usage("standard input can be sent once")),
        }
    }
}

/// Whether a path stands for standard input. A file of this name is `./-`.
fn is_input(path: &Path) -> bool {
    path == Path::new("-")
}

/// Sends files, and waits until they are stored at the other end, or given up.
pub(super) fn send(
    client: Client,
    news: Client,
    options: &Options,
    to: &Recipient,
    sources: &Sources<'_>,
) -> Result<(), Failure> {
    let signals = Signals::install()?;
    let copy = sources.input.map(|name| Copied::of_input(name, &signals)).transpose()?;
    let sending = Sending { client, news, signals, options, awaited: BTreeMap::new(), failed: Vec::new() };
    // What comes from standard input is there as long as this.
    sending.run(to, sources.paths, copy.as_ref())
}

/// Files that are offered, until they are stored or given up.
struct Sending<'a> {
    client: Client,
    news: Client,
    signals: Signals,
    options: &'a Options,
    /// Each, by its number, with whether it is from standard input.
    awaited: BTreeMap<u32, (FileInfo, bool)>,
    /// Who does not get one.
    failed: Vec<String>,
}

impl Sending<'_> {
    fn run(mut self, to: &Recipient, paths: &[PathBuf], copy: Option<&Copied>) -> Result<(), Failure> {
        // Before anything is offered, so that nothing of it is missed.
        self.news.listen(None)?;
        for path in paths {
            match copy.filter(|_| is_input(path)) {
                Some(copy) => self.offer(to, copy.path().to_owned(), true)?,
                None => self.offer(to, std::path::absolute(path)?, false)?,
            }
        }
        match self.await_all() {
            Err(Failure::Io(error)) if error.kind() == io::ErrorKind::TimedOut => {
                self.leave();
                let awaited = self.awaited.into_values().map(|(file, _)| show::name(&file.who).to_owned());
                let who: BTreeSet<_> = self.failed.into_iter().chain(awaited).collect();
                Err(Failure::NotInTime(who.into_iter().collect()))
            }
            Err(Failure::Interrupted) => {
                self.leave();
                Err(Failure::Interrupted)
            }
            Err(error) => Err(error),
            Ok(()) if self.failed.is_empty() => Ok(()),
            Ok(()) => Err(Failure::NotReceived(self.failed)),
        }
    }

    fn offer(&mut self, to: &Recipient, path: PathBuf, is_input: bool) -> Result<(), Failure> {
        if path.to_str().is_none() {
            return Err(Failure::Usage(
                "a path that is not UTF-8 cannot be named to the node: offer the folder above it",
            ));
        }
        if let Answer::Offered { files, not_to, left_out } = asked(self.client.ask(&to.send_file(path))?)? {
            for unoffered in &not_to {
                report(format_args!("p2pm: {}", show::unoffered(unoffered)));
                self.failed.push(show::name(&unoffered.who).to_owned());
            }
            for omission in left_out {
                report(format_args!("p2pm: not sent: {}", sanitise(&omission)));
            }
            self.awaited.extend(files.into_iter().map(|file| (file.file, (file, is_input))));
        }
        Ok(())
    }

    fn await_all(&mut self) -> Result<(), Failure> {
        let mut progress = Progress::default();
        while !self.awaited.is_empty() {
            let Some(numbered) = self.news.news_unless(self.signals.as_fd())? else {
                return Err(Failure::Interrupted);
            };
            let News::File { file, state } = &numbered.news else { continue };
            if !self.awaited.contains_key(&file.file) {
                continue;
            }
            if self.options.json {
                print_json(&numbered)?;
            } else {
                progress.show(file, state)?;
            }
            match state {
                FileState::Stored { .. } => drop(self.awaited.remove(&file.file)),
                FileState::Ended { .. } => {
                    self.awaited.remove(&file.file);
                    self.failed.push(show::name(&file.who).to_owned());
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Nobody waits for the files any more. Those with a name of their own stay offered, which is said; what comes from standard
    /// input is taken back, since it is gone now.
    fn leave(&self) {
        let mut client = Client::connect(self.options.profile.as_str(), Some(PATIENCE)).ok();
        for (file, (info, is_input)) in &self.awaited {
            let (name, who) = (sanitise(&info.name), show::name(&info.who));
            if !is_input {
                report(format_args!("p2pm: {name} stays offered to {who}: p2pm cancel {file} takes it back"));
            } else if let Some(client) = &mut client {
                // If it is stored by now, or the node has ended, there is nothing to take back.
                let _ = client.ask(&Ask::CancelFile { file: *file });
            }
        }
    }
}

/// What is shown of files on their way: lines, and on a terminal one that is written anew.
#[derive(Default)]
struct Progress {
    is_under_way: bool,
}

impl Progress {
    fn show(&mut self, file: &FileInfo, state: &FileState) -> io::Result<()> {
        let mut out = io::stderr().lock();
        let is_terminal = out.is_terminal();
        if matches!(state, FileState::Moving { .. }) {
            self.is_under_way = is_terminal;
            return if is_terminal { write!(out, "\r\x1b[K{}", news(file, state)) } else { Ok(()) };
        }
        if std::mem::take(&mut self.is_under_way) {
            write!(out, "\r\x1b[K")?;
        }
        writeln!(out, "{}", news(file, state))
    }
}

/// Takes what is offered, into a folder.
pub(super) fn take_all(client: &mut Client, into: &Path) -> Result<(), Failure> {
    let Answer::Files { files } = asked(client.ask(&Ask::Files {})?)? else { return Ok(()) };
    for known in files {
        take(client, &known.info, &known.state, into)?;
    }
    Ok(())
}

/// Takes a file, into a folder, if it is offered to us.
pub(super) fn take(
    client: &mut Client,
    file: &FileInfo,
    state: &FileState,
    into: &Path,
) -> Result<(), Failure> {
    if file.ours || !state.is_offered() {
        return Ok(());
    }
    let into = Some(into.to_owned());
    // Nobody is there who could try again: whoever offers it hears why it does not go.
    let take = Ask::TakeFile { file: file.file, into, or_refuse: true };
    // It may be withdrawn by now, or taken by another face.
    if let Answer::Error { text, .. } = client.ask(&take)? {
        report(format_args!("p2pm: {}: {text}", sanitise(&file.name)));
    }
    Ok(())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::node::Person;

    /// A file of 2 MB that Abdul offers.
    pub(in crate::face) fn info(name: &str) -> FileInfo {
        let who = Person { name: Some("abdul".into()), tag: "tag-abdul".into() };
        FileInfo { file: 3, who, ours: false, name: name.into(), folder: false, size: 2_000_000, files: 1 }
    }

    #[test]
    fn no_name_or_path_acts_on_a_terminal() {
        // They clear a screen, turn the order of a line around, and hide.
        let hostile = "\x1b[2J\u{202e}gpj.exe\u{200b}\r\n";
        let states = [
            FileState::Offered { preview: None },
            FileState::Accepted,
            FileState::Moving { done: 1 },
            FileState::Paused { done: 1, why: hostile.into() },
            FileState::Stored { path: Some(hostile.into()) },
            FileState::Stored { path: None },
            FileState::Ended { why: hostile.into() },
        ];
        for (state, ours) in states.iter().flat_map(|state| [(state, true), (state, false)]) {
            let file = FileInfo { ours, ..info(hostile) };
            for shown in [news(&file, state).to_string(), line(&file, state).to_string()] {
                let is_harmless = |c: char| !c.is_control() && !"\u{202e}\u{200b}".contains(c);
                assert!(shown.chars().all(is_harmless), "{shown:?}");
            }
        }
    }

    #[test]
    fn a_length_has_a_unit_that_it_reaches() {
        for (bytes, text) in [
            (0, "0 bytes"),
            (999, "999 bytes"),
            (1000, "1.0 kB"),
            (999_999, "999.9 kB"),
            (1_000_000, "1.0 MB"),
            (2_147_483_648, "2.1 GB"),
            (u64::MAX, "18.4 EB"),
        ] {
            assert_eq!(size(bytes).to_string(), text);
        }
    }
}
