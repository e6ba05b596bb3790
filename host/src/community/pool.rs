//! Frames for the connections that have one under way. All others have none.

use std::mem;

use p2pm_core::drive::{Buffers, Framing};
use p2pm_core::wire::{EMPTY_FRAME, Frame};

/// How many frames connections can hold together.
const FRAMES: usize = 1024;
/// The most that one connection holds: one frame each way.
const FRAMES_EACH: usize = 2;

/// The frames that connections hold, and two that are used by one after the other.
pub(super) struct Pool {
    /// What a connection works on that holds none itself.
    incoming: Box<Frame>,
    outgoing: Box<Frame>,
    held: usize,
}

/// The frames that one connection holds: those that are half received or half sent.
#[derive(Default)]
pub(super) struct Held {
    incoming: Option<Box<Frame>>,
    outgoing: Option<Box<Frame>>,
}

impl Pool {
    pub(super) fn new() -> Self {
        Self { incoming: Box::new(EMPTY_FRAME), outgoing: Box::new(EMPTY_FRAME), held: 0 }
    }

    /// Whether another connection might not find what it needs.
    pub(super) fn is_short(&self) -> bool {
        self.held + FRAMES_EACH > FRAMES
    }

    /// The frames for a connection to work on: its own where it holds one.
    pub(super) fn lend<'b>(&'b mut self, held: &'b mut Held) -> Buffers<'b> {
        Buffers {
            incoming: held.incoming.as_deref_mut().unwrap_or(&mut self.incoming),
            outgoing: held.outgoing.as_deref_mut().unwrap_or(&mut self.outgoing),
        }
    }

    /// The connection that was lent to last keeps what its link has under way, and gives back the rest.
    /// The caller sees to it that the pool [is not short](Self::is_short) before it lends.
    pub(super) fn settle(&mut self, held: &mut Held, link: &Framing) {
        self.keep(&mut held.incoming, !link.reader.is_idle(), |pool| &mut pool.incoming);
        self.keep(&mut held.outgoing, !link.writer.is_idle(), |pool| &mut pool.outgoing);
    }

    /// Everything that a connection holds comes back.
    pub(super) fn reclaim(&mut self, held: &mut Held) {
        let Held { incoming, outgoing } = mem::take(held);
        self.held -= usize::from(incoming.is_some()) + usize::from(outgoing.is_some());
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
    use p2pm_core::limits::FRAME_LEN;
    use p2pm_core::time::Instant;

    use super::*;

    const NOW: Instant = Instant::from_millis(0);

    #[test]
    fn a_half_frame_stays_with_its_connection() {
        let mut pool = Pool::new();
        let (mut held, mut link) = (Held::default(), Framing::default());
        pool.lend(&mut held).incoming[..3].copy_from_slice(b"abc");
        link.reader.filled(NOW, 3, FRAME_LEN);
        pool.settle(&mut held, &link);
        // Somebody else works meanwhile.
        pool.lend(&mut Held::default()).incoming.fill(b'x');
        assert_eq!(pool.lend(&mut held).incoming[..3], *b"abc");
        assert_eq!(pool.held, 1);
        link.reader.filled(NOW, 1021, FRAME_LEN);
        pool.settle(&mut held, &link);
        assert!(held.incoming.is_none());
        assert_eq!(pool.held, 0);
    }

    #[test]
    fn the_pool_runs_short_and_recovers() {
        let mut pool = Pool::new();
        let mut link = Framing::default();
        link.writer.start(NOW, FRAME_LEN);
        let mut holders = Vec::new();
        while !pool.is_short() {
            let mut held = Held::default();
            pool.settle(&mut held, &link);
            holders.push(held);
        }
        assert_eq!(holders.len(), FRAMES - 1, "there was room for a whole connection until now");
        pool.reclaim(&mut holders[7]);
        assert!(!pool.is_short());
    }
}
