//! The screen of a program that draws on its terminal.

use std::num::NonZeroU16;
use std::time::Instant;

use crate::pty::{DEADLINE, Terminal};

/// Clears the screen (ECMA-48: ED).
const CLEAR: &[u8] = b"\x1b[2J";

/// A terminal with what it shows, as a person sees it.
pub struct Screen {
    terminal: Terminal,
    emulator: vt100::Parser,
    /// Bytes of the output that are shown.
    shown: usize,
}

impl Screen {
    /// The screen of a terminal of 24 rows and 80 columns.
    pub fn of(terminal: Terminal) -> Self {
        Self { terminal, emulator: vt100::Parser::default(), shown: 0 }
    }

    /// Rows and columns, from now on.
    pub fn resize(&mut self, rows: NonZeroU16, columns: NonZeroU16) {
        self.emulator.screen_mut().set_size(rows, columns);
        self.terminal.resize(rows.get(), columns.get());
    }

    /// The same, and waits until the program has drawn all of it anew: on a small screen nothing else may be seen of that.
    ///
    /// # Panics
    ///
    /// If it does not in time.
    pub fn resize_and_wait(&mut self, rows: NonZeroU16, columns: NonZeroU16) {
        let before = self.terminal.output().len();
        self.resize(rows, columns);
        self.expect_written(before, CLEAR);
    }

    /// Waits until the program has written these bytes after so many others.
    ///
    /// # Panics
    ///
    /// If it does not in time.
    pub fn expect_written(&mut self, since: usize, bytes: &[u8]) {
        let deadline = Instant::now() + DEADLINE;
        while !self.terminal.output()[since..].windows(bytes.len()).any(|it| it == bytes) {
            let goes_on = self.terminal.read_more(deadline);
            assert!(goes_on, "{} is not written", bytes.escape_ascii());
        }
    }

    /// Presses keys.
    pub fn press(&mut self, keys: &str) {
        self.terminal.send(keys.as_bytes());
    }

    /// The program and its keyboard.
    pub fn terminal(&mut self) -> &mut Terminal {
        &mut self.terminal
    }

    /// Every cell of it, as it is shown now.
    pub fn cells(&self) -> &vt100::Screen {
        self.emulator.screen()
    }

    /// What is shown now: rows without white space behind them.
    pub fn contents(&self) -> String {
        contents(self.cells())
    }

    /// Waits until the screen shows all of these.
    ///
    /// # Panics
    ///
    /// If it does not in time, or the program ends first.
    #[track_caller]
    pub fn expect(&mut self, texts: &[&str]) {
        self.expect_that(&format!("{texts:?}"), |shown| texts.iter().all(|text| shown.contains(text)));
    }

    /// Waits until the cursor's row shows this, with the cursor between the two.
    ///
    /// # Panics
    ///
    /// If it does not in time, or the program ends first.
    #[track_caller]
    pub fn expect_row(&mut self, before: &str, behind: &str) {
        self.wait_until(&format!("{before:?} and {behind:?}, the cursor between"), |shown| {
            let (row, column) = shown.cursor_position();
            let (_, columns) = shown.size();
            let part = |from, width| shown.rows(from, width).nth(row.into()).unwrap_or_default();
            // Of white space at the end it is not known whether it was written.
            let shown = [part(0, column), part(column, columns.get() - column)];
            shown.each_ref().map(|it| it.trim_end()) == [before, behind].map(str::trim_end)
        });
    }

    /// Waits until the screen shows all of these, and none of the others.
    ///
    /// # Panics
    ///
    /// If it does not in time, or the program ends first.
    #[track_caller]
    pub fn expect_without(&mut self, texts: &[&str], others: &[&str]) {
        self.expect_that(&format!("{texts:?} without {others:?}"), |shown| {
            texts.iter().all(|text| shown.contains(text)) && !others.iter().any(|text| shown.contains(text))
        });
    }

    /// Loses what is shown, as if another program had written over it.
    pub fn lose(&mut self) {
        self.emulator.process(b"\x1b[2J");
    }

    /// Waits until this holds for what the screen shows.
    ///
    /// # Panics
    ///
    /// If it does not in time, or the program ends first.
    #[track_caller]
    pub fn expect_that(&mut self, what: &str, holds: impl Fn(&str) -> bool) {
        self.wait_until(what, |shown| holds(&contents(shown)));
    }

    #[track_caller]
    fn wait_until(&mut self, what: &str, holds: impl Fn(&vt100::Screen) -> bool) {
        let deadline = Instant::now() + DEADLINE;
        loop {
            let output = self.terminal.output();
            self.emulator.process(&output[self.shown..]);
            self.shown = output.len();
            if holds(self.cells()) {
                return;
            }
            let goes_on = self.terminal.read_more(deadline);
            assert!(goes_on, "{what}: not on the screen, which shows\n{}", self.contents());
        }
    }
}

fn contents(screen: &vt100::Screen) -> String {
    let (_, columns) = screen.size();
    let rows: Vec<_> = screen.rows(0, columns.get()).map(|row| row.trim_end().to_owned()).collect();
    rows.join("\n").trim_end().to_owned()
}
