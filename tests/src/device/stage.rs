//! Boards on one network; everything that happens depends on the seed only.

use std::time::Duration;

use p2pm_core::time::Instant;
use p2pm_fw::app::{Board, Network, Next, Outcome, Role};

use super::{Faults, Model, Player, Playing, Screen, SharedClock, Virtual, board};
use crate::ethernet::Ethernet;

/// Most steps in a row without a packet at one moment: more would be a busy loop.
const IDLE_ROUNDS: usize = 64;

/// Sockets of each board.
pub const SOCKETS: usize = 28;
/// Buffer of a socket each way, in bytes.
pub const BUFFER: usize = 4096;

/// A network of boards.
pub struct Stage {
    /// The switch between them.
    pub ethernet: Ethernet,
    clock: SharedClock,
    seed: u64,
    faults: Faults,
    now: Instant,
    cast: Vec<Part>,
    /// How many boards were put in.
    puts: u64,
}

struct Part {
    player: Box<dyn Player>,
    due: Option<Instant>,
    outcome: Option<Outcome>,
}

impl Stage {
    /// A network for up to `boards` boards.
    pub fn new(boards: u8, seed: u64, faults: Faults) -> Self {
        let (clock, now) = (SharedClock::default(), Instant::default());
        Self { ethernet: Ethernet::new(boards), clock, seed, faults, now, cast: Vec::new(), puts: 0 }
    }

    /// The time.
    pub fn now(&self) -> Instant {
        self.now
    }

    /// Adds a board that plays a role, at the next port. Returns its number and its screen.
    ///
    /// # Panics
    ///
    /// If no port is left.
    pub fn add<M: Model, R: Role<Virtual<SOCKETS, M>> + 'static>(
        &mut self,
        role: impl FnOnce(&mut Board<Virtual<SOCKETS, M>>) -> R,
    ) -> (usize, Screen) {
        let number = self.cast.len();
        (number, self.put::<M, R, SOCKETS, BUFFER>(number, role))
    }

    /// Puts a board with other sockets at the next port, or in the place of another one, whose cable it gets. Returns its
    /// screen.
    ///
    /// # Panics
    ///
    /// If there is no such port.
    pub fn put<M: Model, R: Role<Virtual<S, M>> + 'static, const S: usize, const B: usize>(
        &mut self,
        number: usize,
        role: impl FnOnce(&mut Board<Virtual<S, M>>) -> R,
    ) -> Screen {
        let port = u8::try_from(number).expect("few boards");
        self.puts += 1;
        let seed = self.seed.wrapping_mul(31).wrapping_add(self.puts);
        // Only the first board's wire is faulty, so that a packet crosses faults once.
        let faults = if port == 0 { self.faults } else { Faults::default() };
        let (mut board, screen) = board::<M, S, B>(&self.ethernet, port, seed, faults, &self.clock);
        board.network.poll(self.now);
        let role = role(&mut board);
        let player = Box::new(Playing::new(board, role));
        let newcomer = Part { player, due: Some(self.now), outcome: None };
        if let Some(place) = self.cast.get_mut(number) {
            *place = newcomer;
        } else {
            assert_eq!(number, self.cast.len(), "the next port");
            self.cast.push(newcomer);
        }
        screen
    }

    /// Takes the power from a board, which has no time for a goodbye.
    pub fn power_off(&mut self, number: usize) {
        let part = &mut self.cast[number];
        (part.due, part.outcome) = (None, Some(Outcome::Failed));
    }

    /// Gives a board the address of the one at this port, or none.
    pub fn readdress(&mut self, number: usize, like: Option<u8>) {
        self.cast[number].player.readdress(like);
        self.cast[number].due = Some(self.now);
    }

    /// Number of boards.
    pub fn boards(&self) -> usize {
        self.cast.len()
    }

    /// Asks a role to stop.
    pub fn stop(&mut self, number: usize) {
        self.cast[number].player.stop();
        self.cast[number].due = Some(self.now);
    }

    /// How a role ended, if it has.
    pub fn outcome(&self, number: usize) -> Option<Outcome> {
        self.cast[number].outcome
    }

    /// Number of unused sockets of a board.
    pub fn free_sockets(&self, number: usize) -> usize {
        self.cast[number].player.free_sockets()
    }

    /// Runs until the condition holds; false if it does not within `limit`.
    ///
    /// # Panics
    ///
    /// If the boards step again and again at one moment without an effect.
    pub fn play_until(&mut self, limit: Duration, mut is_so: impl FnMut() -> bool) -> bool {
        let end = self.now + limit;
        let mut idle = 0;
        while !is_so() {
            let sent = self.ethernet.sent();
            self.step_all();
            let is_busy = self.cast.iter().enumerate().any(|(number, part)| self.is_due(number, part));
            idle = if self.ethernet.sent() > sent || !is_busy { 0 } else { idle + 1 };
            assert!(idle < IDLE_ROUNDS, "a waiting loop spins at {:?}", self.now);
            if is_busy {
                continue;
            }
            let next = self.cast.iter().filter_map(|part| part.due).min();
            self.now = next.map_or(end, |next| next.min(end));
            self.clock.set(self.now);
            if self.now == end {
                return is_so();
            }
        }
        true
    }

    /// Runs for this time.
    pub fn play_for(&mut self, time: Duration) {
        self.play_until(time, || false);
    }

    fn is_due(&self, number: usize, part: &Part) -> bool {
        let has_frames = u8::try_from(number).is_ok_and(|port| self.ethernet.has_frames(port));
        part.outcome.is_none() && has_frames || part.due.is_some_and(|due| due <= self.now)
    }

    fn step_all(&mut self) {
        for part in self.cast.iter_mut().filter(|part| part.outcome.is_none()) {
            match part.player.step() {
                Next::Wait(until) => part.due = until,
                Next::Over(outcome) => (part.due, part.outcome) = (None, Some(outcome)),
            }
        }
    }
}
