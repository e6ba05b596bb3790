//! The terminal while the face has it.

use std::io::{self, Stdout, Write, stdout};
use std::os::fd::AsFd;

use p2pm_core::wire::sanitise;
use p2pm_posix::signals::Signals;
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::event::{
    DisableBracketedPaste, DisableFocusChange, DisableMouseCapture, EnableBracketedPaste, EnableFocusChange,
    EnableMouseCapture,
};
use ratatui::crossterm::execute;
use ratatui::crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use ratatui::layout::{Position, Rect};
use rustix::process::{Signal, getpid, kill_process};

use super::app::App;
use super::view;
use crate::wait::Waiter;

/// The terminal, which is as it was before when this is dropped.
pub(super) struct Screen(Terminal<CrosstermBackend<Stdout>>);

impl Screen {
    pub(super) fn enter() -> io::Result<Self> {
        take()?;
        match Terminal::new(CrosstermBackend::new(stdout())) {
            Ok(terminal) => Ok(Self(terminal)),
            Err(error) => {
                give_back();
                Err(error)
            }
        }
    }

    pub(super) fn draw(&mut self, app: &App) -> io::Result<()> {
        self.0.draw(|frame| view::draw(frame, app)).map(drop)
    }

    /// Index of the conversation that is listed there.
    pub(super) fn chat_at(&mut self, app: &App, column: u16, row: u16) -> Option<usize> {
        view::chat_at(app, self.0.get_frame().area(), column, row)
    }

    /// Draws all of it anew, whatever has become of the screen.
    pub(super) fn redraw(&mut self, app: &App) -> io::Result<()> {
        // `clear` would ask the terminal where the cursor is, and the answer comes to whoever reads keys.
        let size = self.0.size()?;
        self.0.resize(Rect::from((Position::ORIGIN, size)))?;
        self.draw(app)
    }

    /// Rings for a text of somebody; terminals that have notifications show one (OSC 9).
    pub(super) fn ring(&mut self, name: &str) -> io::Result<()> {
        let out = self.0.backend_mut();
        write!(out, "\x07\x1b]9;p2pm: {}\x07", sanitise(name))?;
        out.flush()
    }

    /// Stops the program as Ctrl-Z does, until a shell continues it.
    pub(super) fn suspend(&mut self, app: &App) -> io::Result<()> {
        give_back();
        // The signal may take effect on another thread, and later.
        let resumption = Signals::of_resumption()?;
        kill_process(getpid(), Signal::TSTP)?;
        let mut waiter = Waiter::new();
        waiter.read(resumption.as_fd());
        waiter.wait(None)?;
        take()?;
        self.redraw(app)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back();
    }
}

fn take() -> io::Result<()> {
    enable_raw_mode()?;
    execute!(stdout(), EnterAlternateScreen, EnableBracketedPaste, EnableMouseCapture, EnableFocusChange)
        .inspect_err(|_| give_back())
}

fn give_back() {
    // A terminal that is gone needs no restoring.
    let _ = execute!(
        stdout(),
        DisableFocusChange,
        DisableMouseCapture,
        DisableBracketedPaste,
        LeaveAlternateScreen
    );
    let _ = disable_raw_mode();
}
