//! A simulated connection with faults.

use std::collections::VecDeque;
use std::io::Read;
use std::time::Duration;

use p2pm_core::drive::{Moved, Transport};
use p2pm_core::time::{Instant, earliest};

use crate::random::Random;

const NEVER: Instant = Instant::from_millis(u64::MAX);

/// One end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    Connecting,
    Listening,
}

impl Side {
    pub const BOTH: [Self; 2] = [Self::Connecting, Self::Listening];

    pub fn other(self) -> Self {
        match self {
            Self::Connecting => Self::Listening,
            Self::Listening => Self::Connecting,
        }
    }
}

/// Fault of a connection.
#[derive(Clone, Copy, Debug)]
enum Trouble {
    /// Both ends lose it at once, with some of the bytes in flight.
    Cut,
    /// Bytes of this side do not arrive any more, or not before this time.
    Freeze(Option<Side>, Duration),
}

/// What the two ends of a connection must achieve on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Quality {
    /// Only to notice its end.
    Bad,
    /// It has no fault, and a frame crosses it well before any timeout, so no timeout is excused.
    Prompt,
    /// Besides, it holds several frames, so nothing is lost, the last frame included.
    Roomy,
}

/// Both directions of a connection.
pub struct Link {
    /// Bytes sent by each side.
    pipes: [Pipe; 2],
    random: Random,
    trouble: Option<(Instant, Trouble)>,
    quality: Quality,
    /// When it stopped carrying bytes, either way, for good.
    dead_since: Option<Instant>,
}

impl Link {
    pub fn new(now: Instant, mut random: Random) -> Self {
        let pipes = [Pipe::new(&mut random), Pipe::new(&mut random)];
        let trouble = random.chance(40).then(|| {
            let at = now + random.millis(0..=15_000);
            (at, Trouble::new(&mut random))
        });
        let worst = pipes.each_ref().map(Pipe::quality).into_iter().min();
        let quality = worst.filter(|_| trouble.is_none()).unwrap_or(Quality::Bad);
        Self { pipes, random, trouble, quality, dead_since: None }
    }

    /// A connection without faults, on which a frame crosses well before any timeout.
    pub fn without_faults(random: &mut Random) -> Self {
        loop {
            let mut link = Self::new(Instant::default(), random.fork());
            link.trouble = None;
            if link.pipes.iter().all(|pipe| pipe.quality() >= Quality::Prompt) {
                return link;
            }
        }
    }

    /// Both ends lose it now, with some of the bytes in flight.
    pub fn cut(&mut self, now: Instant) {
        self.trouble = Some((now, Trouble::Cut));
    }

    /// Nothing moves either way until then; for ever if it is `None`.
    pub fn freeze(&mut self, now: Instant, until: Option<Instant>) {
        let time = until.map_or(Duration::MAX, |until| until.since(now));
        self.trouble = Some((now, Trouble::Freeze(None, time)));
    }

    pub fn quality(&self) -> Quality {
        self.quality
    }

    pub fn dead_since(&self) -> Option<Instant> {
        self.dead_since
    }

    /// Applies the faults that are due.
    pub fn advance(&mut self, now: Instant) {
        let Some((_, trouble)) = self.trouble.take_if(|(at, _)| now >= *at) else { return };
        match trouble {
            Trouble::Cut => {
                for pipe in &mut self.pipes {
                    pipe.cut(now, &mut self.random);
                }
                self.dead_since = Some(now);
            }
            Trouble::Freeze(side, time) => {
                let thaw = if time == Duration::MAX { NEVER } else { now + time };
                for frozen in Side::BOTH {
                    if side.is_none_or(|side| side == frozen) {
                        self.pipes[frozen as usize].thaw = thaw;
                    }
                }
                self.dead_since = (thaw == NEVER && side.is_none()).then_some(now);
            }
        }
    }

    /// When its state changes by itself.
    pub fn next_change(&self, now: Instant) -> Option<Instant> {
        let pipes = self.pipes.iter().filter_map(|pipe| pipe.next_change(now)).min();
        earliest(pipes, self.trouble.map(|(at, _)| at))
    }

    pub fn is_readable(&self, side: Side, now: Instant) -> bool {
        self.pipes[side.other() as usize].is_readable(now)
    }

    pub fn is_writable(&self, side: Side, now: Instant) -> bool {
        self.pipes[side as usize].is_writable(now)
    }

    /// This side drops the connection. What it has sent still arrives.
    pub fn hang_up(&mut self, side: Side) {
        self.pipes[side as usize].finished = true;
        self.pipes[side.other() as usize].abandoned = true;
    }

    pub fn end(&mut self, side: Side, now: Instant) -> End<'_> {
        let [connecting, listening] = &mut self.pipes;
        let (outgoing, incoming) = match side {
            Side::Connecting => (connecting, listening),
            Side::Listening => (listening, connecting),
        };
        End { outgoing, incoming, random: &mut self.random, now }
    }
}

impl Trouble {
    fn new(random: &mut Random) -> Self {
        if random.chance(50) {
            return Self::Cut;
        }
        let side = random.pick(&[None, None, Some(Side::Connecting), Some(Side::Listening)]);
        let time = random.millis(500..=100_000);
        Self::Freeze(side, random.pick(&[time, time, Duration::MAX]))
    }
}

/// A socket, as one side has it.
pub struct End<'l> {
    outgoing: &'l mut Pipe,
    incoming: &'l mut Pipe,
    random: &'l mut Random,
    now: Instant,
}

impl Transport for End<'_> {
    fn receive(&mut self, into: &mut [u8]) -> Moved {
        self.incoming.receive(self.now, into, self.random)
    }

    fn send(&mut self, from: &[u8]) -> Moved {
        self.outgoing.send(self.now, from, self.random)
    }
}

/// Bytes in one direction.
struct Pipe {
    bytes: VecDeque<u8>,
    /// When the next bytes arrive, and how many.
    arrivals: VecDeque<(Instant, usize)>,
    last_arrival: Instant,
    /// Bytes that it holds before the sender must wait.
    capacity: usize,
    /// Most bytes moved at once.
    grain: usize,
    /// Longest latency, in milliseconds.
    latency: usize,
    /// Pause of the reader between two reads.
    pace: Duration,
    rests_until: Instant,
    /// Nothing moves before this.
    thaw: Instant,
    /// The sender has hung up: no more bytes will follow.
    finished: bool,
    /// The reader has hung up.
    abandoned: bool,
}

impl Pipe {
    fn new(random: &mut Random) -> Self {
        let slow = random.chance(10);
        Self {
            bytes: VecDeque::new(),
            arrivals: VecDeque::new(),
            last_arrival: Instant::default(),
            capacity: random.pick(&[64, 1024, 4096, 8192, 65_536, 65_536]),
            grain: random.pick(&[1, 13, 500, 1024, 1024, 4096, 4096, 4096]),
            latency: random.pick(&[0, 20, 200]),
            pace: if slow { random.millis(1..=400) } else { Duration::ZERO },
            rests_until: Instant::default(),
            thaw: Instant::default(),
            finished: false,
            abandoned: false,
        }
    }

    fn quality(&self) -> Quality {
        if !self.pace.is_zero() || self.capacity < 1024 && self.latency > 20 {
            Quality::Bad
        } else if self.capacity < 4096 {
            Quality::Prompt
        } else {
            Quality::Roomy
        }
    }

    fn is_frozen(&self, now: Instant) -> bool {
        now < self.thaw
    }

    fn has_arrived(&self, now: Instant) -> bool {
        self.arrivals.front().is_some_and(|(at, _)| now >= *at)
    }

    fn is_readable(&self, now: Instant) -> bool {
        let over = self.finished && self.bytes.is_empty();
        !self.is_frozen(now) && (over || now >= self.rests_until && self.has_arrived(now))
    }

    fn is_writable(&self, now: Instant) -> bool {
        self.is_lost(now) || self.bytes.len() < self.capacity
    }

    /// Whether the sender knows that the reader is gone.
    fn is_lost(&self, now: Instant) -> bool {
        self.abandoned && !self.is_frozen(now)
    }

    fn receive(&mut self, now: Instant, into: &mut [u8], random: &mut Random) -> Moved {
        if !self.is_readable(now) {
            return Moved::Blocked;
        }
        let Some((_, arrived)) = self.arrivals.front_mut() else { return Moved::Over };
        let bytes = random.between(1..=self.grain).min(*arrived).min(into.len());
        *arrived -= bytes;
        if *arrived == 0 {
            self.arrivals.pop_front();
        }
        self.bytes.read_exact(&mut into[..bytes]).expect("they have arrived");
        self.rests_until = now + self.pace;
        Moved::Bytes(bytes)
    }

    fn send(&mut self, now: Instant, from: &[u8], random: &mut Random) -> Moved {
        if self.is_lost(now) {
            return Moved::Over;
        }
        let room = self.capacity - self.bytes.len();
        let bytes = random.between(1..=self.grain).min(room).min(from.len());
        if bytes == 0 {
            return Moved::Blocked;
        }
        self.bytes.extend(&from[..bytes]);
        self.last_arrival = self.last_arrival.max(now + random.millis(0..=self.latency));
        self.arrivals.push_back((self.last_arrival, bytes));
        Moved::Bytes(bytes)
    }

    /// Loses its last bytes, from any byte on.
    fn cut(&mut self, now: Instant, random: &mut Random) {
        self.bytes.truncate(random.between(0..=self.bytes.len()));
        self.arrivals.clear();
        if !self.bytes.is_empty() {
            self.arrivals.push_back((now, self.bytes.len()));
        }
        self.finished = true;
        self.abandoned = true;
        // Whoever could go on to send here would send behind a gap.
        self.thaw = Instant::default();
    }

    fn next_change(&self, now: Instant) -> Option<Instant> {
        if self.is_frozen(now) {
            return (self.thaw != NEVER).then_some(self.thaw);
        }
        let (at, _) = self.arrivals.front()?;
        Some((*at).max(self.rests_until)).filter(|at| *at > now)
    }
}
