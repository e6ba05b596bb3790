//! Frames for the connections that have one under way. All others have none.

use std::mem;

use p2pm_core::drive::{Buffers, Framing};
use p2pm_core::wire::{EMPTY_FRAME, Frame};

use super::Key;
use super::timeline::{Moment, Timeline};

/// How many frames connections can hold together.
const FRAMES: usize = 1024;
/// The most that one connection holds: one frame each way.
const FRAMES_EACH: usize = 2;

/// The frames that connections hold, and two that are used by one after the other.
pub struct Pool {
    /// What a connection works on that holds none itself.
    incoming: Box<Frame>,
    outgoing: Box<Frame>,
    held: usize,
    /// By when the frames that connections hold must have crossed.
    holders: Timeline,
}

/// The frames that one connection holds: those that are half received or half sent.
#[derive(Default)]
pub struct Held {
    incoming: Option<Box<Frame>>,
    outgoing: Option<Box<Frame>>,
    /// Where the connection is among the holders.
    deadline: Moment,
}

impl Default for Pool {
    fn default() -> Self {
        let [incoming, outgoing] = [EMPTY_FRAME; 2].map(Box::new);
        Self { incoming, outgoing, held: 0, holders: Timeline::default() }
    }
}

impl Pool {
    /// Whether another connection might not find what it needs.
    pub fn is_short(&self) -> bool {
        self.held + FRAMES_EACH > FRAMES
    }

    /// The frames for a connection to work on: its own where it holds one.
    pub fn lend<'b>(&'b mut self, held: &'b mut Held) -> Buffers<'b> {
        Buffers {
            incoming: held.incoming.as_deref_mut().unwrap_or(&mut self.incoming),
            outgoing: held.outgoing.as_deref_mut().unwrap_or(&mut self.outgoing),
        }
    }

    /// The connection that was lent to last keeps what it has under way, and returns the rest. The caller sees to it
    /// that the pool [is not short](Self::is_short) before it lends.
    pub fn return_idle(&mut self, key: Key, held: &mut Held, framing: &Framing) {
        self.keep(&mut held.incoming, !framing.reader.is_idle(), |pool| &mut pool.incoming);
        self.keep(&mut held.outgoing, !framing.writer.is_idle(), |pool| &mut pool.outgoing);
        self.holders.set(key, &mut held.deadline, framing.frame_deadline());
    }

    /// Everything that a connection holds comes back.
    pub fn return_all(&mut self, key: Key, held: &mut Held) {
        self.holders.set(key, &mut held.deadline, None);
        let Held { incoming, outgoing, .. } = mem::take(held);
        self.held -= usize::from(incoming.is_some()) + usize::from(outgoing.is_some());
    }

    /// Who holds frames: first those who have held one longest.
    pub fn holders(&self) -> impl Iterator<Item = Key> {
        self.holders.keys()
    }

    fn keep(&mut self, held: &mut Option<Box<Frame>>, busy: bool, lent: fn(&mut Self) -> &mut Box<Frame>) {
        match (held.take(), busy) {
            (None, true) => {
                self.held += 1;
                *held = Some(mem::replace(lent(self), Box::new(EMPTY_FRAME)));
            }
            (Some(_), false) => self.held -= 1,
            (unchanged, _) => *held = unchanged,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use p2pm_core::limits::FRAME_LEN;
    use p2pm_core::time::Instant;

    use super::*;

    const NOW: Instant = Instant::from_millis(0);

    fn key(index: usize) -> Key {
        Key::new(index, 0)
    }

    #[test]
    fn a_half_frame_stays_with_its_connection() {
        let mut pool = Pool::default();
        let (mut held, mut framing) = (Held::default(), Framing::default());
        pool.lend(&mut held).incoming[..3].copy_from_slice(b"abc");
        framing.reader.filled(NOW, 3, FRAME_LEN);
        pool.return_idle(key(0), &mut held, &framing);
        // Somebody else works meanwhile.
        pool.lend(&mut Held::default()).incoming.fill(b'x');
        assert_eq!(pool.lend(&mut held).incoming[..3], *b"abc");
        assert_eq!((pool.held, pool.holders().count()), (1, 1));
        framing.reader.filled(NOW, 1021, FRAME_LEN);
        pool.return_idle(key(0), &mut held, &framing);
        assert!(held.incoming.is_none());
        assert_eq!((pool.held, pool.holders().count()), (0, 0));
    }

    #[test]
    fn the_pool_runs_short_and_recovers() {
        let mut pool = Pool::default();
        let mut holders = Vec::new();
        while !pool.is_short() {
            let mut framing = Framing::default();
            // The later they come, the longer they have held theirs.
            framing.writer.start(NOW + Duration::from_secs(5000 - holders.len() as u64), FRAME_LEN);
            let mut held = Held::default();
            pool.return_idle(key(holders.len()), &mut held, &framing);
            holders.push(held);
        }
        assert_eq!(holders.len(), FRAMES - 1, "there was room for a whole connection until now");
        let last = holders.len() - 1;
        assert_eq!(pool.holders().next(), Some(key(last)));
        pool.return_all(key(last), &mut holders[last]);
        assert!(!pool.is_short());
        assert_eq!(pool.holders().next(), Some(key(last - 1)));
    }
}
