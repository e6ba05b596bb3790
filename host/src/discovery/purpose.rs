//! What each socket of an interface is for.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};

use p2pm_core::discovery::{GROUPS_IPV4, GROUPS_IPV6, Interface, InterfaceId, LocalPort, Outgoing, Reach};
use p2pm_core::limits::{BROADCAST_PORT, SSDP_HOPS, SSDP_PORT};
use p2pm_core::time::Instant;
use p2pm_posix::datagrams::{Received, tell_destinations};
use rustix::net::sockopt;
use socket2::{Domain, InterfaceIndexOrAddress, Socket, Type};

use super::interfaces::Listed;
use crate::reactor::datagrams::Datagrams;

/// What a socket is for. Each interface has one for each purpose, so a socket names the interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Hears what is sent to a group; sends from the port that all programs with SSDP share. It is bound to the group, so it
    /// takes no datagram that another such program is to have.
    Group(IpAddr),
    /// Hears what is broadcast on the subnet, and what is for this host alone; broadcasts.
    Broadcast,
    /// Searches, and hears the answers.
    SearchIpv4,
    SearchIpv6,
}

/// Purposes of the sockets of an interface.
pub(super) const PURPOSES: [Purpose; 7] = [
    Purpose::Group(IpAddr::V4(GROUPS_IPV4[0])),
    Purpose::Broadcast,
    Purpose::SearchIpv4,
    Purpose::Group(IpAddr::V6(GROUPS_IPV6[0])),
    Purpose::Group(IpAddr::V6(GROUPS_IPV6[1])),
    Purpose::Group(IpAddr::V6(GROUPS_IPV6[2])),
    Purpose::SearchIpv6,
];

impl Purpose {
    /// Purposes of the sockets that can send this, the best one first. If others keep us from the shared port, what is not for
    /// one host is sent from another: those who hear it do not mind.
    pub(super) fn of(outgoing: &Outgoing) -> [Self; 2] {
        let (group, search) = if outgoing.to.is_ipv4() {
            (Self::Group(GROUPS_IPV4[0].into()), Self::SearchIpv4)
        } else {
            (Self::Group(GROUPS_IPV6[0].into()), Self::SearchIpv6)
        };
        match outgoing.port {
            LocalPort::Shared => [group, search],
            LocalPort::Searching => [search, search],
            LocalPort::Broadcast => [Self::Broadcast, Self::Broadcast],
        }
    }

    /// Receives a datagram from such a socket: its length, its source, and how it was addressed.
    pub(super) fn receive(
        self,
        socket: &mut Datagrams,
        now: Instant,
        into: &mut [u8],
    ) -> Option<(usize, SocketAddr, Reach)> {
        let reach = match self {
            Self::Broadcast => {
                let Received { len, from, is_unicast } = socket.receive_with_destination(now, into)?;
                return Some((len, from, if is_unicast { Reach::Unicast } else { Reach::Broadcast }));
            }
            Self::Group(_) => Reach::Group,
            Self::SearchIpv4 | Self::SearchIpv6 => Reach::Unicast,
        };
        let (datagram, from) = socket.receive(now, into)?;
        Some((datagram.len(), from, reach))
    }

    /// What it is bound to; `None` if the interface has no address for it.
    pub(super) fn address(self, id: InterfaceId, addresses: &Interface) -> Option<SocketAddr> {
        let scoped = |ip, port| SocketAddr::V6(SocketAddrV6::new(ip, port, 0, id.0.get()));
        Some(match self {
            Self::Group(IpAddr::V4(group)) => {
                addresses.ipv4?;
                (group, SSDP_PORT).into()
            }
            Self::Group(IpAddr::V6(group)) => {
                addresses.link_local?;
                scoped(group, SSDP_PORT)
            }
            // A host behind a firewall asks us alone.
            Self::Broadcast => {
                addresses.ipv4?.broadcast()?;
                (Ipv4Addr::UNSPECIFIED, BROADCAST_PORT).into()
            }
            Self::SearchIpv4 => (addresses.ipv4?.address(), 0).into(),
            Self::SearchIpv6 => scoped(addresses.link_local?.address(), 0),
        })
    }

    /// Opens the socket, bound to `address`.
    pub(super) fn open(self, interface: &Listed, address: SocketAddr) -> io::Result<Socket> {
        let socket = Socket::new(Domain::for_address(address), Type::DGRAM, None)?;
        socket.set_nonblocking(true)?;
        // Shared with other programs, and with other nodes on this machine. SO_REUSEPORT fails beside those that do not use it.
        socket.set_reuse_address(true)?;
        // Routes do not choose the interface then: a VPN is the default one, or there is none at all. Before Linux 5.7 it was
        // root's alone, and the options below must do.
        let _ = socket.bind_device(Some(interface.name.as_bytes()));
        send_on(&socket, interface.id, address.ip())?;
        if matches!(self, Self::Broadcast | Self::SearchIpv4) {
            socket.set_broadcast(true)?;
        }
        if self == Self::Broadcast {
            tell_destinations(&socket)?;
        }
        socket.bind(&address.into())?;
        self.join(&socket, interface.id)?;
        Ok(socket)
    }

    fn join(self, socket: &Socket, id: InterfaceId) -> io::Result<()> {
        match self {
            Self::Group(IpAddr::V4(group)) => {
                socket.set_multicast_all_v4(false)?;
                socket.join_multicast_v4_n(&group, &InterfaceIndexOrAddress::Index(id.0.get()))
            }
            Self::Group(IpAddr::V6(group)) => {
                socket.set_multicast_all_v6(false)?;
                socket.join_multicast_v6(&group, id.0.get())
            }
            Self::Broadcast | Self::SearchIpv4 | Self::SearchIpv6 => Ok(()),
        }
    }

    /// Leaves the group and joins it again, which tells switches that we are in it: they forget it where their questions do
    /// not reach us.
    pub(super) fn rejoin(self, socket: &Socket, id: InterfaceId) -> io::Result<()> {
        match self {
            Self::Group(IpAddr::V4(group)) => {
                let on = InterfaceIndexOrAddress::Index(id.0.get());
                let _ = socket.leave_multicast_v4_n(&group, &on);
                socket.join_multicast_v4_n(&group, &on)
            }
            Self::Group(IpAddr::V6(group)) => {
                let _ = socket.leave_multicast_v6(&group, id.0.get());
                socket.join_multicast_v6(&group, id.0.get())
            }
            Self::Broadcast | Self::SearchIpv4 | Self::SearchIpv6 => Ok(()),
        }
    }
}

/// What is sent to groups goes to this interface, across few routers, and to programs on this machine as well.
fn send_on(socket: &Socket, id: InterfaceId, ip: IpAddr) -> io::Result<()> {
    let hops = u32::from(SSDP_HOPS);
    if ip.is_ipv4() {
        let any = Ipv4Addr::UNSPECIFIED;
        sockopt::set_ip_multicast_if_with_ifindex(socket, &any, &any, id.0.get())?;
        socket.set_multicast_ttl_v4(hops)?;
        socket.set_multicast_loop_v4(true)
    } else {
        socket.set_only_v6(true)?;
        socket.set_multicast_if_v6(id.0.get())?;
        socket.set_multicast_hops_v6(hops)?;
        socket.set_multicast_loop_v6(true)
    }
}

/// The destination with the interface as its scope, if it needs one.
pub(super) fn scoped(to: SocketAddr, id: InterfaceId) -> SocketAddr {
    match to {
        SocketAddr::V6(to) if needs_scope(*to.ip()) => {
            SocketAddr::V6(SocketAddrV6::new(*to.ip(), to.port(), 0, id.0.get()))
        }
        to => to,
    }
}

/// Whether the same address may exist on several interfaces.
fn needs_scope(ip: Ipv6Addr) -> bool {
    ip.is_unicast_link_local() || ip.is_multicast()
}
