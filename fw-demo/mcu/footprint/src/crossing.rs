//! A transfer, of either direction, from the offer to its end.

use core::hint::black_box;
use core::mem::replace;

use p2pm_core::channel::{Acceptor, AcceptorEvent, Asked};
use p2pm_core::drive::{Connection, Pumped};
use p2pm_core::node::{Node, Passage, Transfer, TransferEnd, TransferKey};
use p2pm_core::suite::aead::Portable;
use p2pm_core::transfer::{
    Chain, Incoming, Mark, Opened, Outgoing, Receiver, Sender, Sink, Source, Ticket, Told,
};
use p2pm_core::wire::{
    Attributes, Ciphers, Close, FrameLen, Goods, GoodsKind, Label, Offer, Refusal, TransferId, TransferSecret,
};

use crate::circle::{Circle, Memory};
use crate::outside::{address, entropy, now, show, text, unknown, wire};

const CIPHERS: Ciphers = Ciphers { with_aes: false };
const FRAME_LEN: FrameLen = FrameLen::Short;

type OurNode = Node<Memory<1>>;

/// The connection of a transfer.
pub struct Crossing {
    end: End,
    connection: Connection,
    /// The transfer, once it is known.
    key: Option<TransferKey>,
    is_sent: bool,
    asked: Option<Asked>,
}

#[allow(clippy::large_enum_variant, reason = "there is no allocator")]
enum End {
    Accepting(Acceptor),
    Incoming(Incoming<Portable>),
    Outgoing(Outgoing<Portable>),
    Sending(Sender<Portable>),
    Receiving(Receiver<Portable>),
    Over,
}

impl Crossing {
    /// No connection yet.
    pub fn new() -> Self {
        Self { end: End::Over, connection: Connection::default(), key: None, is_sent: false, asked: None }
    }

    /// Polls the connection, with every command of a user.
    pub fn poll(&mut self, circle: &mut Circle<1>) {
        let node = &mut circle.node;
        let Self { end, connection, asked, .. } = self;
        let pumped = match end {
            End::Accepting(it) => connection.pump(&mut wire(), it, now(), |event| match event {
                AcceptorEvent::Asked(by) => *asked = Some(by),
                AcceptorEvent::Ended(ended) => show(ended),
            }),
            End::Incoming(it) => connection.pump(&mut wire(), it, now(), show),
            End::Outgoing(it) => connection.pump(&mut wire(), it, now(), show),
            End::Sending(it) => connection.pump(&mut wire(), &mut it.at(&mut File), now(), show_told),
            End::Receiving(it) => connection.pump(&mut wire(), &mut it.at(&mut File), now(), show_told),
            End::Over => Pumped::Closed,
        };
        match pumped {
            Pumped::Closed => self.begin(node),
            Pumped::Event(()) => self.accept(node),
            Pumped::Again | Pumped::Blocked => self.open(),
        }
        command(node);
    }

    /// Dials for a transfer, or accepts a connection.
    fn begin(&mut self, node: &mut OurNode) {
        if let Some(key) = self.key.take() {
            node.transfer_ended(now(), key, black_box(TransferEnd::Stored));
        }
        self.connection = Connection::default();
        self.end = match node.next_transfer(|_| unknown()) {
            Some((Passage { key, ticket, .. }, endpoint)) => {
                black_box(endpoint);
                self.key = Some(key);
                self.is_sent = node.transfer(key).is_some_and(Transfer::is_sent);
                End::Outgoing(Outgoing::new(now(), &ticket, entropy()))
            }
            None => End::Accepting(Acceptor::new(now(), address(), entropy())),
        };
    }

    /// The Hello of a connection has come.
    fn accept(&mut self, node: &mut OurNode) {
        let Some(asked) = self.asked.take() else { return };
        let passage = node.expect_transfer(&asked, |_| unknown());
        self.end = match (passage, replace(&mut self.end, End::Over)) {
            (Some(Passage { key, ticket, .. }), End::Accepting(it)) => {
                self.key = Some(key);
                self.is_sent = node.transfer(key).is_some_and(Transfer::is_sent);
                opening(it, &ticket)
            }
            (_, end) => end,
        };
    }

    /// The stream begins once the handshake is over.
    fn open(&mut self) {
        self.end = match replace(&mut self.end, End::Over) {
            End::Incoming(it) => it.into_opened().map_or_else(End::Incoming, |it| self.stream(it)),
            End::Outgoing(it) => it.into_opened().map_or_else(End::Outgoing, |it| self.stream(it)),
            end => end,
        };
    }

    fn stream(&self, opened: Opened<Portable>) -> End {
        if self.is_sent {
            End::Sending(Sender::new(now(), opened, unknown(), Chain::default()))
        } else {
            End::Receiving(Receiver::new(opened, unknown(), Chain::default()))
        }
    }
}

impl Default for Crossing {
    fn default() -> Self {
        Self::new()
    }
}

/// Commands of the user's.
fn command(node: &mut OurNode) {
    let contact = node.contacts().nth(unknown()).map(|(id, _)| id);
    let transfer = node.transfers().nth(unknown()).map(|(key, _)| key);
    match (unknown::<u8>(), contact, transfer) {
        (0, Some(contact), _) => {
            let Some(offer) = offer() else { return };
            _ = node.offer(contact, &offer).map_err(show);
        }
        (1, _, Some(key)) => {
            let Some(taking) = node.transfer(key).map(|it| it.best(CIPHERS, FRAME_LEN)) else { return };
            node.take(key, taking);
        }
        (2, _, Some(key)) => node.refuse(key, black_box(Refusal::Denied)),
        (3, _, Some(key)) => node.withdraw(key),
        (4, _, Some(key)) => node.resume_transfer(key),
        _ => _ = black_box(node.poll_transfers(now())),
    }
    black_box(node.transfer_deadline());
}

fn opening(acceptor: Acceptor, ticket: &Ticket) -> End {
    Incoming::of_acceptor(acceptor, now(), ticket).map_or_else(End::Accepting, |(it, _)| End::Incoming(it))
}

fn offer() -> Option<Offer<'static>> {
    let goods = Goods {
        kind: GoodsKind::File,
        length: unknown(),
        files: 1,
        attributes: Attributes::new(unknown(), unknown()),
        name: Label::new(text().as_bytes()).ok()?,
        preview: None,
    };
    let (id, secret) = (TransferId(black_box([0; _])), TransferSecret(black_box([0; _])));
    Some(Offer { id, attempt: 1, secret, ciphers: CIPHERS, frame_len: FRAME_LEN, goods })
}

fn show_told(event: impl Into<Told>) {
    match event.into() {
        Told::Ended(ended) => show(ended),
        Told::Stored => show("stored"),
        Told::Differed => show("differed"),
    }
}

/// A file, which is read and written with any result.
struct File;

impl Source for File {
    fn seek(&mut self, offset: u64) -> Result<(), Close> {
        black_box(offset);
        black_box(Ok(()))
    }

    fn read(&mut self, into: &mut [u8]) -> Result<usize, Close> {
        black_box(into);
        black_box(Ok(0))
    }

    fn check(&mut self) -> Result<(), Close> {
        black_box(Ok(()))
    }
}

impl Sink for File {
    fn write(&mut self, bytes: &[u8]) -> Result<(), Close> {
        black_box(bytes);
        black_box(Ok(()))
    }

    fn mark(&mut self, mark: Mark) -> Result<(), Close> {
        black_box(mark);
        black_box(Ok(()))
    }

    fn retreat(&mut self) -> Result<Chain, Close> {
        black_box(Ok(Chain::default()))
    }

    fn finish(&mut self) -> Result<(), Close> {
        black_box(Ok(()))
    }
}
