//! Main loop of an interactive program: user, network, signals and clock, waited on together.

use std::fmt::{self, Display};
use std::io;
use std::os::fd::AsFd;
use std::time::Duration;

use p2pm_core::time::{Instant, earliest};

use crate::term::{Console, Line, OutputGone, report};
use crate::triad::net::Stack;
use crate::wait::Waiter;
use p2pm_posix::clock::Clock;
use p2pm_posix::exit::Exit;
use p2pm_posix::signals::Signals;

/// Poll interval for whether a background job has come to the foreground: a running one gets no signal then.
const BACKGROUND_INTERVAL: Duration = Duration::from_secs(1);

/// The user, the network, signals and the clock.
pub struct Shell {
    /// Console of the user.
    pub console: Console,
    /// TCP stack.
    pub stack: Stack,
    /// Signals that ask the program to end.
    pub signals: Signals,
    /// Monotonic clock.
    pub clock: Clock,
}

/// Activity that goes on beside the user's input.
pub trait Background {
    /// Events for the program.
    type Event;

    /// Adds the files that the next poll depends on.
    fn wait_for<'fd>(&'fd mut self, waiter: &mut Waiter<'fd>);

    /// When to poll even without an event.
    fn deadline(&mut self) -> Option<Instant>;

    /// Does what is possible now without blocking, up to the first event.
    fn poll(&mut self, stack: &mut Stack, now: Instant) -> Option<Self::Event>;

    /// Whether the activity has ended.
    fn is_over(&mut self) -> bool;
}

/// What ended a wait.
#[derive(Debug)]
pub enum Happened<E> {
    /// A line of the user's.
    Line(Line),
    /// An event of the background.
    Event(E),
}

/// Why the program has to stop.
#[derive(Debug)]
pub enum Stop {
    /// A signal.
    Interrupted,
    /// The user has said so in place of an answer.
    Quit,
    /// End of the user's input.
    InputEnded,
    /// The output has no reader any more.
    OutputGone,
    /// Usage error.
    Usage(String),
    /// Failure of the terminal or of this machine's network.
    Io(io::Error),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<OutputGone> for Stop {
    fn from(_: OutputGone) -> Self {
        Self::OutputGone
    }
}

impl Stop {
    /// Reports the reason on standard error, prefixed with `program`, and returns the exit status. Whoever has ended the
    /// program is not told so.
    pub fn report(&self, program: &str) -> Exit {
        if !matches!(self, Self::Interrupted | Self::Quit) {
            report(format_args!("{program}: {self}"));
        }
        match self {
            Self::Quit => Exit::Success,
            Self::Interrupted => Exit::Interrupted,
            Self::InputEnded | Self::Usage(_) => Exit::Usage,
            Self::OutputGone | Self::Io(_) => Exit::Failure,
        }
    }
}

impl Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Quit => f.write_str("quit"),
            Self::Interrupted => f.write_str("interrupted"),
            Self::InputEnded => f.write_str("input ended before the last question was answered; see --help"),
            Self::OutputGone => OutputGone.fmt(f),
            Self::Usage(why) => f.write_str(why),
            Self::Io(error) => error.fmt(f),
        }
    }
}

/// What ends a wait, besides the background.
#[derive(Clone, Copy)]
struct Wake {
    /// Input of the user's.
    listening: bool,
    /// A signal.
    signals: bool,
    /// Loss of the output.
    output: bool,
}

impl Wake {
    const FOR_NETWORK: Self = Self { listening: false, signals: false, output: false };
    const FOR_USER: Self = Self { listening: true, signals: true, output: true };
}

impl Shell {
    /// A shell on the program's terminal.
    pub fn new() -> io::Result<Self> {
        Self::on(Console::new()?, Signals::install()?)
    }

    /// A shell on any console and source of signals.
    pub fn on(console: Console, signals: Signals) -> io::Result<Self> {
        Ok(Self { console, stack: Stack::default(), signals, clock: Clock::start() })
    }

    /// Waits for a line or an event of the background, as long as the output has a reader. `takes_line` is
    /// asked before each wait whether lines are taken.
    pub fn next<B: Background>(
        &mut self,
        background: &mut B,
        takes_line: impl Fn(&B, &Console) -> bool,
    ) -> Result<Happened<B::Event>, Stop> {
        loop {
            // The user and the signals come first, so that no peer can starve them.
            let listening = takes_line(background, &self.console);
            if listening && let Some(line) = self.console.next_line() {
                return Ok(Happened::Line(line));
            }
            if self.wait(background, Wake { listening, ..Wake::FOR_USER })? {
                return Err(Stop::Interrupted);
            }
            self.console.expect_output()?;
            if let Some(event) = background.poll(&mut self.stack, self.clock.now()) {
                return Ok(Happened::Event(event));
            }
        }
    }

    /// Waits for an event of the background only, with or without a reader of the output. Input stays unread.
    pub fn next_event<B: Background>(&mut self, background: &mut B) -> Result<B::Event, Stop> {
        loop {
            if self.wait(background, Wake { signals: true, ..Wake::FOR_NETWORK })? {
                return Err(Stop::Interrupted);
            }
            if let Some(event) = background.poll(&mut self.stack, self.clock.now()) {
                return Ok(event);
            }
        }
    }

    /// Polls the background until it has ended: `Close` is sent, and the peer has
    /// [`LINGER_TIMEOUT`](p2pm_core::limits::LINGER_TIMEOUT) to hang up.
    pub fn drain<B: Background>(&mut self, background: &mut B) -> io::Result<()> {
        while !background.is_over() {
            while background.poll(&mut self.stack, self.clock.now()).is_some() {}
            if !background.is_over() {
                // It ends within a second. A signal is kept for the next wait.
                self.wait(background, Wake::FOR_NETWORK)?;
            }
        }
        Ok(())
    }

    /// Waits for the background and for what `wake` names; true if a signal came.
    fn wait<B: Background>(&mut self, background: &mut B, wake: Wake) -> io::Result<bool> {
        let console = &mut self.console;
        let in_background = wake.listening && console.is_in_background();
        let due = self.clock.until(background.deadline());
        let timeout = due.into_iter().chain(in_background.then_some(BACKGROUND_INTERVAL)).min();
        let mut waiter = Waiter::new();
        let asked = waiter.read(wake.signals.then(|| self.signals.as_fd()));
        let typed = waiter.read(console.as_fd().filter(|_| wake.listening));
        let held = waiter.read(console.held_signals());
        console.wait_for_terminal(&mut waiter);
        if wake.output {
            console.wait_for_output_end(&mut waiter);
        }
        background.wait_for(&mut waiter);
        let ready = waiter.wait(timeout)?;
        let [asked, typed, held] = [asked, typed, held].map(|token| ready.contains(token));
        if held {
            console.take_held_signals()?;
        }
        console.resume()?;
        if typed {
            console.read_ready()?;
        }
        Ok(asked && self.signals.take())
    }

    /// Shows a line to the user; fails if the output has no reader any more.
    pub fn say(&mut self, text: impl Display) -> Result<(), OutputGone> {
        self.console.notice(text)
    }

    /// Shows a line, if the output has a reader.
    pub fn log(&mut self, text: impl Display) {
        let _ = self.console.notice(text);
    }
}

/// Background without activity.
pub struct Nothing;

impl Background for Nothing {
    type Event = std::convert::Infallible;

    fn wait_for<'fd>(&'fd mut self, _waiter: &mut Waiter<'fd>) {}

    fn deadline(&mut self) -> Option<Instant> {
        None
    }

    fn poll(&mut self, _stack: &mut Stack, _now: Instant) -> Option<Self::Event> {
        None
    }

    fn is_over(&mut self) -> bool {
        true
    }
}

/// Which of two backgrounds an event is from.
#[derive(Debug)]
pub enum Either<A, B> {
    /// The first.
    First(A),
    /// The second.
    Second(B),
}

/// Two backgrounds together. The second, which has fewer events, is polled first, so that neither starves.
pub struct Both<'a, A, B>(pub &'a mut A, pub &'a mut B);

impl<A: Background, B: Background> Background for Both<'_, A, B> {
    type Event = Either<A::Event, B::Event>;

    fn wait_for<'fd>(&'fd mut self, waiter: &mut Waiter<'fd>) {
        self.0.wait_for(waiter);
        self.1.wait_for(waiter);
    }

    fn deadline(&mut self) -> Option<Instant> {
        earliest(self.0.deadline(), self.1.deadline())
    }

    fn poll(&mut self, stack: &mut Stack, now: Instant) -> Option<Self::Event> {
        let second = self.1.poll(stack, now).map(Either::Second);
        second.or_else(|| self.0.poll(stack, now).map(Either::First))
    }

    fn is_over(&mut self) -> bool {
        self.0.is_over() && self.1.is_over()
    }
}

/// Optional background.
impl<B: Background> Background for Option<B> {
    type Event = B::Event;

    fn wait_for<'fd>(&'fd mut self, waiter: &mut Waiter<'fd>) {
        if let Some(background) = self {
            background.wait_for(waiter);
        }
    }

    fn deadline(&mut self) -> Option<Instant> {
        self.as_mut().and_then(Background::deadline)
    }

    fn poll(&mut self, stack: &mut Stack, now: Instant) -> Option<Self::Event> {
        self.as_mut().and_then(|background| background.poll(stack, now))
    }

    fn is_over(&mut self) -> bool {
        self.as_mut().is_none_or(Background::is_over)
    }
}
