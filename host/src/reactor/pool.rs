//! Pool of frames, of which connections hold some only while a frame is under way.

use std::mem;

use p2pm_core::drive::{Buffers, Framing};
use p2pm_core::time::Instant;
use p2pm_core::wire::{EMPTY_FRAME, Frame};

use super::Key;
use super::timeline::Timeline;

/// Most frames held by all connections together.
const FRAMES: usize = 1024;
/// Most frames held by one connection: one each way.
const FRAMES_EACH: usize = 2;

/// Accounting of the frames that connections hold, and two scratch frames that are lent in turn.
pub struct Pool {
    /// Scratch frame, lent to a connection that holds none.
    incoming: Box<Frame>,
    outgoing: Box<Frame>,
    held: usize,
    /// Holders by the deadline of their frames.
    holders: Timeline,
}

/// Frames that one connection holds: those that are half received or half sent.
#[derive(Default)]
pub struct Held {
    incoming: Option<Box<Frame>>,
    outgoing: Option<Box<Frame>>,
    /// Position of the connection among the holders.
    deadline: Option<Instant>,
}

impl Default for Pool {
    fn default() -> Self {
        let [incoming, outgoing] = [EMPTY_FRAME; 2].map(Box::new);
        Self { incoming, outgoing, held: 0, holders: Timeline::default() }
    }
}

impl Pool {
    /// Whether the pool might be unable to serve another connection.
    pub fn is_short(&self) -> bool {
        self.held + FRAMES_EACH > FRAMES
    }

    /// Lends frames to a connection: its own ones if it holds any, else the scratch frames.
    pub fn lend<'b>(&'b mut self, held: &'b mut Held) -> Buffers<'b> {
        Buffers {
            incoming: held.incoming.as_deref_mut().unwrap_or(&mut self.incoming),
            outgoing: held.outgoing.as_deref_mut().unwrap_or(&mut self.outgoing),
        }
    }

    /// After the connection was lent to: it keeps the frames that are under way and returns the others. The
    /// caller must make sure that the pool [is not short](Self::is_short) before it lends again.
    pub fn return_idle(&mut self, key: Key, held: &mut Held, framing: &Framing) {
        self.keep(&mut held.incoming, !framing.reader.is_idle(), |pool| &mut pool.incoming);
        self.keep(&mut held.outgoing, !framing.writer.is_idle(), |pool| &mut pool.outgoing);
        self.holders.set(key, &mut held.deadline, framing.frame_deadline());
    }

    /// Takes back every frame that a connection holds.
    pub fn return_all(&mut self, key: Key, held: &mut Held) {
        self.holders.set(key, &mut held.deadline, None);
        let Held { incoming, outgoing, .. } = mem::take(held);
        self.held -= usize::from(incoming.is_some()) + usize::from(outgoing.is_some());
    }

    /// Connections that hold frames, the earliest deadline first.
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
        // Another connection works meanwhile.
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
            // Later ones get an earlier deadline.
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
