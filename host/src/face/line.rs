//! Line face: news as lines, and what is typed is said. For terminals that know no more, and for pipes.

use std::fmt::Display;

use p2pm_posix::exit::Exit;

use super::launch::{Running, launch};
use super::news_feed::NewsFeed;
use super::options::Options;
use super::show;
use crate::node::{Answer, Ask, News};
use crate::term::Line;
use crate::triad::shell::{Happened, Shell, Stop};

const HELP: &str = "\
text          say it to whoever the prompt names
/to NAME      write to somebody from now on; /all: to everyone
/who          who is here, and who is known
/accept NAME  /deny NAME  /block NAME
/verify NAME  words to compare; /same NAME: they are the same
/connect HOST[:PORT]  /name NAME  /help  /quit";

/// The face: to whom the user writes.
struct LineFace {
    running: Running,
    /// Name or tag; `None` is everyone.
    to: Option<String>,
}

/// Runs the face until the user quits.
pub(super) fn main(options: &Options) -> Exit {
    let mut shell = match Shell::new() {
        Ok(shell) => shell,
        Err(error) => return Stop::Io(error).report("p2pm"),
    };
    match run(&mut shell, options) {
        Ok(()) => Exit::Success,
        Err(stop) => stop.report("p2pm"),
    }
}

fn run(shell: &mut Shell, options: &Options) -> Result<(), Stop> {
    let running = launch(shell, options)?;
    let mut feed = NewsFeed::start(&running.handle)?;
    let mut face = LineFace { running, to: None };
    shell.say("/help shows what can be typed")?;
    face.prompt(shell)?;
    let stop = loop {
        match shell.next(&mut feed, |_, _| true) {
            Ok(Happened::Event(Some(numbered))) => {
                // Receipts of each message would be too much between the lines.
                if !matches!(numbered.news, News::Received { .. }) {
                    shell.say(show::news(&numbered.news))?;
                }
            }
            Ok(Happened::Event(None)) => break Err(Stop::Io(std::io::Error::other("the node has ended"))),
            Ok(Happened::Line(Line::Eof)) => break Ok(()),
            Ok(Happened::Line(line)) => {
                if face.handle(shell, &line)? {
                    break Ok(());
                }
                face.prompt(shell)?;
            }
            Err(stop) => break Err(stop),
        }
    };
    face.running.stop()?;
    stop
}

impl LineFace {
    fn prompt(&self, shell: &mut Shell) -> Result<(), Stop> {
        let to = self.to.as_deref().unwrap_or("everyone");
        Ok(shell.console.prompt(format_args!("{to}> "))?)
    }

    /// Does what a line says; true to end.
    fn handle(&mut self, shell: &mut Shell, line: &Line) -> Result<bool, Stop> {
        let text = match line {
            Line::Text(text) => text.as_str(),
            Line::TooLong => return complain(shell, "that line is too long"),
            Line::NotUtf8 => return complain(shell, "that is not UTF-8"),
            Line::Eof => return Ok(true),
        };
        let Some(command) = text.strip_prefix('/') else {
            return self.say(shell, text);
        };
        let (command, name) = command.split_once(' ').unwrap_or((command, ""));
        let name = name.trim().to_owned();
        let ask = match command {
            "quit" | "q" => return Ok(true),
            "help" | "?" => return complain(shell, HELP),
            "all" => {
                self.to = None;
                return Ok(false);
            }
            "to" if name.is_empty() => return complain(shell, "to whom? /to NAME"),
            "to" => {
                self.to = Some(name);
                return Ok(false);
            }
            "who" => Ask::Who,
            "accept" => Ask::Accept { name },
            "deny" => Ask::Deny { name },
            "block" => Ask::Block { name },
            "verify" => Ask::Verify { name, same: false },
            "same" => Ask::Verify { name, same: true },
            "connect" => Ask::Connect { address: name },
            "name" => Ask::Rename { name },
            _ => return complain(shell, format_args!("there is no /{command}; /help shows what there is")),
        };
        let answer = self.running.handle.ask(ask);
        let text = show::answer(&answer).to_string();
        if !text.is_empty() {
            shell.say(text)?;
        }
        Ok(false)
    }

    fn say(&mut self, shell: &mut Shell, text: &str) -> Result<bool, Stop> {
        if text.is_empty() {
            return Ok(false);
        }
        let answer = self.running.handle.ask(Ask::Say { to: self.to.clone(), text: text.to_owned() });
        match answer {
            Answer::Said { to, .. } if to.is_empty() => complain(shell, "nobody is here to hear it"),
            Answer::Error { text, .. } => complain(shell, text),
            _ => Ok(false),
        }
    }
}

fn complain(shell: &mut Shell, text: impl Display) -> Result<bool, Stop> {
    shell.say(text)?;
    Ok(false)
}
