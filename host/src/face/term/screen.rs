//! The terminal while the face has it.

use std::io::{self, Stdout, Write, stdout};
use std::os::fd::AsFd;
use std::sync::Arc;

use p2pm_core::wire::sanitise;
use p2pm_posix::signals::Signals;
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::cursor::MoveTo;
use ratatui::crossterm::event::{
    DisableBracketedPaste, DisableFocusChange, DisableMouseCapture, EnableBracketedPaste, EnableFocusChange,
    EnableMouseCapture,
};
use ratatui::crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use ratatui::crossterm::{execute, queue};
use ratatui::layout::{Position, Rect, Size};
use rustix::process::{Signal, getpid, kill_process};

use super::app::App;
use super::graphics::Graphic;
use super::view;
use crate::wait::Waiter;

/// The terminal, which is as it was before when this is dropped.
pub(super) struct Screen {
    terminal: Terminal<CrosstermBackend<Stdout>>,
    /// The picture that the terminal has drawn by its own graphics.
    placed: Option<Arc<Graphic>>,
}

impl Screen {
    pub(super) fn enter() -> io::Result<Self> {
        take()?;
        match Terminal::new(CrosstermBackend::new(stdout())) {
            Ok(terminal) => Ok(Self { terminal, placed: None }),
            Err(error) => {
                give_back();
                Err(error)
            }
        }
    }

    pub(super) fn draw(&mut self, app: &App) -> io::Result<()> {
        // One for a larger screen is not drawn beyond this one.
        let graphic = app.graphic().filter(|graphic| {
            let (Size { width, height }, room) = (graphic.size, self.room());
            width <= room.width && height <= room.height
        });
        let is_other = |placed: &Arc<Graphic>| !graphic.is_some_and(|it| Arc::ptr_eq(it, placed));
        if self.placed.as_ref().is_some_and(is_other) {
            self.forget()?;
        }
        self.terminal.draw(|frame| view::draw(frame, app))?;
        match graphic {
            Some(graphic) if self.placed.is_none() => self.place(graphic),
            _ => Ok(()),
        }
    }

    /// Has the terminal draw a picture by its own graphics.
    fn place(&mut self, graphic: &Arc<Graphic>) -> io::Result<()> {
        let Position { x, y } = view::picture::place(self.terminal.get_frame().area(), graphic);
        queue!(self.terminal.backend_mut(), MoveTo(x, y))?;
        self.write(&graphic.draw)?;
        self.placed = Some(Arc::clone(graphic));
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let out = self.terminal.backend_mut();
        out.write_all(bytes)?;
        out.flush()
    }

    /// Clears the screen, so that all of it is drawn anew.
    fn forget(&mut self) -> io::Result<()> {
        if let Some(placed) = self.placed.take() {
            self.write(placed.remove)?;
        }
        // `clear` would ask the terminal where the cursor is, and the answer comes to whoever reads keys.
        let size = self.terminal.size()?;
        self.terminal.resize(Rect::from((Position::ORIGIN, size)))
    }

    /// Cells that there are for a picture over all else.
    pub(super) fn room(&self) -> Size {
        let area = Rect::from((Position::ORIGIN, self.terminal.size().unwrap_or_default()));
        view::picture::room(area)
    }

    /// Rows of the list of keys that are shown at a time, and those that are not.
    pub(super) fn rows_of_help(&mut self) -> (usize, usize) {
        view::help::rows(self.terminal.get_frame().area())
    }

    /// Index of the conversation that is listed there.
    pub(super) fn chat_at(&mut self, app: &App, column: u16, row: u16) -> Option<usize> {
        view::chat_at(app, self.terminal.get_frame().area(), column, row)
    }

    /// Draws all of it anew, whatever has become of the screen.
    pub(super) fn redraw(&mut self, app: &App) -> io::Result<()> {
        self.forget()?;
        self.draw(app)
    }

    /// Rings for a text of somebody; terminals that have notifications show one (OSC 9).
    pub(super) fn ring(&mut self, name: &str) -> io::Result<()> {
        self.write(format!("\x07\x1b]9;p2pm: {}\x07", sanitise(name)).as_bytes())
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
