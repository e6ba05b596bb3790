//! The transfers of a node: one connection at a time.

use core::time::Duration;

use p2pm_core::channel::{Acceptor, Ended};
use p2pm_core::drive::Pumped;
use p2pm_core::node::{Passage, TransferEnd, TransferKey};
use p2pm_core::time::Instant;
use p2pm_core::transfer::Chain;
use p2pm_core::wire::{Close, Endpoint};

use super::crossing::{Crossing, Landed};
use super::half::Cargo;
use super::line::Line;
use super::{Circle, Files, Origin, Parts, Slot};
use crate::app::board::SocketOf;
use crate::app::dial::Dial;
use crate::app::{Board, Outcome};

/// How often it is looked for space where there was none.
const SPACE_INTERVAL: Duration = Duration::from_secs(2);

impl<P: Parts, const PLACES: usize, const FRAME: usize> Circle<'_, P, PLACES, FRAME> {
    /// Goes on with all transfers; true if there may be more to do at once.
    pub(super) fn carry(&mut self, board: &mut Board<P>, now: Instant) -> bool {
        let mut again = self.node.poll_transfers(now);
        if self.crossing.get().is_none()
            && let Some((passage, endpoint)) = self.node.next_transfer(|_| true)
        {
            self.dial_passage(board, now, passage, endpoint);
            again = true;
        }
        let Self { crossing, frames, .. } = self;
        let Some(crossing) = crossing.get_mut() else { return again };
        match crossing.poll(board, frames) {
            Pumped::Blocked => again,
            Pumped::Event(()) | Pumped::Again => true,
            Pumped::Closed => {
                self.land(board, now);
                true
            }
        }
    }

    fn dial_passage(&mut self, board: &mut Board<P>, now: Instant, passage: Passage, endpoint: Endpoint) {
        let key = passage.key;
        let Ok(mut dial) = Dial::new(board, endpoint.into()) else {
            // No socket is free: it is tried again.
            return self.node.transfer_ended(now, key, TransferEnd::Cut { is_further: false });
        };
        match self.load(key) {
            Ok((cargo, length)) => self.crossing.put(Crossing::dial(passage, length, cargo, dial)),
            Err(reason) => {
                dial.hang_up(&mut board.network);
                self.not_carried(board, now, key, reason);
            }
        }
    }

    /// Carries a transfer over a connection whose Hello has asked for it.
    pub(super) fn accept_passage(
        &mut self,
        board: &mut Board<P>,
        now: Instant,
        passage: Passage,
        accepted: Option<(SocketOf<P>, Acceptor)>,
    ) {
        let key = passage.key;
        match (self.load(key), accepted) {
            (Ok((cargo, length)), Some(accepted)) => {
                self.crossing.put(Crossing::accept(now, passage, length, cargo, accepted));
            }
            (Ok(_), None) => self.node.transfer_ended(now, key, TransferEnd::Cut { is_further: false }),
            (Err(reason), accepted) => {
                if let Some((socket, _)) = accepted {
                    Line::<P>::new(Some(socket)).hang_up(&mut board.network);
                }
                self.not_carried(board, now, key, reason);
            }
        }
    }

    /// Goes on with the file that was taken, once there is space for it; true if there may be more to do at once.
    pub(super) fn look_for_space(&mut self, now: Instant) -> bool {
        if self.space_due.take_if(|due| now >= *due).is_none() {
            return false;
        }
        let Some((key, transfer)) = self.taken.and_then(|key| Some((key, self.node.transfer(key)?))) else {
            return false;
        };
        let has_space = self.files.has_space(&transfer.goods());
        if has_space {
            self.node.resume_transfer(key);
        } else {
            self.space_due = Some(now + SPACE_INTERVAL);
        }
        has_space
    }

    /// What is to cross, opened, with the length of the stream.
    fn load(&mut self, key: TransferKey) -> Result<(Cargo<P::Files>, u64), Close> {
        let transfer = self.node.transfer(key).ok_or(Close::Cancelled)?;
        let (goods, sender) = (transfer.goods(), self.node.contact(transfer.contact()));
        if let Some((_, cargo)) = self.half_way.take().filter(|(of, _)| *of == key) {
            return Ok((cargo, goods.length));
        }
        if transfer.is_sent() {
            return Ok((Cargo::Sent(self.files.open()?, Chain::default()), goods.length));
        }
        let sender = sender.ok_or(Close::Cancelled)?.known().key;
        let (sink, has) = self.files.place(&Origin { sender, id: transfer.id() }, &goods)?;
        Ok((Cargo::Received(sink, has), goods.length))
    }

    /// What is to cross cannot be opened.
    fn not_carried(&mut self, board: &mut Board<P>, now: Instant, key: TransferKey, reason: Close) {
        let ended = Ended::ByUs(reason);
        self.landed(board, now, Landed { key, end: TransferEnd::after(ended, false), ended, cargo: None });
    }

    /// The connection of the transfer is over.
    pub(super) fn land(&mut self, board: &mut Board<P>, now: Instant) {
        if let Some(crossing) = self.crossing.take() {
            let landed = crossing.land(&mut board.network);
            self.landed(board, now, landed);
        }
    }

    fn landed(&mut self, board: &mut Board<P>, now: Instant, landed: Landed<P>) {
        let Landed { key, end, ended, cargo } = landed;
        let is_sent = self.sent.is_some_and(|(sent, _)| sent == key);
        self.tell_landed(board, key, end, ended);
        self.node.transfer_ended(now, key, end);
        match end {
            TransferEnd::Stored if is_sent => self.end_of_sending(board, Outcome::Done),
            TransferEnd::GivenUp if is_sent => self.end_of_sending(board, Outcome::Failed),
            TransferEnd::Stored | TransferEnd::GivenUp => self.taken = None,
            TransferEnd::Cut { .. } | TransferEnd::Paused | TransferEnd::Unexpected => {
                self.half_way.take();
                if let Some(cargo) = cargo {
                    self.half_way.put((key, cargo));
                }
                if ended == Ended::ByUs(Close::NoSpace) {
                    self.space_due = Some(now + SPACE_INTERVAL);
                }
            }
        }
    }
}
