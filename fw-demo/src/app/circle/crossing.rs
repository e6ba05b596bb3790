//! The connection of one transfer, from the dial or the accept on.

use p2pm_core::channel::{Acceptor, Ended};
use p2pm_core::drive::Pumped;
use p2pm_core::node::{Passage, TransferEnd, TransferKey};
use p2pm_core::suite::Entropy;
use p2pm_core::time::Instant;
use p2pm_core::transfer::{Ticket, Told};
use p2pm_core::wire::{Cipher, Close};

use super::Parts;
use super::half::{Cargo, Half};
use super::line::{Frames, Line};
use crate::app::board::SocketOf;
use crate::app::dial::Dial;
use crate::app::{Board, Clock};

/// A connection of a transfer. Like a [`Peer`](crate::app::peer::Peer), it must be polled to its end or hung up.
pub(super) struct Crossing<P: Parts> {
    key: TransferKey,
    ticket: Ticket,
    cipher: Cipher,
    /// Length of the stream, in bytes.
    length: u64,
    cargo: Cargo<P::Files>,
    stage: Stage<P>,
    line: Line<P>,
    /// How far the stream was when the connection began.
    before: u64,
    is_stored: bool,
    ended: Option<Ended>,
}

/// With which AEAD it crosses, once there is a connection.
enum Stage<P: Parts> {
    Dialing(Dial<P>),
    Common(Half<P::Common>),
    Best(Half<P::Best>),
}

/// A stream after its connection has ended.
pub(super) struct Landed<P: Parts> {
    pub(super) key: TransferKey,
    pub(super) end: TransferEnd,
    /// Why it has ended, unless the stream is stored.
    pub(super) ended: Ended,
    /// What crossed, for another connection; `None` if it has to be opened anew.
    pub(super) cargo: Option<Cargo<P::Files>>,
}

impl<P: Parts> Crossing<P> {
    /// A connection that is to be dialled.
    pub(super) fn dial(passage: Passage, length: u64, cargo: Cargo<P::Files>, dial: Dial<P>) -> Self {
        Self::new(passage, length, cargo, Stage::Dialing(dial), Line::new(None))
    }

    /// A connection whose Hello an acceptor has read.
    pub(super) fn accept(
        now: Instant,
        passage: Passage,
        length: u64,
        cargo: Cargo<P::Files>,
        (socket, acceptor): (SocketOf<P>, Acceptor),
    ) -> Self {
        let stage = match passage.cipher {
            Cipher::ChaCha20Poly1305 => Stage::Common(Half::accepted(now, &passage.ticket, acceptor)),
            Cipher::Aes256Gcm => Stage::Best(Half::accepted(now, &passage.ticket, acceptor)),
        };
        Self::new(passage, length, cargo, stage, Line::new(Some(socket)))
    }

    fn new(passage: Passage, length: u64, cargo: Cargo<P::Files>, stage: Stage<P>, line: Line<P>) -> Self {
        let Passage { key, ticket, cipher } = passage;
        let before = cargo.position();
        Self { key, ticket, cipher, length, cargo, stage, line, before, is_stored: false, ended: None }
    }

    pub(super) fn key(&self) -> TransferKey {
        self.key
    }

    /// Does what is possible now; `Closed` once the connection is over.
    pub(super) fn poll<const LEN: usize>(
        &mut self,
        board: &mut Board<P>,
        frames: &mut Frames<LEN>,
    ) -> Pumped<()> {
        let now = board.clock.now();
        let Self { stage, line, cargo, .. } = self;
        let pumped = match stage {
            Stage::Dialing(dial) => match dial.attempt(&mut board.network, now) {
                Ok(None) => return Pumped::Blocked,
                Ok(Some(socket)) => {
                    *line = Line::new(Some(socket));
                    self.shake(now, board.entropy());
                    return Pumped::Again;
                }
                Err(_) => return Pumped::Closed,
            },
            Stage::Common(half) => half.poll(&mut board.network, line, frames, cargo, now),
            Stage::Best(half) => half.poll(&mut board.network, line, frames, cargo, now),
        };
        if self.begin(now) {
            return Pumped::Again;
        }
        match pumped {
            Pumped::Event(told) => {
                self.hear(&told);
                Pumped::Again
            }
            Pumped::Again => Pumped::Again,
            Pumped::Blocked => Pumped::Blocked,
            Pumped::Closed => Pumped::Closed,
        }
    }

    fn shake(&mut self, now: Instant, entropy: Entropy) {
        self.stage = match self.cipher {
            Cipher::ChaCha20Poly1305 => Stage::Common(Half::dialled(now, &self.ticket, entropy)),
            Cipher::Aes256Gcm => Stage::Best(Half::dialled(now, &self.ticket, entropy)),
        };
    }

    /// Begins with the stream if the handshake is over, and its last frame has left.
    fn begin(&mut self, now: Instant) -> bool {
        let is_open = match &self.stage {
            Stage::Dialing(_) => false,
            Stage::Common(half) => half.is_open(),
            Stage::Best(half) => half.is_open(),
        };
        let begins = is_open && self.line.is_idle();
        if begins {
            match &mut self.stage {
                Stage::Dialing(_) => {}
                Stage::Common(half) => half.begin(now, &self.cargo, self.length),
                Stage::Best(half) => half.begin(now, &self.cargo, self.length),
            }
            self.line.lengthen(&self.ticket);
        }
        begins
    }

    fn hear(&mut self, told: &Told) {
        match told {
            Told::Stored => self.is_stored = true,
            Told::Ended(ended) => _ = self.ended.get_or_insert(*ended),
            Told::Differed => {}
        }
    }

    /// Drops the connection, if it is not over, and tells how far it has led.
    pub(super) fn land(mut self, network: &mut P::Network) -> Landed<P> {
        self.line.hang_up(network);
        let position = match self.stage {
            Stage::Dialing(mut dial) => {
                dial.hang_up(network);
                None
            }
            Stage::Common(half) => half.end(&mut self.cargo),
            Stage::Best(half) => half.end(&mut self.cargo),
        };
        let ended = self.ended.unwrap_or(Ended::Lost);
        let is_further = position.is_some_and(|position| position > self.before);
        let end = if self.is_stored { TransferEnd::Stored } else { TransferEnd::after(ended, is_further) };
        // Where something went wrong at this end, its file is opened anew.
        let is_sound = !matches!(ended, Ended::ByUs(Close::Failed | Close::NoSpace | Close::Changed));
        Landed { key: self.key, end, ended, cargo: Some(self.cargo).filter(|_| is_sound) }
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        match &self.stage {
            Stage::Dialing(dial) => dial.deadline(),
            Stage::Common(_) | Stage::Best(_) => self.line.deadline(),
        }
    }
}
