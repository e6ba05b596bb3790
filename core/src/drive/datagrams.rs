//! Discovery over a stack of datagrams.

use crate::discovery::{Arrival, Discovery, Heard, Outgoing, Storage, Unheard};
use crate::limits::{DATAGRAM_BUFFER_LEN, DATAGRAMS_PER_POLL};
use crate::time::Instant;

/// Non-blocking datagrams of a host with several interfaces.
///
/// The stack has its interfaces join the [`GROUPS_IPV4`](crate::discovery::GROUPS_IPV4) and
/// [`GROUPS_IPV6`](crate::discovery::GROUPS_IPV6), and sends to them with
/// [`SSDP_HOPS`](crate::limits::SSDP_HOPS), looped back to this host, where other nodes may run.
pub trait Datagrams {
    /// Why a datagram was not sent.
    type Error;

    /// Sends a datagram; one that cannot be sent at once is lost, as it can be on its way.
    fn send(&mut self, outgoing: &Outgoing, datagram: &[u8]) -> Result<(), Self::Error>;

    /// Receives a datagram, and returns its length and where it is from; `None` if there is none. What is longer than
    /// `into` is cut off.
    fn receive(&mut self, into: &mut [u8]) -> Option<(usize, Arrival)>;
}

/// What [`exchange`] reports.
pub enum Exchanged<'d, E> {
    /// A datagram was received.
    Received(Arrival, Result<Heard<'d>, Unheard>),
    /// A datagram was not sent.
    Unsent(Outgoing, E),
}

/// Receives up to [`DATAGRAMS_PER_POLL`] datagrams, and sends what is due. Returns whether more datagrams may be waiting.
/// To be called when there is something to receive, when the deadline of `discovery` has come, and after it was given a
/// command; its events are to be polled then.
pub fn exchange<M: Storage, D: Datagrams>(
    now: Instant,
    discovery: &mut Discovery<M>,
    datagrams: &mut D,
    buffer: &mut [u8; DATAGRAM_BUFFER_LEN],
    mut report: impl FnMut(Exchanged<'_, D::Error>),
) -> bool {
    let mut received = 0;
    while received < DATAGRAMS_PER_POLL
        && let Some((len, arrival)) = datagrams.receive(buffer)
    {
        received += 1;
        let datagram = buffer.get(..len).unwrap_or_default();
        report(Exchanged::Received(arrival, discovery.handle_datagram(now, &arrival, datagram)));
    }
    discovery.handle_timeout(now);
    while let Some(outgoing) = discovery.poll_datagram(now, buffer) {
        let datagram = buffer.get(..outgoing.len).unwrap_or_default();
        if let Err(error) = datagrams.send(&outgoing, datagram) {
            report(Exchanged::Unsent(outgoing, error));
        }
    }
    received == DATAGRAMS_PER_POLL
}
