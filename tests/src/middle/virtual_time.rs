//! Two parties and the attacker between them in memory, on virtual time.

use std::collections::VecDeque;

use p2pm_core::drive::{Moved, Transport};
use p2pm_core::limits::FRAME_LEN;
use p2pm_core::time::{Instant, earliest};
use p2pm_core::wire::Frame;

use super::{Handed, Middle, Party, Side};

/// More rounds than any story takes.
const ROUNDS: usize = 1000;

/// One end's view of its connection.
#[derive(Default)]
struct Socket {
    incoming: VecDeque<u8>,
    outgoing: VecDeque<u8>,
    /// No further input will come.
    ended: bool,
}

impl Transport for Socket {
    fn receive(&mut self, into: &mut [u8]) -> Moved {
        let bytes = self.incoming.len().min(into.len());
        if bytes == 0 {
            return if self.ended { Moved::Over } else { Moved::Blocked };
        }
        into.iter_mut().zip(self.incoming.drain(..bytes)).for_each(|(to, from)| *to = from);
        Moved::Bytes(bytes)
    }

    fn send(&mut self, from: &[u8]) -> Moved {
        self.outgoing.extend(from);
        Moved::Bytes(from.len())
    }
}

/// Runs both ends until both have dropped the connection.
///
/// # Panics
///
/// If one of them never does.
pub fn meet(initiator: &mut impl Party, responder: &mut impl Party, middle: &mut Middle) {
    let mut sockets = [Socket::default(), Socket::default()];
    let mut now = Instant::default();
    for _ in 0..ROUNDS {
        let [ours, theirs] = &mut sockets;
        let wishes = [initiator.poll(ours, now), responder.poll(theirs, now)];
        let moved = carry(&mut sockets, wishes.map(|wish| wish.is_none()), middle);
        if wishes.iter().all(Option::is_none) {
            return;
        }
        if !moved {
            let deadlines = wishes.map(|wish| wish.and_then(|wish| wish.deadline));
            let next =
                deadlines.into_iter().fold(None, earliest).expect("whoever is there waits for something");
            assert!(next > now, "what was due at {next:?} is not done at {now:?}");
            now = next;
        }
    }
    panic!("they never come to an end");
}

/// Carries bytes; whether anything changed for either end.
fn carry(sockets: &mut [Socket; 2], gone: [bool; 2], middle: &mut Middle) -> bool {
    let mut moved = false;
    for side in Side::BOTH {
        while sockets[side as usize].outgoing.len() >= FRAME_LEN {
            let sent: Vec<u8> = sockets[side as usize].outgoing.drain(..FRAME_LEN).collect();
            let frame: &Frame = sent.as_slice().try_into().expect("a frame");
            for handed in middle.pass(side, frame) {
                moved = true;
                match handed {
                    Handed::Bytes(to, bytes) if !sockets[to as usize].ended => {
                        sockets[to as usize].incoming.extend(bytes);
                    }
                    Handed::Bytes(..) => {}
                    Handed::End => sockets.iter_mut().for_each(|socket| socket.ended = true),
                }
            }
        }
        let other = &mut sockets[side.other() as usize];
        moved |= gone[side as usize] && !other.ended;
        other.ended |= gone[side as usize];
    }
    moved
}
