//! Two nodes that find each other among floods, and part.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::num::NonZeroU32;

use p2pm_core::discovery::{
    Announced, Arrival, Discovery, Event, Inline, Interface, InterfaceId, Reach, Rows, SearchFor, Setup,
    Subnet, Uuid,
};
use p2pm_core::limits::{DATAGRAM_BUFFER_LEN, MAX_AGE, SSDP_PORT};
use p2pm_core::time::{Instant, earliest};
use p2pm_tests::counting::allocations_in;

use crate::{NonZeroU16, START};

const INTERFACE: InterfaceId = InterfaceId(NonZeroU32::MIN);

/// A node, and how many others it has found, and has lost.
struct End {
    discovery: Discovery<Inline<2, 16, 16, 16>>,
    number: u8,
    found: usize,
    gone: usize,
}

impl End {
    fn new(number: u8) -> Self {
        let port = NonZeroU16::new(u16::from(number) + 5000).expect("it is not 0");
        let announced = Some(Announced { node: port, description: port });
        let setup = Setup { id: Uuid::from_random([number; 16]), announced, seed: number.into() };
        let mut discovery = Discovery::new(setup, Rows::default());
        let addresses = Interface {
            ipv4: Subnet::<Ipv4Addr>::new(ipv4(number), 24),
            link_local: Subnet::link_local(ipv6(number)),
            ..Interface::default()
        };
        assert!(discovery.handle_interface(START, INTERFACE, Some(addresses)));
        Self { discovery, number, found: 0, gone: 0 }
    }

    fn hear(&mut self, now: Instant, from: IpAddr, reach: Reach, datagram: &[u8]) {
        let arrival = Arrival { interface: INTERFACE, from: SocketAddr::new(from, SSDP_PORT), reach };
        self.discovery.handle_datagram(now, &arrival, datagram).expect("a message from the link");
        while let Some(event) = self.discovery.poll_event() {
            *(if matches!(event, Event::Found(_)) { &mut self.found } else { &mut self.gone }) += 1;
        }
    }

    /// Sends all that is due to the other end, and hears it as well.
    fn send(&mut self, now: Instant, other: &mut Self) {
        let mut buffer = [0; DATAGRAM_BUFFER_LEN];
        self.discovery.handle_timeout(now);
        while let Some(outgoing) = self.discovery.poll_datagram(now, &mut buffer) {
            let from: IpAddr =
                if outgoing.to.is_ipv4() { ipv4(self.number).into() } else { ipv6(self.number).into() };
            for end in [&mut *self, &mut *other] {
                end.hear(now, from, Reach::Group, &buffer[..outgoing.len]);
            }
        }
    }
}

fn ipv4(number: u8) -> Ipv4Addr {
    Ipv4Addr::new(192, 0, 2, number)
}

fn ipv6(number: u8) -> Ipv6Addr {
    Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, number.into())
}

#[test]
fn discovery_allocates_nothing() {
    let (mut ann, mut bob) = (End::new(1), End::new(2));
    let forged: Vec<_> = (0..100).map(forged).collect();
    let search = b"M-SEARCH * HTTP/1.1\r\nMAN: \"ssdp:discover\"\r\nMX: 1\r\nST: ssdp:all\r\n\r\n";
    let allocations = allocations_in(|| {
        let run = |ann: &mut End, bob: &mut End, until: Instant| {
            while let Some(next) = earliest(ann.discovery.deadline(), bob.discovery.deadline())
                && next <= until
            {
                ann.send(next, bob);
                bob.send(next, ann);
            }
        };
        let later = Instant::from_millis(5_000);
        run(&mut ann, &mut bob, later);
        for (number, forged) in (3..).zip(&forged) {
            bob.hear(later, ipv4(number).into(), Reach::Group, forged.as_bytes());
            bob.hear(later, ipv4(number).into(), Reach::Unicast, search);
        }
        ann.discovery.search(later, SearchFor::All);
        run(&mut ann, &mut bob, later + MAX_AGE);
        ann.discovery.leave(later + MAX_AGE);
        run(&mut ann, &mut bob, later + MAX_AGE * 2);
    });
    assert_eq!(allocations, 0);
    assert!(ann.discovery.has_left());
    // And of those who are not there, those that there are rows for.
    assert!(ann.found >= 1 && ann.gone == 0, "{} {}", ann.found, ann.gone);
    assert!(bob.found >= 15 && bob.gone >= 14, "{} {}", bob.found, bob.gone);
}

fn forged(number: u8) -> String {
    let id = Uuid::from_random([100 + number; 16]);
    format!(
        "NOTIFY * HTTP/1.1\r\nNTS: ssdp:alive\r\nNT: x\r\nUSN: uuid:{id}::x\r\nPORT.P2PM.EXAMPLE: 1\r\n\r\n"
    )
}
