//! Boards on an Ethernet in memory, on virtual time, for the roles of `p2pm_fw::app`.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::convert::Infallible;
use std::marker::PhantomData;
use std::rc::Rc;

use embedded_io::{ErrorType, Read, ReadReady, Write};
use p2pm_core::suite::aead::Portable;
use p2pm_core::time::Instant;
use p2pm_core::wire::Ciphers;
use p2pm_fw::app::{Board, Clock, Console, Next, NoFiles, Parts, Performance, Platform, Role, Thermometer};
use rand_core::{TryCryptoRng, TryRng, utils};
use smoltcp::wire::Ipv4Cidr;

use super::model::{Model, Sight, Small};
use super::{Faults, Neighbourly, ip, neighbourly};
use crate::ethernet::Ethernet;
use crate::random::Random;

/// Capacity of a console's buffers, in bytes, allocated at the start: more is not expected, and would be an
/// allocation.
const CONSOLE: usize = 1 << 16;

/// Platform of a board with this many sockets, and with the memory of this model for a node of a circle.
pub struct Virtual<const SOCKETS: usize, M = Small>(PhantomData<M>);

impl<const SOCKETS: usize, M: Model> Platform for Virtual<SOCKETS, M> {
    type Network = Neighbourly<SOCKETS>;
    type Clock = SharedClock;
    type Random = Seeded;
    type Terminal = Screen;
}

impl<const SOCKETS: usize, M: Model> Parts for Virtual<SOCKETS, M> {
    type Storage = M::Memory;
    type Common = Portable;
    type Best = Portable;
    type Finder = Sight<M::Neighbours>;
    type Files = NoFiles;
    type Application = Thermometer;

    fn ciphers() -> Ciphers {
        Ciphers { with_aes: false }
    }
}

/// A clock shared by all boards.
#[derive(Clone, Default)]
pub struct SharedClock(Rc<Cell<Instant>>);

impl SharedClock {
    /// Sets the time.
    pub fn set(&self, now: Instant) {
        self.0.set(now);
    }
}

impl Clock for SharedClock {
    fn now(&self) -> Instant {
        self.0.get()
    }
}

/// Deterministic generator: not for secrets.
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

/// Screen and keyboard of a board, usable while the board runs.
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

    /// Whether the screen has shown `text`.
    pub fn shows(&self, text: &str) -> bool {
        self.0.borrow().shown.windows(text.len()).any(|shown| shown == text.as_bytes())
    }

    /// The lines that the screen has shown since they were taken last. It does not show them any more.
    pub fn take_lines(&self) -> Vec<String> {
        let shown = &mut self.0.borrow_mut().shown;
        let end = shown.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
        let lines = String::from_utf8_lossy(&shown[..end]).lines().map(str::to_owned).collect();
        shown.drain(..end);
        lines
    }

    /// Everything that the screen has shown.
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

/// A board, and its screen for the test.
pub fn board<M: Model, const SOCKETS: usize, const BUFFER: usize>(
    ethernet: &Ethernet,
    number: u8,
    seed: u64,
    faults: Faults,
    clock: &SharedClock,
) -> (Board<Virtual<SOCKETS, M>>, Screen) {
    let screen = Screen::new();
    let board = Board {
        network: neighbourly::<SOCKETS, BUFFER>(ethernet, number, seed, faults),
        clock: clock.clone(),
        random: Seeded(Random::new(seed)),
        console: Console::new(screen.clone()),
    };
    (board, screen)
}

/// A board that plays a role.
pub trait Player {
    /// Steps; returns when the next step is due, unless the role has ended.
    fn step(&mut self) -> Next;

    /// Asks the role to stop.
    fn stop(&mut self);

    /// Number of unused sockets.
    fn free_sockets(&self) -> usize;

    /// Gives the board another address, that of the device at this port, or none.
    fn readdress(&mut self, number: Option<u8>);
}

/// A board and the role that it plays.
pub struct Playing<R, M: Model, const SOCKETS: usize> {
    board: Board<Virtual<SOCKETS, M>>,
    performance: Performance<R>,
}

impl<R: Role<Virtual<SOCKETS, M>>, M: Model, const SOCKETS: usize> Playing<R, M, SOCKETS> {
    /// Starts the role.
    pub fn new(board: Board<Virtual<SOCKETS, M>>, role: R) -> Self {
        Self { board, performance: Performance::new(role) }
    }
}

impl<R: Role<Virtual<SOCKETS, M>>, M: Model, const SOCKETS: usize> Player for Playing<R, M, SOCKETS> {
    fn step(&mut self) -> Next {
        self.performance.step(&mut self.board)
    }

    fn stop(&mut self) {
        self.performance.stop(&mut self.board);
    }

    fn free_sockets(&self) -> usize {
        self.board.network.free_sockets()
    }

    fn readdress(&mut self, number: Option<u8>) {
        self.board.network.readdress(number.map(|number| Ipv4Cidr::new(ip(number), 24)), None);
    }
}
