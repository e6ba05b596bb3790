//! Network interfaces of this machine, and their addresses.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;

use nix::ifaddrs::{InterfaceAddress, getifaddrs};
use nix::net::if_::{InterfaceFlags, if_nameindex, if_nametoindex};
use nix::sys::socket::SockaddrStorage;

/// A network interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkInterface {
    /// Its number.
    pub index: NonZeroU32,
    /// Its name.
    pub name: String,
    /// Whether it leads to this machine alone.
    pub is_loopback: bool,
    /// Whether it is connected to its link.
    pub is_running: bool,
    /// Whether several machines can be on its link, and multicast reaches them.
    pub is_multicast: bool,
    /// Its addresses with the lengths of their prefixes in bits, in the system's order.
    pub addresses: Vec<(IpAddr, u8)>,
}

/// All interfaces that are up, in the system's order.
pub fn all() -> io::Result<Vec<NetworkInterface>> {
    let mut all: Vec<NetworkInterface> = Vec::new();
    for entry in getifaddrs()?.filter(|entry| entry.flags.contains(InterfaceFlags::IFF_UP)) {
        let position = all.iter().position(|it| it.name == entry.interface_name);
        let index = position.unwrap_or(all.len());
        if position.is_none() {
            // One without a number is gone since.
            all.extend(interface(&entry));
        }
        if let (Some(interface), Some(address)) = (all.get_mut(index), address(&entry)) {
            interface.addresses.push(address);
        }
    }
    Ok(all)
}

/// Names of all interfaces, also of those that are not up, in the system's order.
pub fn names() -> io::Result<Vec<String>> {
    let names = if_nameindex()?;
    Ok(names.iter().map(|interface| interface.name().to_string_lossy().into_owned()).collect())
}

/// Number of the interface of this name, also if it is not up.
pub fn index_of(name: &str) -> Option<NonZeroU32> {
    NonZeroU32::new(if_nametoindex(name).ok()?)
}

/// Name of the interface of this number, also if it is not up.
pub fn name_of(index: u32) -> Option<String> {
    let interfaces = if_nameindex().ok()?;
    let interface = interfaces.iter().find(|interface| interface.index() == index)?;
    Some(interface.name().to_string_lossy().into_owned())
}

/// Addresses of all interfaces that are up, in the system's order, except those without meaning to another
/// machine: loopback and IPv6 link-local ones.
pub fn addresses() -> io::Result<Vec<IpAddr>> {
    let interfaces = all()?.into_iter().filter(|interface| !interface.is_loopback);
    let addresses = interfaces.flat_map(|interface| interface.addresses).map(|(ip, _)| ip);
    Ok(addresses.filter(is_global).collect())
}

/// Where other machines reach a listener on every address of IPv4, or of both IPv4 and IPv6, in the system's order. None if it
/// listens on one address.
pub fn reached_at(listening: SocketAddr) -> io::Result<Vec<SocketAddr>> {
    let ip = listening.ip();
    if !ip.is_unspecified() {
        return Ok(Vec::new());
    }
    let addresses = addresses()?.into_iter().filter(|address| ip.is_ipv6() || address.is_ipv4());
    Ok(addresses.map(|address| SocketAddr::new(address, listening.port())).collect())
}

fn interface(entry: &InterfaceAddress) -> Option<NetworkInterface> {
    Some(NetworkInterface {
        index: index_of(&entry.interface_name)?,
        name: entry.interface_name.clone(),
        is_loopback: entry.flags.contains(InterfaceFlags::IFF_LOOPBACK),
        is_running: entry.flags.contains(InterfaceFlags::IFF_RUNNING),
        is_multicast: entry.flags.contains(InterfaceFlags::IFF_MULTICAST),
        addresses: Vec::new(),
    })
}

/// An address, and the length of its prefix, which is all of it unless the entry has a mask.
fn address(entry: &InterfaceAddress) -> Option<(IpAddr, u8)> {
    let address = ip(entry.address.as_ref()?)?;
    let prefix_len = match entry.netmask.as_ref().and_then(ip) {
        Some(IpAddr::V4(mask)) => mask.to_bits().leading_ones(),
        Some(IpAddr::V6(mask)) => mask.to_bits().leading_ones(),
        None => 128,
    };
    Some((address, u8::try_from(prefix_len).unwrap_or(u8::MAX)))
}

fn ip(address: &SockaddrStorage) -> Option<IpAddr> {
    let v4 = address.as_sockaddr_in().map(|address| IpAddr::V4(address.ip()));
    v4.or_else(|| address.as_sockaddr_in6().map(|address| IpAddr::V6(address.ip())))
}

fn is_global(ip: &IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => !ip.is_loopback(),
        IpAddr::V6(ip) => !ip.is_loopback() && !ip.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn loopback_has_its_address_and_prefix() {
        let all = all().unwrap();
        let loopback = all.iter().find(|interface| interface.is_loopback).unwrap();
        assert!(loopback.addresses.contains(&(Ipv4Addr::LOCALHOST.into(), 8)), "{loopback:?}");
        assert!(names().unwrap().contains(&loopback.name));
        assert!(!addresses().unwrap().contains(&Ipv4Addr::LOCALHOST.into()));
    }
}
