//! Face for terminals: people, conversations and what is typed on one screen.

mod app;
mod graphics;
mod inbox;
mod keys;
mod screen;
mod view;

use std::io;
use std::time::{Duration, Instant};

use jiff::{Timestamp, ZonedDateTime};
use p2pm_posix::exit::Exit;
use p2pm_posix::signals::Resizing;
use ratatui::crossterm::event::{Event, KeyEventKind, MouseButton, MouseEventKind};

use self::app::{App, Effect, Overlay, Question, Runs};
use self::graphics::Means;
pub use self::graphics::Pictures;
use self::inbox::{Happened, Inbox};
use self::screen::Screen;
use super::doctor;
use super::invitation::Invitation;
use super::launch::{Launched, Running, attach, launch, relaunch};
use super::options::LaunchOptions;
use super::shown::Shown;
use crate::config::profile::ProfileName;
use crate::node::{Answer, Ask};
use crate::triad::shell::{Shell, Stop};

/// Time between two pictures, at least. Whatever comes in between is shown with the next one.
const FRAME_TIME: Duration = Duration::from_millis(16);

/// Time between two looks for a node that has ended in another program.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);

/// Time between two rings of the bell, at least.
const RING_INTERVAL: Duration = Duration::from_secs(1);

/// Runs the face until the user quits.
pub(super) fn main(profile: &ProfileName, options: &LaunchOptions, pictures: Option<Pictures>) -> Exit {
    match run(profile, options, pictures) {
        Ok(()) => Exit::Success,
        Err(stop) => stop.report("p2pm"),
    }
}

fn run(profile: &ProfileName, options: &LaunchOptions, pictures: Option<Pictures>) -> Result<(), Stop> {
    let resizing = Resizing::hold()?;
    let mut shell = Shell::new()?;
    let Launched { running, invitation, notes } = launch(&mut shell, profile, options)?;
    let Shell { console, signals, .. } = shell;
    drop(console);
    let means = Means::of_terminal(pictures);
    let mut app = app_of(&running, means)?;
    if let Some(invitation) = invitation {
        app.tell_code(&invitation.passphrase());
    }
    for note in &notes {
        app.note(0, note);
    }
    let inbox = Inbox::start(signals, resizing)?;
    inbox.listen(&running.node)?;
    let start = Start { profile, options, means };
    let screen = Screen::enter()?;
    let mut face = Face { app, screen, inbox, running, start, open: Open::default(), rung: None };
    let result = face.converse();
    let Face { screen, mut running, .. } = face;
    drop(screen);
    running.stop()?;
    result
}

/// How a node is started, and shown.
#[derive(Clone, Copy)]
struct Start<'a> {
    profile: &'a ProfileName,
    options: &'a LaunchOptions,
    means: Means,
}

/// What the node has not answered yet.
#[derive(Default)]
struct Open {
    /// Whether it was asked who is here.
    people: bool,
    /// How much else it was asked.
    others: usize,
    /// Whether to quit once that is answered.
    is_last: bool,
}

struct Face<'a> {
    app: App,
    screen: Screen,
    inbox: Inbox,
    running: Running,
    start: Start<'a>,
    open: Open,
    /// When the bell has rung last.
    rung: Option<Instant>,
}

/// The state of a face that shows this node.
fn app_of(running: &Running, means: Means) -> Result<App, Stop> {
    let (me, people) = match running.node.ask(Ask::Who {}) {
        Answer::Who { me, people } => (me, people),
        Answer::Error { text, .. } => return Err(io::Error::other(text).into()),
        _ => return Err(io::Error::other("the node answers something else").into()),
    };
    let runs = if running.is_own() { Runs::Here } else { Runs::Elsewhere };
    let mut app = App::new(me.clone(), runs, time_of_day);
    app.means = means;
    app.set_people(me, people);
    Ok(app)
}

impl Face<'_> {
    /// Starts the node again that has ended, or shows the one that runs now.
    fn start_again(&mut self) -> Result<(), Stop> {
        self.running = match &self.running.node {
            Shown::Here(_) => relaunch(self.start.profile, self.start.options)?,
            // How it was started is not known here.
            Shown::Elsewhere(profile) => attach(profile)?,
        };
        let app = app_of(&self.running, self.start.means)?;
        self.inbox.listen(&self.running.node)?;
        let ended = std::mem::replace(&mut self.app, app);
        self.app.continue_from(ended);
        self.app.note(self.app.current, "the node has started again");
        Ok(())
    }

    /// Shows what happens and does what is typed, until the user quits.
    fn converse(&mut self) -> Result<(), Stop> {
        loop {
            self.ask_what_has_changed();
            let screen = &self.screen;
            for wanted in self.app.take_wanted(|| screen.room()) {
                self.inbox.read(wanted, self.start.means);
            }
            self.screen.draw(&self.app)?;
            self.ring()?;
            let next = Instant::now() + FRAME_TIME;
            let mut happened = self.next();
            // With the rest of what comes until the next picture is due; after a rest the first key is shown at once.
            while let Some(it) = happened {
                if self.react(it)? {
                    return Ok(());
                }
                happened = self.inbox.next_before(next);
            }
        }
    }

    /// Waits for the next that happens. A node that has ended in another program is looked for meanwhile.
    fn next(&mut self) -> Option<Happened> {
        let is_looked_for = self.app.has_ended() && matches!(self.running.node, Shown::Elsewhere(_));
        if !is_looked_for {
            return self.inbox.next();
        }
        let happened = self.inbox.next_before(Instant::now() + LOOK_INTERVAL);
        if happened.is_none() {
            // As long as there is none, it is looked for again.
            let _ = self.start_again();
        }
        happened
    }

    /// Rings if that is due, and the last ring is a while ago.
    fn ring(&mut self) -> io::Result<()> {
        let is_over = self.rung.is_none_or(|rung| rung.elapsed() >= RING_INTERVAL);
        match self.app.bell.take_due().filter(|_| is_over) {
            Some(name) => {
                self.rung = Some(Instant::now());
                self.screen.ring(&name)
            }
            None => Ok(()),
        }
    }

    fn ask_what_has_changed(&mut self) {
        if self.app.take_files_changed() {
            self.ask(Question::Files);
        }
        if !self.open.people && self.app.take_people_changed() {
            self.open.people = true;
            self.inbox.ask(&self.running.node, Question::People);
        }
    }

    fn ask(&mut self, question: Question) {
        self.open.others += 1;
        self.inbox.ask(&self.running.node, question);
    }

    /// True to end.
    fn take_answer(&mut self, question: &Question, answer: Answer) -> bool {
        match question {
            Question::People => self.open.people = false,
            _ => self.open.others -= 1,
        }
        self.app.take_answer(question, answer);
        self.open.is_last && self.open.others == 0
    }

    /// Quits, once the node has answered: what was said before is not lost with the program. True to end.
    fn quit(&mut self, is_repeated: bool) -> bool {
        self.open.is_last = true;
        self.app.tell("the node has not answered yet: quitting then; once more quits now");
        is_repeated || self.open.others == 0
    }

    /// True to end.
    fn react(&mut self, happened: Happened) -> Result<bool, Stop> {
        match happened {
            Happened::Input(input) => {
                let quits = self.open.is_last;
                // Whoever goes on to type does not quit.
                self.open.is_last &= !matches!(input, Event::Key(_) | Event::Paste(_));
                return match self.take_input(&input) {
                    Effect::Quit => Ok(self.quit(quits)),
                    effect => self.perform(effect).map(|()| false),
                };
            }
            // Of two changes that leave it as it was, nothing else would be noticed; what the terminal shows is lost.
            Happened::Resized => self.screen.redraw(&self.app)?,
            Happened::News(numbered) => self.app.handle_numbered(&numbered),
            Happened::Answered(question, answer) => return Ok(self.take_answer(&question, answer)),
            Happened::Seen(seen) => self.app.see(seen),
            Happened::Examined(findings) => self.app.examined(&findings),
            Happened::NodeEnded => {
                let result = self.running.stop();
                self.app.node_ended(result.err());
            }
            Happened::Interrupted => return Err(Stop::Interrupted),
            Happened::TerminalGone(error) => return Err(error.into()),
        }
        Ok(false)
    }

    fn take_input(&mut self, input: &Event) -> Effect {
        match input {
            Event::Key(key) if key.kind != KeyEventKind::Release => return self.app.handle_key(*key),
            Event::Paste(text) => self.app.paste(text),
            Event::FocusGained => self.app.bell.focus(true),
            Event::FocusLost => self.app.bell.focus(false),
            // What is over all else hides what it would be for.
            Event::Mouse(_) if self.app.overlay.is_some() => {}
            Event::Mouse(mouse) => match mouse.kind {
                MouseEventKind::ScrollUp => self.app.scroll(true),
                MouseEventKind::ScrollDown => self.app.scroll(false),
                MouseEventKind::Down(MouseButton::Left) => {
                    if let Some(index) = self.screen.chat_at(&self.app, mouse.column, mouse.row) {
                        self.app.go(index);
                    }
                }
                _ => {}
            },
            // Another size happens by itself.
            Event::Key(_) | Event::Resize(..) => {}
        }
        Effect::Nothing
    }

    fn perform(&mut self, effect: Effect) -> Result<(), Stop> {
        match effect {
            Effect::Nothing | Effect::Quit => {}
            Effect::Ask(ask) => self.ask(Question::Command(ask)),
            Effect::ToOnlyFile(deed) => self.ask(Question::ToOnlyFile(deed)),
            Effect::Say { chat, text } => {
                let with = self.app.chats[chat].with.clone();
                self.ask(Question::Text { with, text });
            }
            Effect::Invite(circle) => {
                let Start { profile, options, .. } = self.start;
                let circle = circle.as_ref().or(self.app.me.circles.first());
                match Invitation::to(circle.map(String::as_str), profile, options) {
                    Ok(invitation) => self.app.show(Overlay::Invitation(invitation)),
                    Err(why) => self.app.tell(&why.to_string()),
                }
            }
            Effect::Examine => self.examine()?,
            Effect::StartAgain => {
                if let Err(stop) = self.start_again() {
                    self.app.tell(&format!("the node is not back: {stop}"));
                }
            }
            Effect::ScrollHelp(step) => {
                let (shown, hidden) = self.screen.rows_of_help();
                self.app.scroll_help(step, shown, hidden);
            }
            Effect::Suspend => self.screen.suspend(&self.app)?,
            Effect::Redraw => self.screen.redraw(&self.app)?,
        }
        Ok(())
    }

    fn examine(&mut self) -> io::Result<()> {
        self.app.tell("looking around…");
        let node = self.running.node.clone();
        self.inbox.find_out(move || doctor::of_shown(&node))
    }
}

/// Hours and minutes where the user is; of another day, month and day.
fn time_of_day(at: Option<u64>) -> String {
    let now = ZonedDateTime::now();
    let at = at.and_then(|at| Timestamp::from_second(i64::try_from(at).ok()?).ok());
    let then = at.map_or_else(|| now.clone(), |at| at.to_zoned_datetime(now.time_zone().clone()));
    then.strftime(if then.date() == now.date() { "%H:%M" } else { "%m-%d" }).to_string()
}
