//! The loop between a stack of datagrams and discovery.

extern crate std;

use core::net::{Ipv4Addr, SocketAddr};
use core::num::{NonZeroU16, NonZeroU32};
use std::collections::VecDeque;
use std::vec;
use std::vec::Vec;

use super::NOW;
use crate::discovery::{
    Announced, Arrival, Discovery, Event, Inline, Interface, InterfaceId, Message, Outgoing, Reach, Rows,
    Setup, Subnet, Unheard, Uuid,
};
use crate::drive::{Datagrams, Exchanged, exchange};
use crate::limits::{DATAGRAM_BUFFER_LEN, DATAGRAMS_PER_POLL, FIRST_ROUND_DELAY};
use crate::time::Instant;

type OurDiscovery = Discovery<Inline<1, 4, 4, 4>>;

const INTERFACE: InterfaceId = InterfaceId(NonZeroU32::MIN);
const ALIVE: &[u8] = b"NOTIFY * HTTP/1.1\r\nNTS: ssdp:alive\r\nNT: x\r\nPORT.P2PM.EXAMPLE: 7001\r\n\
    USN: uuid:00000000-0000-4000-8000-000000000001::x\r\n\r\n";

/// A stack that has received datagrams, and sends none or all.
#[derive(Default)]
struct Stack {
    arrived: VecDeque<(Vec<u8>, Arrival)>,
    is_broken: bool,
    sent: Vec<(Outgoing, Vec<u8>)>,
}

#[derive(Debug, PartialEq, Eq)]
struct Broken;

impl Datagrams for Stack {
    type Error = Broken;

    fn send(&mut self, outgoing: &Outgoing, datagram: &[u8]) -> Result<(), Broken> {
        if self.is_broken {
            return Err(Broken);
        }
        self.sent.push((*outgoing, datagram.to_vec()));
        Ok(())
    }

    fn receive(&mut self, into: &mut [u8]) -> Option<(usize, Arrival)> {
        let (datagram, arrival) = self.arrived.pop_front()?;
        let len = datagram.len().min(into.len());
        into[..len].copy_from_slice(&datagram[..len]);
        Some((len, arrival))
    }
}

fn arrival(host: [u8; 4]) -> Arrival {
    Arrival {
        interface: INTERFACE,
        from: SocketAddr::new(Ipv4Addr::from(host).into(), 1900),
        reach: Reach::Group,
    }
}

fn node() -> OurDiscovery {
    let announced = Some(Announced { node: NonZeroU16::MIN, description: NonZeroU16::MIN });
    let mut node =
        OurDiscovery::new(Setup { id: Uuid::from_random([7; 16]), announced, seed: 7 }, Rows::default());
    let ipv4 = Subnet::<Ipv4Addr>::new(Ipv4Addr::new(192, 0, 2, 1), 24);
    assert!(node.handle_interface(NOW, INTERFACE, Some(Interface { ipv4, ..Interface::default() })));
    node
}

/// What one call reports: what was received, and how many datagrams were not sent.
fn exchange_once(
    now: Instant,
    node: &mut OurDiscovery,
    stack: &mut Stack,
) -> (bool, Vec<Option<Unheard>>, usize) {
    let (mut heard, mut unsent) = (Vec::new(), 0);
    let is_more = exchange(now, node, stack, &mut [0; DATAGRAM_BUFFER_LEN], |exchanged| match exchanged {
        Exchanged::Received(_, result) => heard.push(result.err()),
        Exchanged::Unsent(_, Broken) => unsent += 1,
    });
    (is_more, heard, unsent)
}

#[test]
fn what_has_come_is_heard_and_what_is_due_is_sent() {
    let (mut node, mut stack) = (node(), Stack::default());
    let too_long = vec![b'x'; 2 * DATAGRAM_BUFFER_LEN];
    let near = arrival([192, 0, 2, 2]);
    stack.arrived.extend([
        (ALIVE.to_vec(), near),
        (too_long, near),
        (ALIVE.to_vec(), arrival([203, 0, 113, 1])),
    ]);
    let heard = vec![None, Some(Unheard::Malformed), Some(Unheard::OffLink)];
    assert_eq!(exchange_once(NOW + FIRST_ROUND_DELAY, &mut node, &mut stack), (false, heard, 0));
    assert!(matches!(node.poll_event(), Some(Event::Found(found)) if found.endpoint.port().get() == 7001));
    assert_eq!(node.poll_event(), None);
    assert!(!stack.sent.is_empty());
    for (outgoing, datagram) in &stack.sent {
        assert_eq!(outgoing.len, datagram.len());
        assert!(Message::parse(datagram).is_some());
    }
    assert!(node.deadline().is_some_and(|deadline| deadline > NOW + FIRST_ROUND_DELAY));
}

#[test]
fn a_flood_does_not_keep_others_from_being_polled() {
    let (mut node, mut stack) = (node(), Stack::default());
    let flood = (0..=DATAGRAMS_PER_POLL).map(|_| (ALIVE.to_vec(), arrival([192, 0, 2, 2])));
    stack.arrived.extend(flood);
    let later = NOW + FIRST_ROUND_DELAY;
    assert_eq!(exchange_once(later, &mut node, &mut stack), (true, vec![None; DATAGRAMS_PER_POLL], 0));
    assert!(!stack.sent.is_empty(), "nor what is due from being sent");
    assert_eq!(exchange_once(later, &mut node, &mut stack), (false, vec![None], 0));
}

#[test]
fn what_cannot_be_sent_is_reported_and_lost() {
    let (mut node, mut stack) = (node(), Stack { is_broken: true, ..Stack::default() });
    let later = NOW + FIRST_ROUND_DELAY;
    let (_, _, unsent) = exchange_once(later, &mut node, &mut stack);
    assert!(unsent > 0);
    stack.is_broken = false;
    assert_eq!(exchange_once(later, &mut node, &mut stack), (false, vec![], 0));
    assert_eq!(stack.sent, []);
}
