//! Face for terminals: people, conversations and what is typed on one screen.

mod app;
mod inbox;
mod keys;
mod screen;
mod view;

use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

use jiff::ZonedDateTime;
use p2pm_posix::exit::Exit;
use ratatui::crossterm::event::{Event, KeyEventKind, MouseButton, MouseEventKind};

use self::app::{App, Effect};
use self::inbox::{Happened, Inbox};
use self::screen::Screen;
use super::doctor;
use super::launch::{Running, launch};
use super::options::LaunchOptions;
use crate::config::profile::ProfileName;
use crate::node::{Answer, Ask, Handle};
use crate::triad::shell::{Shell, Stop};

/// Time between two pictures, at least. Whatever comes in between is shown with the next one.
const FRAME_TIME: Duration = Duration::from_millis(16);

/// Whether the terminal can be drawn on.
pub(super) fn is_possible() -> bool {
    let is_dumb = std::env::var_os("TERM").is_none_or(|term| term.is_empty() || term == "dumb");
    io::stdin().is_terminal() && io::stdout().is_terminal() && !is_dumb
}

/// Runs the face until the user quits.
pub(super) fn main(profile: &ProfileName, options: &LaunchOptions) -> Exit {
    match run(profile, options) {
        Ok(()) => Exit::Success,
        Err(stop) => stop.report("p2pm"),
    }
}

fn run(profile: &ProfileName, options: &LaunchOptions) -> Result<(), Stop> {
    let mut shell = Shell::new()?;
    let (running, notes) = launch(&mut shell, profile, options)?;
    let Shell { console, signals, .. } = shell;
    drop(console);
    let result = Inbox::start(&running.handle, signals)
        .map_err(Stop::from)
        .and_then(|inbox| Face::start(&running, inbox, &notes)?.converse());
    running.stop()?;
    result
}

struct Face {
    app: App,
    screen: Screen,
    inbox: Inbox,
    handle: Handle,
}

impl Face {
    fn start(running: &Running, inbox: Inbox, notes: &[String]) -> Result<Self, Stop> {
        let handle = running.handle.clone();
        let Answer::Who { me, people } = handle.ask(Ask::Who {}) else {
            return Err(io::Error::other("the node has ended").into());
        };
        let mut app = App::new(me.clone(), time_of_day);
        app.set_people(me, people);
        for note in notes {
            app.note(0, note);
        }
        Ok(Self { app, screen: Screen::enter()?, inbox, handle })
    }

    /// Shows what happens and does what is typed, until the user quits.
    fn converse(mut self) -> Result<(), Stop> {
        loop {
            self.ask_who_is_here();
            self.screen.draw(&self.app)?;
            let next = Instant::now() + FRAME_TIME;
            let mut happened = self.inbox.next(None);
            // The rest of what comes until the next picture.
            while let Some(it) = happened {
                if self.react(it)? {
                    return Ok(());
                }
                happened = self.inbox.next(Some(next));
            }
        }
    }

    fn ask_who_is_here(&mut self) {
        if self.app.take_people_changed()
            && let Answer::Who { me, people } = self.handle.ask(Ask::Who {})
        {
            self.app.set_people(me, people);
        }
    }

    /// True to end.
    fn react(&mut self, happened: Happened) -> Result<bool, Stop> {
        match happened {
            Happened::Input(input) => {
                let effect = self.take_input(&input);
                return self.perform(effect);
            }
            Happened::News(numbered) => self.app.handle_news(&numbered.news),
            Happened::Examined(findings) => self.app.examined(&findings),
            Happened::NodeEnded => return Err(io::Error::other("the node has ended").into()),
            Happened::Interrupted => return Err(Stop::Interrupted),
            Happened::TerminalGone(error) => return Err(error.into()),
        }
        Ok(false)
    }

    fn take_input(&mut self, input: &Event) -> Effect {
        match input {
            Event::Key(key) if key.kind != KeyEventKind::Release => return self.app.handle_key(*key),
            Event::Paste(text) => self.app.paste(text),
            // Of two changes that leave it as it was, nothing else would be noticed; what the terminal shows is lost.
            Event::Resize(..) => return Effect::Redraw,
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
            _ => {}
        }
        Effect::Nothing
    }

    fn perform(&mut self, effect: Effect) -> Result<bool, Stop> {
        match effect {
            Effect::Nothing => {}
            Effect::Ask(ask) => {
                let answer = self.handle.ask(ask);
                self.app.answered(&answer);
            }
            Effect::Say { chat, text } => {
                let answer = self.handle.ask(self.app.request_to_say(chat, &text));
                self.app.said(chat, text, &answer);
            }
            Effect::Examine => self.examine()?,
            Effect::Suspend => self.screen.suspend(&self.app)?,
            Effect::Redraw => self.screen.redraw(&self.app)?,
            Effect::Quit => return Ok(true),
        }
        Ok(false)
    }

    fn examine(&mut self) -> io::Result<()> {
        self.app.tell("looking around…");
        let handle = self.handle.clone();
        self.inbox.find_out(move || doctor::of_running(&handle))
    }
}

/// Hours and minutes where the user is.
fn time_of_day() -> String {
    ZonedDateTime::now().strftime("%H:%M").to_string()
}
