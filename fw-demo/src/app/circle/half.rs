//! One end of a transfer with one AEAD, from the handshake to the end of the stream.

use core::mem;

use p2pm_core::channel::Acceptor;
use p2pm_core::drive::Pumped;
use p2pm_core::suite::Entropy;
use p2pm_core::suite::aead::Aead;
use p2pm_core::time::Instant;
use p2pm_core::transfer::{Chain, Incoming, Outgoing, Receiver, Sender, Ticket, Told};

use super::line::{Frames, Line};
use super::{Files, Parts};

/// What crosses, and which way.
pub(super) enum Cargo<F: Files> {
    /// A stream that is sent, with what the receiver has proved to have.
    Sent(F::Source, Chain),
    /// A stream that is received, with what there is of it.
    Received(F::Sink, Chain),
}

impl<F: Files> Cargo<F> {
    /// Bytes of the stream that are known to have crossed, over earlier connections.
    pub(super) fn position(&self) -> u64 {
        let (Self::Sent(_, chain) | Self::Received(_, chain)) = self;
        chain.length()
    }
}

/// The machine of one end.
pub(super) enum Half<A: Aead> {
    Outgoing(Outgoing<A>),
    Incoming(Incoming<A>),
    Sender(Sender<A>),
    Receiver(Receiver<A>),
    /// The connection was refused before it was open.
    Over,
}

impl<A: Aead> Half<A> {
    /// The handshake on a connection that was dialled.
    pub(super) fn dialled(now: Instant, ticket: &Ticket, entropy: Entropy) -> Self {
        Self::Outgoing(Outgoing::new(now, ticket, entropy))
    }

    /// The handshake on a connection whose Hello an acceptor has read.
    pub(super) fn accepted(now: Instant, ticket: &Ticket, acceptor: Acceptor) -> Self {
        match Incoming::of_acceptor(acceptor, now, ticket) {
            Ok((incoming, None)) => Self::Incoming(incoming),
            _ => Self::Over,
        }
    }

    /// Does what is possible now.
    pub(super) fn poll<P: Parts, const LEN: usize>(
        &mut self,
        network: &mut P::Network,
        line: &mut Line<P>,
        frames: &mut Frames<LEN>,
        cargo: &mut Cargo<P::Files>,
        now: Instant,
    ) -> Pumped<Told> {
        match (self, cargo) {
            (Self::Outgoing(it), _) => line.pump(network, frames, it, now, Told::Ended),
            (Self::Incoming(it), _) => line.pump(network, frames, it, now, Told::Ended),
            (Self::Sender(it), Cargo::Sent(source, _)) => {
                line.pump(network, frames, &mut it.at(source), now, Told::from)
            }
            (Self::Receiver(it), Cargo::Received(sink, _)) => {
                line.pump(network, frames, &mut it.at(sink), now, Told::from)
            }
            _ => {
                line.hang_up(network);
                Pumped::Closed
            }
        }
    }

    /// Whether the handshake is over, and the stream may begin once its last frame has left.
    pub(super) fn is_open(&self) -> bool {
        match self {
            Self::Outgoing(it) => it.is_authenticated(),
            Self::Incoming(it) => it.is_authenticated(),
            Self::Sender(_) | Self::Receiver(_) | Self::Over => false,
        }
    }

    /// Begins with a stream of `length` bytes.
    pub(super) fn begin<F: Files>(&mut self, now: Instant, cargo: &Cargo<F>, length: u64) {
        let opened = match mem::replace(self, Self::Over) {
            Self::Outgoing(it) => it.into_opened().ok(),
            Self::Incoming(it) => it.into_opened().ok(),
            Self::Sender(_) | Self::Receiver(_) | Self::Over => None,
        };
        *self = match (opened, cargo) {
            (None, _) => Self::Over,
            (Some(opened), Cargo::Sent(_, proved)) => {
                Self::Sender(Sender::new(now, opened, length, proved.clone()))
            }
            (Some(opened), Cargo::Received(_, has)) => {
                Self::Receiver(Receiver::new(opened, length, has.clone()))
            }
        };
    }

    /// Returns how many bytes of the stream have crossed, if any can have, and hands back the hash of them for another
    /// connection.
    pub(super) fn end<F: Files>(self, cargo: &mut Cargo<F>) -> Option<u64> {
        match (self, cargo) {
            (Self::Sender(mut it), Cargo::Sent(source, proved)) => {
                let position = it.at(source).position();
                *proved = it.into_proved();
                position
            }
            (Self::Receiver(mut it), Cargo::Received(sink, has)) => {
                let position = it.at(sink).position();
                *has = it.into_chain();
                position
            }
            _ => None,
        }
    }
}
