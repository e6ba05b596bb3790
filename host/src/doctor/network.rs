//! What the system says of multicast, without asking for rights.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, UdpSocket};

use p2pm_core::discovery::GROUPS_IPV4;
use p2pm_core::limits::SSDP_PORT;

/// Where programs that choose no interface send to the group of SSDP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum GroupRoute {
    /// Nowhere.
    None,
    /// To the interface with this address.
    From(IpAddr),
}

/// Number of IPv4 multicast packets that have come to this machine (`InMcastPkts`), before any firewall has seen them.
pub(super) fn multicasts_received() -> u64 {
    let text = fs::read_to_string("/proc/net/netstat").unwrap_or_default();
    let mut lines = text.lines().filter_map(|line| line.strip_prefix("IpExt:"));
    let (Some(names), Some(values)) = (lines.next(), lines.next()) else { return 0 };
    let column = names.split_whitespace().position(|name| name == "InMcastPkts");
    column.and_then(|column| values.split_whitespace().nth(column)?.parse().ok()).unwrap_or(0)
}

/// The route of the group. No packet is sent.
pub(super) fn route_of_the_group() -> GroupRoute {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0));
    let source = socket.and_then(|socket| {
        socket.connect((GROUPS_IPV4[0], SSDP_PORT))?;
        socket.local_addr()
    });
    source.map_or(GroupRoute::None, |address| GroupRoute::From(address.ip()))
}
