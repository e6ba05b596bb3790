//! What others send: forged nodes, floods of searches, and anything else.

use std::net::{IpAddr, SocketAddr};

use p2pm_core::discovery::{DEVICE_TYPE, GROUPS_IPV4, GROUPS_IPV6, Uuid};
use p2pm_core::limits::SSDP_PORT;

use super::{World, addresses};
use crate::random::Random;

/// Groups to which strangers send.
const GROUPS: [IpAddr; 3] =
    [IpAddr::V4(GROUPS_IPV4[0]), IpAddr::V6(GROUPS_IPV6[0]), IpAddr::V6(GROUPS_IPV6[1])];
/// Forged nodes and searches at once: more than there are rows, and than a budget allows.
const FLOOD: usize = 120;

impl World {
    pub(super) fn disturb(&mut self) {
        match self.random.between(1..=10) {
            1..=2 => self.flood_with_nodes(),
            3..=5 => self.flood_with_searches(),
            6..=7 => self.forge(),
            8..=9 => self.come_from_afar(),
            _ => self.babble(),
        }
    }

    /// Nodes that are not there, from addresses that nobody has.
    fn flood_with_nodes(&mut self) {
        let (segment, to) = (self.any_segment(), self.target());
        for _ in 0..self.random.between(1..=FLOOD) {
            let from = addresses::nobody(segment, &mut self.random);
            let forged = forged(&mut self.random, "alive", None);
            self.transmit(None, segment, SocketAddr::new(from, 1024), to, forged.as_bytes());
        }
    }

    /// Searches for anything, from one address or from many.
    fn flood_with_searches(&mut self) {
        let segment = self.any_segment();
        let Some(to) = self.unicast_target(segment) else { return };
        let one = self.random.chance(50).then(|| addresses::nobody(segment, &mut self.random));
        for port in 1..=FLOOD {
            let from = one.unwrap_or_else(|| addresses::nobody(segment, &mut self.random));
            let from = SocketAddr::new(from, u16::try_from(port).expect("few"));
            let search = search(&mut self.random);
            self.transmit(None, segment, from, to, search.as_bytes());
        }
    }

    /// A message with the source of a node, and sometimes with its UUID.
    fn forge(&mut self) {
        let (victim, segment) = (self.any_node(), self.any_segment());
        let victim = &self.nodes[victim];
        let Some(interface) = self.hosts[victim.host].interfaces[segment] else { return };
        let to = self.random.pick(&GROUPS[..2]);
        let is_possible =
            if to.is_ipv4() { interface.ipv4.is_some() } else { interface.link_local.is_some() };
        if !is_possible {
            return;
        }
        let kind = self.random.pick(&["alive", "byebye"]);
        let id = self.random.chance(50).then_some(victim.id);
        let (from, port) = (addresses::source(&interface, to), victim.port.get());
        let forged = forged(&mut self.random, kind, id.map(|id| (id, port)));
        self.transmit(
            None,
            segment,
            SocketAddr::new(from, SSDP_PORT),
            SocketAddr::new(to, SSDP_PORT),
            forged.as_bytes(),
        );
    }

    /// Nodes and searches from sources that are no hosts on the link.
    fn come_from_afar(&mut self) {
        let segment = self.any_segment();
        let to =
            self.unicast_target(segment).filter(|_| self.random.chance(50)).unwrap_or_else(|| self.target());
        for _ in 0..10 {
            let from = SocketAddr::new(addresses::off_link(segment, &mut self.random), 1024);
            let text = if self.random.chance(50) {
                forged(&mut self.random, "alive", None)
            } else {
                search(&mut self.random)
            };
            self.transmit(None, segment, from, to, text.as_bytes());
        }
    }

    /// Parts of messages, and bytes that are none.
    fn babble(&mut self) {
        let (segment, to) = (self.any_segment(), self.target());
        let from = SocketAddr::new(addresses::nobody(segment, &mut self.random), 1024);
        let whole = forged(&mut self.random, "alive", None);
        let cut = self.random.between(0..=whole.len());
        self.transmit(None, segment, from, to, &whole.as_bytes()[..cut]);
        let bytes = self.random.bytes::<100>();
        self.transmit(None, segment, from, to, &bytes);
    }

    /// A group.
    fn target(&mut self) -> SocketAddr {
        SocketAddr::new(self.random.pick(&GROUPS), SSDP_PORT)
    }

    /// An address of a node on this segment.
    fn unicast_target(&mut self, segment: usize) -> Option<SocketAddr> {
        let host = self.any_host();
        let interface = self.hosts[host].interfaces[segment]?;
        let ipv4 = interface.ipv4.map(|it| IpAddr::from(it.address()));
        let ip = ipv4.or_else(|| interface.link_local.map(|it| it.address().into()))?;
        Some(SocketAddr::new(ip, SSDP_PORT))
    }
}

/// An announcement or a farewell, of a node with this UUID and port or of one that is not there.
fn forged(random: &mut Random, kind: &str, node: Option<(Uuid, u16)>) -> String {
    let (id, port) = node.unwrap_or_else(|| (Uuid::from_random(random.bytes()), 6_000));
    // What is said in the name of a node holds no shorter than what it says itself.
    let max_age = if node.is_some() { 1_800 } else { random.pick(&[0, 60, 1_800, 100_000]) };
    format!(
        "NOTIFY * HTTP/1.1\r\nNTS: ssdp:{kind}\r\nNT: {DEVICE_TYPE}\r\nUSN: uuid:{id}::{DEVICE_TYPE}\r\n\
         CACHE-CONTROL: max-age={max_age}\r\nPORT.P2PM.EXAMPLE: {port}\r\n\r\n"
    )
}

fn search(random: &mut Random) -> String {
    let target = random.pick(&["ssdp:all", "upnp:rootdevice", DEVICE_TYPE, "urn:other:device:Thing:1"]);
    let max_wait = random.between(0..=6);
    format!("M-SEARCH * HTTP/1.1\r\nMAN: \"ssdp:discover\"\r\nMX: {max_wait}\r\nST: {target}\r\n\r\n")
}
