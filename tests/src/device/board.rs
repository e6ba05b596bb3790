//! Boards on an Ethernet in memory, on virtual time: what `p2pm_fw::app` does, without a machine to do it on.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::convert::Infallible;
use std::rc::Rc;

use embedded_io::{ErrorType, Read, ReadReady, Write};
use p2pm_core::time::Instant;
use p2pm_fw::app::{Board, Clock, Console, Next, Performance, Platform, Role};
use rand_core::{TryCryptoRng, TryRng, utils};

use super::{Faults, Stack, stack};
use crate::ethernet::Ethernet;
use crate::random::Random;

/// Bytes of a console's screen and keyboard that are there from the start: more is not expected, and would be
/// an allocation.
const CONSOLE: usize = 1 << 16;

/// The platform of a board with so many sockets.
pub struct Virtual<const SOCKETS: usize>;

impl<const SOCKETS: usize> Platform for Virtual<SOCKETS> {
    type Network = Stack<SOCKETS>;
    type Clock = SharedClock;
    type Random = Seeded;
    type Terminal = Screen;
}

/// A clock on the wall, for all boards to see.
#[derive(Clone, Default)]
pub struct SharedClock(Rc<Cell<Instant>>);

impl SharedClock {
    /// Moves its hands.
    pub fn set(&self, now: Instant) {
        self.0.set(now);
    }
}

impl Clock for SharedClock {
    fn now(&self) -> Instant {
        self.0.get()
    }
}

/// Randomness that a seed decides: no secret is safe with it.
pub struct Seeded(Random);

impl TryRng for Seeded {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        utils::next_word_via_fill(self)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.0.number())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        bytes.fill_with(|| self.0.bytes::<1>()[0]);
        Ok(())
    }
}

impl TryCryptoRng for Seeded {}

/// The screen and the keyboard of a board, and a way to use them while the board does.
#[derive(Clone)]
pub struct Screen(Rc<RefCell<Text>>);

struct Text {
    shown: Vec<u8>,
    typed: VecDeque<u8>,
}

impl Screen {
    fn new() -> Self {
        let (shown, typed) = (Vec::with_capacity(CONSOLE), VecDeque::with_capacity(CONSOLE));
        Self(Rc::new(RefCell::new(Text { shown, typed })))
    }

    /// Types a line.
    pub fn enter(&self, line: &str) {
        self.0.borrow_mut().typed.extend(line.bytes().chain(*b"\n"));
    }

    /// Whether this was shown.
    pub fn shows(&self, text: &str) -> bool {
        self.0.borrow().shown.windows(text.len()).any(|shown| shown == text.as_bytes())
    }

    /// All that was shown.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.borrow().shown).into_owned()
    }
}

impl ErrorType for Screen {
    type Error = Infallible;
}

impl Read for Screen {
    fn read(&mut self, into: &mut [u8]) -> Result<usize, Infallible> {
        let typed = &mut self.0.borrow_mut().typed;
        let len = typed.len().min(into.len());
        into.iter_mut().zip(typed.drain(..len)).for_each(|(to, byte)| *to = byte);
        Ok(len)
    }
}

impl ReadReady for Screen {
    fn read_ready(&mut self) -> Result<bool, Infallible> {
        Ok(!self.0.borrow().typed.is_empty())
    }
}

impl Write for Screen {
    fn write(&mut self, from: &[u8]) -> Result<usize, Infallible> {
        self.0.borrow_mut().shown.extend_from_slice(from);
        Ok(from.len())
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

/// A board, with a screen for the test to look at.
pub fn board<const SOCKETS: usize, const BUFFER: usize>(
    ethernet: &Ethernet,
    number: u8,
    seed: u64,
    faults: Faults,
    clock: &SharedClock,
) -> (Board<Virtual<SOCKETS>>, Screen) {
    let screen = Screen::new();
    let board = Board {
        network: stack::<SOCKETS, BUFFER>(ethernet, number, seed, faults),
        clock: clock.clone(),
        random: Seeded(Random::new(seed)),
        console: Console::new(screen.clone()),
    };
    (board, screen)
}

/// A board that plays a role.
pub trait Player {
    /// A step; when the next one is due, unless it is over.
    fn step(&mut self) -> Next;

    /// Asks the role for its end.
    fn stop(&mut self);

    /// Sockets that nobody has.
    fn free_sockets(&self) -> usize;
}

/// A board, and the role that it plays.
pub struct Playing<R, const SOCKETS: usize> {
    board: Board<Virtual<SOCKETS>>,
    performance: Performance<R>,
}

impl<R: Role<Virtual<SOCKETS>>, const SOCKETS: usize> Playing<R, SOCKETS> {
    /// It begins.
    pub fn new(board: Board<Virtual<SOCKETS>>, role: R) -> Self {
        Self { board, performance: Performance::new(role) }
    }
}

impl<R: Role<Virtual<SOCKETS>>, const SOCKETS: usize> Player for Playing<R, SOCKETS> {
    fn step(&mut self) -> Next {
        self.performance.step(&mut self.board)
    }

    fn stop(&mut self) {
        self.performance.stop(&mut self.board);
    }

    fn free_sockets(&self) -> usize {
        self.board.network.free_sockets()
    }
}
