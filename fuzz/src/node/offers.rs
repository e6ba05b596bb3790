//! Operations on the transfers of a node, by its user, its shell and its peers.

use arbitrary::Arbitrary;
use p2pm_core::channel::{Acceptor, AcceptorEvent, Asked, Machine};
use p2pm_core::limits::{HEADER_LEN, SECRET_LEN};
use p2pm_core::node::{ContactId, TransferEnd, TransferKey};
use p2pm_core::suite::aead::Portable;
use p2pm_core::time::Instant;
use p2pm_core::transfer::{Outgoing, Ticket};
use p2pm_core::wire::{
    Answer, Attributes, Cipher, Ciphers, EMPTY_FRAME, FrameLen, Goods, GoodsKind, Label, LinkMessage, Offer,
    Preview, Refusal, Taking, TransferId, TransferSecret, Verdict,
};

use super::peer::Peer;
use super::transfers::{Row, State, Transfers};
use super::{Move, World};
use crate::link::Number;
use crate::{address, entropy};

/// Ways to cross: those that a node of this target offers, and one more.
const WAYS: [Taking; 3] = [
    Taking { cipher: Cipher::ChaCha20Poly1305, frame_len: FrameLen::Short },
    Taking { cipher: Cipher::Aes256Gcm, frame_len: FrameLen::Middle },
    Taking { cipher: Cipher::Aes256Gcm, frame_len: FrameLen::Long },
];
/// Numbers of transfers that peers offer, some of them more often.
const FEW: [u8; 8] = [0, 0, 0, 1, 1, 2, 3, 4];
const REFUSALS: [Refusal; 5] =
    [Refusal::Denied, Refusal::NoSpace, Refusal::Unable, Refusal::Busy, Refusal::Whole];

/// Operation on a transfer.
#[derive(Arbitrary, Clone, Debug)]
pub enum TransferMove {
    /// The peer says something.
    Tell(TransferSpeech),
    /// The peer says so much before anything else happens.
    Rush(Vec<TransferSpeech>),
    /// The peer offers so many files, or the user.
    Flood(u8),
    /// The user offers a file to a contact.
    Offer(u8, u8),
    /// The user takes what was offered.
    Take(u8, u8),
    /// The user refuses it, or gives it up.
    Refuse(u8, u8),
    /// The user withdraws what is offered.
    Withdraw(u8),
    /// The user goes on with a transfer.
    Resume(u8),
    /// The node dials for a transfer.
    Dial,
    /// Somebody dials for a transfer, as was agreed on, or in another way.
    Accept(u8, Option<u8>),
    /// The connection of a transfer ends.
    End(u8, u8),
    /// Time passes until something is due.
    Sleep,
}

/// What a peer says of a transfer.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub enum TransferSpeech {
    /// See [`Offer`].
    Offer {
        /// Of a few.
        which: u8,
        /// After the last one.
        attempt: Number,
        /// What is offered.
        goods: u8,
    },
    /// See [`Answer`].
    Answer {
        /// Of those that were offered, or others.
        which: u8,
        /// Mostly the last one.
        attempt: u8,
        /// That it is taken, or not.
        verdict: u8,
    },
    /// See [`LinkMessage::Withdraw`].
    Withdraw(u8),
}

/// What is offered under this number.
fn goods(number: u8) -> Goods<'static> {
    let is_folder = number.is_multiple_of(4);
    let picture = Preview::new(1, &[[1, 2]]).ok().filter(|_| number.is_multiple_of(3));
    Goods {
        kind: if is_folder { GoodsKind::Folder } else { GoodsKind::File },
        length: number.into(),
        files: if is_folder { u32::from(number) } else { 1 },
        attributes: Attributes::new(number.into(), 0o644),
        name: Label::new(b"photo.jpg").expect("a name"),
        preview: picture,
    }
}

/// An offer whose secret has this number.
fn offer(id: TransferId, attempt: u32, secret: u32, goods_number: u8) -> Offer<'static> {
    let mut bytes = [goods_number; SECRET_LEN];
    bytes[..4].copy_from_slice(&secret.to_be_bytes());
    let ciphers = Ciphers { with_aes: goods_number.is_multiple_of(2) };
    let secret = TransferSecret(bytes);
    Offer { id, attempt, secret, ciphers, frame_len: FrameLen::Middle, goods: goods(goods_number) }
}

/// One of those, if there are any.
fn pick<T>(which: u8, mut of: Vec<T>) -> Option<T> {
    let at = usize::from(which).checked_rem(of.len())?;
    Some(of.swap_remove(at))
}

impl TransferSpeech {
    /// The message, of transfers with this contact.
    fn message(self, contact: ContactId, transfers: &mut Transfers) -> LinkMessage<'static> {
        match self {
            Self::Offer { which, attempt, goods } => {
                let number = FEW[usize::from(which) % FEW.len()];
                // The last one may be that of a file which goes the other way.
                let ours = transfers.of(contact, true).next().map(|row| row.id).filter(|_| number == 4);
                let id = ours.unwrap_or(TransferId([number; 8]));
                let known = transfers.of(contact, false).find(|row| row.id == id);
                let last = known.and_then(Row::last_attempt).unwrap_or_default();
                let goods = if goods < 224 { number } else { goods };
                LinkMessage::Offer(offer(id, attempt.after(last), transfers.next_secret(), goods))
            }
            Self::Answer { which, attempt, verdict } => {
                let nothing = (TransferId([which; 8]), 1);
                let offered = transfers.of(contact, true).map(|row| (row.id, row.attempt));
                let (id, last) = pick(which, offered.chain([nothing]).collect()).unwrap_or(nothing);
                let attempt = match attempt {
                    0..192 => last,
                    192..224 => last.wrapping_sub(1),
                    224.. => last.wrapping_add(1),
                };
                let taken = WAYS.get(usize::from(verdict % 8)).map(|taking| Verdict::Take(*taking));
                let verdict = taken.unwrap_or(Verdict::Refuse(refusal(verdict)));
                LinkMessage::Answer(Answer { id, attempt, verdict })
            }
            Self::Withdraw(which) => {
                LinkMessage::Withdraw(TransferId([FEW[usize::from(which) % FEW.len()]; 8]))
            }
        }
    }
}

impl World {
    pub(super) fn transfer(&mut self, slot: usize, happens: &TransferMove) {
        match *happens {
            TransferMove::Tell(speech) => self.rush(slot, &[speech]),
            TransferMove::Rush(ref speeches) => self.rush(slot, speeches),
            TransferMove::Flood(count @ 0..128) => self.flood(slot, count % 20),
            TransferMove::Flood(count) => (0..count % 20).for_each(|number| self.offer(0, number)),
            TransferMove::Offer(to, goods) => self.offer(to, goods),
            TransferMove::Take(which, way) => {
                if let Some(key) = self.known(which, Some(false)) {
                    let with_aes = way.is_multiple_of(2);
                    let frame_len = if way < 128 { FrameLen::Short } else { FrameLen::Long };
                    let transfer = self.node.transfer(key).expect("it is kept");
                    let taking = transfer.best(Ciphers { with_aes }, frame_len);
                    self.node.take(key, taking);
                    self.model.transfers.take(key, taking);
                }
            }
            TransferMove::Refuse(which, why) => {
                if let Some(key) = self.known(which, Some(false)) {
                    // Only what was never taken can have come in another way.
                    let is_asked = self.model.transfers.get(key).state == State::Asked;
                    let why = if is_asked { refusal(why) } else { Refusal::Denied };
                    self.node.refuse(key, why);
                    self.model.transfers.refuse(key, why);
                }
            }
            TransferMove::Withdraw(which) => {
                if let Some(key) = self.known(which, None) {
                    self.node.withdraw(key);
                    self.model.transfers.withdraw(key);
                }
            }
            TransferMove::Resume(which) => {
                if let Some(key) = self.known(which, None) {
                    self.node.resume_transfer(key);
                    self.model.transfers.resume(key);
                }
            }
            TransferMove::Dial => self.dial_transfer(),
            TransferMove::Accept(which, twist) => self.accept_transfer(which, twist),
            TransferMove::End(which, end) => self.end_transfer(which, end),
            TransferMove::Sleep => {
                self.now = self.node.transfer_deadline().map_or(self.now, |deadline| self.now.max(deadline));
            }
        }
    }

    /// On the first link, so much of a transfer in each direction happens.
    pub(super) fn begin_transfers(&mut self, how_far: u8) {
        let offer = TransferSpeech::Offer { which: 0, attempt: Number::NEXT, goods: 0 };
        let answer = TransferSpeech::Answer { which: 0, attempt: 0, verdict: 0 };
        let open = TransferMove::Accept(0, None);
        let received = [TransferMove::Tell(offer), TransferMove::Take(0, 0), open.clone()];
        let sent = [TransferMove::Offer(0, 0), TransferMove::Tell(answer), open];
        let how_far = usize::from(how_far % 16);
        for happens in received.into_iter().take(how_far % 4).chain(sent.into_iter().take(how_far / 4)) {
            self.happen(0, &Move::Transfer(happens));
            self.happen(0, &Move::Drain);
        }
    }

    /// One of the transfers of which the user knows, in one direction or any.
    fn known(&self, which: u8, is_sent: Option<bool>) -> Option<TransferKey> {
        pick(which, self.model.transfers.known(is_sent).filter_map(|row| row.key).collect())
    }

    /// A peer says messages, of which the user is told later.
    fn rush(&mut self, slot: usize, speeches: &[TransferSpeech]) {
        for speech in speeches {
            self.with(slot, |peer, node, now, model| {
                if let Some(contact) = peer.contact() {
                    let message = speech.message(contact, &mut model.transfers);
                    peer.speak(&message, node, now, model);
                }
            });
        }
    }

    fn flood(&mut self, slot: usize, count: u8) {
        for number in 0..count {
            self.with(slot, |peer, node, now, model| {
                let secret = model.transfers.next_secret();
                let offer = offer(TransferId([200 + number; 8]), 1, secret, number);
                peer.speak(&LinkMessage::Offer(offer), node, now, model);
            });
        }
    }

    fn offer(&mut self, to: u8, goods: u8) {
        let Some(to) = self.contact(to) else { return };
        let number = self.model.transfers.next_secret();
        let id = TransferId((u64::from(number) << 8).to_be_bytes());
        let offer = offer(id, 1, number, goods);
        let kept = self.node.offer(to, &offer);
        self.model.transfers.offer(&self.node, to, &offer, kept);
    }

    /// Whoever has dialled the link dials.
    fn dial_transfer(&mut self) {
        let place = |world: &Self, contact| {
            let mut links = world.peers.iter().flatten().filter(|peer| peer.is_link_of(contact));
            let endpoint = world.node.contact(contact).and_then(|contact| contact.known().endpoint);
            endpoint.filter(|_| links.any(Peer::was_dialled))
        };
        if let Some((passage, endpoint)) = self.node.next_transfer(|_| true) {
            let contact = self.model.transfers.get(passage.key).contact;
            assert_eq!(Some(endpoint), place(self, contact), "where it was dialled");
            self.model.transfers.open(&passage);
        } else {
            let mut agreed = self.model.transfers.known(None).filter(|row| row.state == State::Agreed);
            assert!(agreed.all(|row| place(self, row.contact).is_none()), "it is to be dialled");
        }
    }

    /// Whoever asks for a transfer gets a connection of each that is expected, and no more.
    fn accept_transfer(&mut self, which: u8, twist: Option<u8>) {
        let known = self.model.transfers.known(None).filter_map(|row| Some((row.id, row.taking?)));
        let Some((mut id, mut taking)) = pick(which, known.collect()) else { return };
        match twist {
            Some(twist @ 0..128) => id = TransferId([twist; 8]),
            Some(twist) => taking = WAYS[usize::from(twist) % WAYS.len()],
            None => {}
        }
        let asked = asked(id, taking, self.now);
        for _ in 0..self.model.transfers.expected(id, taking) {
            let passage = self.node.expect_transfer(&asked, |_| true).expect("it is expected");
            assert_eq!(passage.ticket.id, id, "another one was asked for");
            self.model.transfers.open(&passage);
        }
        assert!(self.node.expect_transfer(&asked, |_| true).is_none(), "none is expected");
    }

    fn end_transfer(&mut self, which: u8, end: u8) {
        let open = self.model.transfers.known(None).filter(|row| row.state == State::Open);
        let open = pick(which, open.filter_map(|row| row.key).collect());
        let Some(key) = open.or_else(|| self.known(which, None)) else { return };
        let end = [
            TransferEnd::Cut { is_further: false },
            TransferEnd::Cut { is_further: true },
            TransferEnd::Stored,
            TransferEnd::Paused,
            TransferEnd::Unexpected,
            TransferEnd::GivenUp,
        ][usize::from(end) % 6];
        self.node.transfer_ended(self.now, key, end);
        self.model.transfers.ended(self.now, key, end);
    }
}

fn refusal(number: u8) -> Refusal {
    REFUSALS[usize::from(number) % REFUSALS.len()]
}

/// The Hello of a connection for a transfer.
fn asked(id: TransferId, taking: Taking, now: Instant) -> Asked {
    let ticket = Ticket { id, secret: TransferSecret([0; SECRET_LEN]), frame_len: taking.frame_len };
    let mut dialler = Outgoing::<Portable>::new(now, &ticket, entropy(9));
    let mut acceptor = Acceptor::new(now, address(1), entropy(8));
    let mut frame = EMPTY_FRAME;
    assert!(dialler.poll_frame(now, &mut frame));
    // The core has no AES of its own.
    frame[HEADER_LEN + 1] = taking.cipher.suite() as u8;
    match acceptor.handle_frame(now, &mut frame) {
        Some(AcceptorEvent::Asked(asked)) => asked,
        other => panic!("not asked for anything: {other:?}"),
    }
}
