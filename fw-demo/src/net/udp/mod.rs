//! UDP for discovery, beside smoltcp's TCP.
//!
//! The datagrams do not pass through sockets of smoltcp 0.14, whose defects `docs/SMOLTCP.md` shows. An answer goes to the
//! hardware address that the search came from, so it waits for no ARP, and a search in the name of a host that does not
//! exist delays nobody. What is sent is written straight into the frame of the device, so there is no buffer for it; what
//! is received is kept in one buffer for all ports.

mod frame;
mod membership;
mod memory;
mod senders;

use core::net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV4};
use core::num::NonZeroU32;

use p2pm_core::discovery::{
    Arrival, GROUPS_IPV4, Interface, InterfaceId, LocalPort, Message, Outgoing, Reach,
};
use p2pm_core::drive::Datagrams;
use p2pm_core::limits::{BROADCAST_PORT, SSDP_HOPS, SSDP_PORT};
use p2pm_core::time::Instant;
use smoltcp::phy::{ChecksumCapabilities, Device};
use smoltcp::storage::PacketBuffer;
use smoltcp::wire::{
    EthernetAddress, EthernetFrame, EthernetProtocol, IgmpPacket, IgmpRepr, IpProtocol, Ipv4Cidr, Ipv4Packet,
    Ipv4Repr, UdpPacket, UdpRepr,
};

use self::membership::Membership;
use self::memory::Ends;
pub use self::memory::UdpMemory;
use self::senders::Senders;
use super::{Address, Error, Protocol, Stack};
use crate::app::Neighbourhood;

/// The only interface.
const INTERFACE: InterfaceId = InterfaceId(NonZeroU32::MIN);
/// First port of those from which is searched (RFC 6335 §6), and how many of them there are below [`BROADCAST_PORT`].
const SEARCHING_PORTS: (u16, u16) = (49_152, 8192);

/// Datagrams of discovery, over IPv4.
pub struct Udp<'m> {
    hardware: EthernetAddress,
    /// `None` as long as there is no address.
    ip: Option<Ipv4Cidr>,
    /// Port from which is searched.
    searching: u16,
    received: PacketBuffer<'m, Ends>,
    senders: Senders<'m>,
    seed: u32,
    /// `None` until somebody wants datagrams.
    membership: Option<Membership>,
}

impl<'m> Udp<'m> {
    /// UDP at this address. The `seed` must be random: it makes the port from which is searched hard to guess. Until the
    /// stack is told to [join](Neighbourhood::join), nothing is heard and nothing sent.
    pub fn new<const DATAGRAMS: usize, const SENDERS: usize>(
        address: Address,
        seed: u32,
        memory: &'m mut UdpMemory<DATAGRAMS, SENDERS>,
    ) -> Self {
        let UdpMemory { payloads, headers, senders } = memory;
        let (first, count) = SEARCHING_PORTS;
        #[allow(clippy::cast_possible_truncation, reason = "any of its bits will do")]
        let searching = first + seed as u16 % count;
        Self {
            hardware: address.hardware,
            ip: address.ip,
            searching,
            received: PacketBuffer::new(headers.as_mut_slice(), payloads.as_flattened_mut()),
            senders: Senders::new(senders),
            seed,
            membership: None,
        }
    }

    fn join(&mut self, now: Instant) {
        self.membership = Some(Membership::new(now, self.seed));
    }

    /// How a datagram to this address was addressed; `None` if it is for somebody else.
    fn reach(&self, to: Ipv4Addr) -> Option<Reach> {
        let ours = self.ip?;
        match to {
            to if GROUPS_IPV4.contains(&to) => Some(Reach::Group),
            to if to == ours.address() => Some(Reach::Unicast),
            to if to.is_broadcast() || Some(to) == ours.broadcast() => Some(Reach::Broadcast),
            _ => None,
        }
    }

    fn port(&self, local: LocalPort) -> u16 {
        match local {
            LocalPort::Shared => SSDP_PORT,
            LocalPort::Searching => self.searching,
            LocalPort::Broadcast => BROADCAST_PORT,
        }
    }

    /// `None` if the frame has nothing for us.
    fn take(&mut self, now: Instant, frame: &[u8]) -> Option<()> {
        let membership = self.membership.as_mut()?;
        let frame = EthernetFrame::new_checked(frame).ok()?;
        let is_for_us = frame.dst_addr() == self.hardware || !frame.dst_addr().is_unicast();
        if frame.ethertype() != EthernetProtocol::Ipv4 || !is_for_us {
            return None;
        }
        let packet = Ipv4Packet::new_checked(frame.payload()).ok()?;
        let ip = Ipv4Repr::parse(&packet, &ChecksumCapabilities::default()).ok()?;
        match ip.next_header {
            IpProtocol::Udp => self.take_datagram(frame.src_addr(), &ip, packet.payload()),
            IpProtocol::Igmp => take_query(now, membership, packet.payload()),
            _ => None,
        }
    }

    fn take_datagram(&mut self, hardware: EthernetAddress, ip: &Ipv4Repr, payload: &[u8]) -> Option<()> {
        self.reach(ip.dst_addr)?;
        let packet = UdpPacket::new_checked(payload).ok()?;
        let ports = [LocalPort::Shared, LocalPort::Searching, LocalPort::Broadcast];
        if !ports.iter().any(|local| self.port(*local) == packet.dst_port()) {
            return None;
        }
        let (from, to) = (ip.src_addr.into(), ip.dst_addr.into());
        // What is damaged is nobody's.
        let Ok(udp) = UdpRepr::parse(&packet, &from, &to, &ChecksumCapabilities::default()) else {
            return Some(());
        };
        let datagram = packet.payload();
        if Message::is_search(datagram) {
            self.senders.learn(ip.src_addr, hardware);
        }
        let from = SocketAddrV4::new(ip.src_addr, udp.src_port);
        // Without room it is lost.
        if let Ok(room) = self.received.enqueue(datagram.len(), (from, ip.dst_addr)) {
            room.copy_from_slice(datagram);
        }
        Some(())
    }

    fn send(
        &self,
        now: Instant,
        device: &mut impl Device,
        outgoing: &Outgoing,
        datagram: &[u8],
    ) -> Result<(), Error> {
        let (SocketAddr::V4(to), Some(ours)) = (outgoing.to, self.ip) else {
            return Err(Error::Unaddressable);
        };
        let hardware = match self.reach(*to.ip()) {
            Some(Reach::Group) => frame::group_address(*to.ip()),
            Some(Reach::Broadcast) => EthernetAddress::BROADCAST,
            _ => self.senders.hardware(*to.ip()).ok_or(Error::NoRoute)?,
        };
        let from = SocketAddrV4::new(ours.address(), self.port(outgoing.port));
        let link = frame::Link { now, from: self.hardware, to: hardware };
        frame::send_datagram(device, &link, (from, to), SSDP_HOPS, datagram).ok_or(Error::Exhausted)
    }

    fn receive(&mut self, into: &mut [u8]) -> Option<(usize, Arrival)> {
        loop {
            let ((from, to), datagram) = self.received.dequeue().ok()?;
            let len = datagram.len().min(into.len());
            into.get_mut(..len)?.copy_from_slice(datagram.get(..len)?);
            // One for an address that the device has no longer is for nobody.
            if let Some(reach) = self.reach(to) {
                return Some((len, Arrival { interface: INTERFACE, from: from.into(), reach }));
            }
        }
    }
}

fn take_query(now: Instant, membership: &mut Membership, payload: &[u8]) -> Option<()> {
    let packet = IgmpPacket::new_checked(payload).ok()?;
    if let IgmpRepr::MembershipQuery { max_resp_time, group_addr, .. } = IgmpRepr::parse(&packet).ok()? {
        membership.handle_query(now, group_addr, max_resp_time.into());
    }
    Some(())
}

impl Protocol for Udp<'_> {
    fn hear(&mut self, now: Instant, frame: &[u8]) -> bool {
        self.take(now, frame).is_some()
    }

    fn poll(&mut self, now: Instant, device: &mut impl Device) {
        // Without an address a report would be from nobody. It waits.
        let (Some(ours), Some(membership)) = (self.ip, &mut self.membership) else { return };
        if membership.take_report(now) {
            for group in GROUPS_IPV4 {
                let link = frame::Link { now, from: self.hardware, to: frame::group_address(group) };
                // One that is lost is sent again.
                _ = frame::send_report(device, &link, ours.address(), group);
            }
        }
    }

    fn readdress(&mut self, now: Instant, ip: Option<Ipv4Cidr>) {
        self.ip = ip;
        if self.membership.is_some() {
            self.join(now);
        }
    }

    fn deadline(&self) -> Option<Instant> {
        self.membership.as_ref().filter(|_| self.ip.is_some()).map(Membership::deadline)
    }
}

impl<D: Device, const SOCKETS: usize> Datagrams for Stack<'_, D, SOCKETS, Udp<'_>> {
    type Error = Error;

    fn send(&mut self, outgoing: &Outgoing, datagram: &[u8]) -> Result<(), Error> {
        self.beside.send(self.now, &mut self.device, outgoing, datagram)
    }

    fn receive(&mut self, into: &mut [u8]) -> Option<(usize, Arrival)> {
        self.beside.receive(into)
    }
}

impl<D: Device, const SOCKETS: usize> Neighbourhood for Stack<'_, D, SOCKETS, Udp<'_>> {
    fn join(&mut self) {
        self.beside.join(self.now);
    }

    fn has_datagrams(&self) -> bool {
        !self.beside.received.is_empty()
    }

    fn interface(&self) -> (InterfaceId, Option<Interface>) {
        let addresses = self.beside.ip.map(|ip| [(IpAddr::V4(ip.address()), ip.prefix_len())]);
        (INTERFACE, addresses.map(Interface::of_addresses))
    }
}
