//! One program of the demo, in a thread of its own, with pipes as its keyboard and screen.

use std::io::{self, PipeReader, PipeWriter, Read, Write};
use std::os::fd::AsFd;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::term::Console;
use crate::triad::shell::Shell;
use crate::wait::Waiter;
use p2pm_posix::exit::Exit;
use p2pm_posix::signals::{Asker, Signals};

/// Time limit for a program's answer. On one machine it takes milliseconds.
const PATIENCE: Duration = Duration::from_secs(10);

/// A program and the state of its screen.
pub(super) struct Actor {
    title: &'static str,
    keyboard: PipeWriter,
    screen: PipeReader,
    /// Read from the screen, and not shown yet.
    unread: String,
    /// Incomplete line to be shown.
    line: String,
    program: JoinHandle<io::Result<Exit>>,
    stop: Asker,
}

/// Input, output and signals of a program.
pub(super) struct Stage {
    pub(super) input: PipeReader,
    pub(super) output: PipeWriter,
    pub(super) signals: Signals,
}

impl Stage {
    /// A shell over the pipes.
    fn shell(self) -> io::Result<Shell> {
        Shell::on(Console::over(self.input.into(), self.output.into())?, self.signals)
    }
}

impl Actor {
    /// Starts a program.
    pub(super) fn start(
        title: &'static str,
        program: impl FnOnce(Stage) -> io::Result<Exit> + Send + 'static,
    ) -> io::Result<Self> {
        let (signals, stop) = Signals::pretended()?;
        let (input, keyboard) = io::pipe()?;
        let (screen, output) = io::pipe()?;
        let stage = Stage { input, output, signals };
        let program = thread::Builder::new().name(title.into()).spawn(move || program(stage))?;
        Ok(Self { title, keyboard, screen, unread: String::new(), line: String::new(), program, stop })
    }

    /// Starts an interactive program.
    pub(super) fn start_interactive(
        title: &'static str,
        program: impl FnOnce(&mut Shell) -> Exit + Send + 'static,
    ) -> io::Result<Self> {
        Self::start(title, |stage| Ok(program(&mut stage.shell()?)))
    }

    /// Waits until the program has printed `text`, shows the output up to its end, and returns it.
    pub(super) fn expect(&mut self, text: &str) -> io::Result<String> {
        loop {
            if let Some(at) = self.unread.find(text) {
                let rest = self.unread.split_off(at + text.len());
                let seen = std::mem::replace(&mut self.unread, rest);
                self.show(&seen)?;
                return Ok(seen);
            }
            if !self.read()? {
                let what = format!("{} did not say {text:?}, but {:?}", self.title, self.unread);
                return Err(io::Error::new(io::ErrorKind::TimedOut, what));
            }
        }
    }

    /// Waits for `text` and the rest of its line, shows the output up to its end, and returns it.
    pub(super) fn expect_line(&mut self, text: &str) -> io::Result<String> {
        let seen = self.expect(text)?;
        Ok(seen + &self.expect("\n")?)
    }

    /// Enters a line at the last prompt.
    pub(super) fn enter(&mut self, text: &str) -> io::Result<()> {
        self.show(&format!("{text}\n"))?;
        writeln!(self.keyboard, "{text}")
    }

    /// Enters a password, shown as asterisks.
    pub(super) fn enter_secret(&mut self, password: &str) -> io::Result<()> {
        self.show("********\n")?;
        writeln!(self.keyboard, "{password}")
    }

    /// Asks the program to end, as Ctrl-C would, and shows its remaining output.
    pub(super) fn stop(mut self) -> io::Result<Exit> {
        self.stop.ask()?;
        self.end()
    }

    /// Waits for the program to end by itself, and shows its remaining output.
    pub(super) fn end(mut self) -> io::Result<Exit> {
        while self.read()? {}
        let rest = std::mem::take(&mut self.unread);
        self.show(&rest)?;
        let panicked = |_| io::Error::other(format!("{} panicked", self.title));
        self.program.join().map_err(panicked)?
    }

    /// Reads more output; false at its end or at the time limit.
    fn read(&mut self) -> io::Result<bool> {
        let mut waiter = Waiter::new();
        let screen = waiter.read(self.screen.as_fd());
        if !waiter.wait(Some(PATIENCE))?.contains(screen) {
            return Ok(false);
        }
        let mut bytes = [0; 4096];
        let len = self.screen.read(&mut bytes)?;
        self.unread.push_str(&String::from_utf8_lossy(&bytes[..len]));
        Ok(len > 0)
    }

    /// Shows whole lines, each with the program's title.
    fn show(&mut self, text: &str) -> io::Result<()> {
        self.line.push_str(text);
        while let Some((line, rest)) = self.line.split_once('\n') {
            // A prompt that gave way to a notice is printed again below it.
            if !line.ends_with(": ") {
                writeln!(io::stdout(), "{:>18} | {line}", self.title)?;
            }
            self.line = rest.to_owned();
        }
        Ok(())
    }
}
