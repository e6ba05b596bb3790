//! Line face: news as lines, and what is typed is said. For terminals that know no more, and for pipes.

use std::io;
use std::sync::mpsc::{Sender, channel};

use p2pm_posix::exit::Exit;

use super::doctor;
use super::feed::Feed;
use super::invitation::Invitation;
use super::launch::{Launched, Running, launch};
use super::options::LaunchOptions;
use super::recipient::Recipient;
use super::show;
use super::shown::Shown;
use super::typed::Typed;
use crate::config::profile::ProfileName;
use crate::node::{Answer, Ask, Numbered};
use crate::term::Line;
use crate::triad::shell::{Both, Either, Happened, Shell, Stop};

/// The commands of a face with lines.
pub(super) const COMMANDS_HELP: &str = "\
text          say it to whoever the prompt names; //text: with a slash
/to NAME      write to somebody from now on; /all, /all CIRCLE: to everyone
/who          who is here; /doctor: why nobody is; /name NAME: go by it
/accept [NAME]  /deny [NAME]  /block [NAME]  /forget [NAME]: who is away
/verify [NAME]  words to compare, /same; /trust [NAME]: take files, /distrust
/send PATH    a file or folder; /files: those on their way; /view [N]: see it
/take [N]     have file N, or the only one; /cancel [N] /pause [N] /resume [N]
/invite       the passphrase; /invite CIRCLE  /connect HOST[:PORT]  /meet HOST
/bell         ring for what comes while you look elsewhere  /help  /quit";

/// What the node is asked in the background, since the answer may wait for a disk.
type Question = Box<dyn FnOnce(&Shown) -> Answer + Send>;

/// The face: to whom the user writes.
struct LineFace<'a> {
    running: Running,
    to: Recipient,
    profile: &'a ProfileName,
    options: &'a LaunchOptions,
    /// Way to the thread that asks, one question after the other.
    questions: Sender<Question>,
    /// Questions without an answer yet.
    unanswered: usize,
}

/// What comes from other threads.
struct Feeds {
    news: Feed<Numbered>,
    answers: Feed<Answer>,
}

/// Runs the face until the user quits.
pub(super) fn main(profile: &ProfileName, options: &LaunchOptions) -> Exit {
    let mut shell = match Shell::new() {
        Ok(shell) => shell,
        Err(error) => return Stop::Io(error).report("p2pm"),
    };
    match run(&mut shell, profile, options) {
        Ok(()) => Exit::Success,
        Err(stop) => stop.report("p2pm"),
    }
}

fn run(shell: &mut Shell, profile: &ProfileName, options: &LaunchOptions) -> Result<(), Stop> {
    let Launched { running, invitation, notes } = launch(shell, profile, options)?;
    if let Some(invitation) = invitation {
        shell.say(format_args!("tell the others: {}", invitation.passphrase().as_str()))?;
    }
    notes.into_iter().try_for_each(|note| shell.say(note))?;
    // What a node of another program has told before, is no news.
    let news = running.node.listen(running.is_own().then_some(0))?;
    let (questions, asked) = channel::<Question>();
    let node = running.node.clone();
    let answers = asked.into_iter().map(move |question| question(&node));
    let mut feeds = Feeds { news: Feed::start("news", news)?, answers: Feed::start("questions", answers)? };
    let mut face = LineFace { running, to: Recipient::All(None), profile, options, questions, unanswered: 0 };
    shell.say("/help shows what can be typed")?;
    let stop = face.converse(shell, &mut feeds);
    face.running.stop()?;
    stop
}

impl LineFace<'_> {
    /// Shows the news and does what is typed, until the user quits; then what was asked for is done still, since a script may
    /// have nothing more to say.
    fn converse(&mut self, shell: &mut Shell, feeds: &mut Feeds) -> Result<(), Stop> {
        let feeds = &mut Both(&mut feeds.news, &mut feeds.answers);
        self.prompt(shell)?;
        loop {
            match shell.next(feeds, |_, _| true)? {
                Happened::Event(event) => self.hear(shell, event)?,
                Happened::Line(line) if self.handle(shell, &line)? => break,
                Happened::Line(_) => self.prompt(shell)?,
            }
        }
        while self.unanswered > 0 {
            let event = shell.next_event(feeds)?;
            self.hear(shell, event)?;
        }
        Ok(())
    }

    fn hear(
        &mut self,
        shell: &mut Shell,
        event: Either<Option<Numbered>, Option<Answer>>,
    ) -> Result<(), Stop> {
        match event {
            Either::First(Some(Numbered { news, .. })) if !show::is_for_lines(&news) => Ok(()),
            Either::First(Some(numbered)) => Ok(shell.say(show::news(&numbered.news))?),
            Either::Second(Some(answer)) => {
                self.unanswered -= 1;
                say_answer(shell, &answer)
            }
            Either::First(None) | Either::Second(None) => Err(io::Error::other("the node has ended").into()),
        }
    }

    fn prompt(&self, shell: &mut Shell) -> Result<(), Stop> {
        Ok(shell.console.prompt(format_args!("{}> ", self.to))?)
    }

    /// Does what a line says; true to end.
    fn handle(&mut self, shell: &mut Shell, line: &Line) -> Result<bool, Stop> {
        let line = match line {
            Line::Text(text) => text,
            Line::TooLong => return Ok(shell.say("that line is too long").map(|()| false)?),
            Line::NotUtf8 => return Ok(shell.say("that is not UTF-8").map(|()| false)?),
            Line::Eof => return Ok(true),
        };
        match Typed::of(line, &self.to) {
            Typed::Quit => return Ok(true),
            Typed::Nothing => {}
            Typed::Text(text) => self.ask(shell, self.to.say(text))?,
            Typed::To(to) => self.to = to,
            Typed::Ask(ask) if ask.is_of_disk() => self.ask_later(move |node| node.ask(ask)),
            Typed::Ask(ask) => self.ask(shell, ask)?,
            Typed::ToOnlyFile(deed) if deed.is_of_disk() => {
                self.ask_later(move |node| deed.to_only_one(node));
            }
            Typed::ToOnlyFile(deed) => say_answer(shell, &deed.to_only_one(&self.running.node))?,
            Typed::Invite(circle) => {
                match Invitation::of_node(&self.running.node, circle, self.profile, self.options) {
                    Ok(invitation) => shell.say(invitation)?,
                    Err(why) => shell.say(why)?,
                }
            }
            Typed::Doctor => self.examine(shell)?,
            Typed::View(_) => shell.say("pictures are shown on the screen alone")?,
            Typed::Bell => shell.say("there is a bell on the screen alone")?,
            Typed::Help => shell.say(COMMANDS_HELP)?,
            Typed::Wrong(why) => shell.say(why)?,
        }
        Ok(false)
    }

    fn examine(&mut self, shell: &mut Shell) -> Result<(), Stop> {
        shell.say("looking around...")?;
        for finding in doctor::of_shown(&self.running.node) {
            shell.say(show::finding(&finding))?;
        }
        Ok(())
    }

    /// Asks in the background: the answer is heard once it is there.
    fn ask_later(&mut self, question: impl FnOnce(&Shown) -> Answer + Send + 'static) {
        // Whoever takes it is there as long as this is.
        if self.questions.send(Box::new(question)).is_ok() {
            self.unanswered += 1;
        }
    }

    fn ask(&self, shell: &mut Shell, ask: Ask) -> Result<(), Stop> {
        let done = show::done(&ask);
        match (self.running.node.ask(ask), done) {
            (Answer::Done, Some(text)) => Ok(shell.say(text)?),
            (answer, _) => say_answer(shell, &answer),
        }
    }
}

fn say_answer(shell: &mut Shell, answer: &Answer) -> Result<(), Stop> {
    let text = show::answer(answer).to_string();
    if text.is_empty() { Ok(()) } else { Ok(shell.say(text)?) }
}
