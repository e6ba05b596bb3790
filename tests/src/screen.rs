//! The screen of a program that draws on all of its terminal.

use std::num::NonZeroU16;
use std::time::Instant;

use crate::pty::{DEADLINE, Terminal};

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
        let screen = self.emulator.screen();
        let (_, columns) = screen.size();
        let rows: Vec<_> = screen.rows(0, columns.get()).map(|row| row.trim_end().to_owned()).collect();
        rows.join("\n").trim_end().to_owned()
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
        let deadline = Instant::now() + DEADLINE;
        loop {
            let output = self.terminal.output();
            for part in output[self.shown..].split_inclusive(|byte| *byte == b'\n') {
                self.emulator.process(part);
                if part.ends_with(b"\n") {
                    // That was not kept.
                    self.emulator.process(b"\r");
                }
            }
            self.shown = output.len();
            let contents = self.contents();
            if holds(&contents) {
                return;
            }
            let goes_on = self.terminal.read_more(deadline);
            assert!(goes_on, "{what}: not on the screen, which shows\n{contents}");
        }
    }
}
