//! Which interfaces are served, and with which of their addresses.

use std::io;
use std::net::{IpAddr, Ipv6Addr, SocketAddrV6, UdpSocket};
use std::num::NonZeroU32;

use p2pm_core::discovery::{Interface, InterfaceId};
use p2pm_posix::interfaces::{self as system, NetworkInterface};

/// Which interfaces are served.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Choice {
    /// All on which there can be others.
    #[default]
    All,
    /// Those with these names, once they are there.
    Named(Vec<String>),
}

/// An interface that is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Listed {
    pub(super) id: InterfaceId,
    pub(super) name: String,
    pub(super) addresses: Interface,
}

impl Choice {
    /// Those with these names; all if there are none.
    pub fn of(names: &[String]) -> Self {
        if names.is_empty() { Self::All } else { Self::Named(names.to_vec()) }
    }

    /// What to tell a user who has named interfaces that are not there, among them perhaps one that will come: `None` if there
    /// are none.
    pub fn warning(&self) -> io::Result<Option<String>> {
        match self {
            Self::All => Ok(None),
            Self::Named(names) => Ok(missing(names, &system::names()?)),
        }
    }

    fn has(&self, interface: &NetworkInterface) -> bool {
        let is_chosen = match self {
            Self::All => interface.is_multicast && !interface.is_loopback,
            Self::Named(names) => names.contains(&interface.name),
        };
        // Once a cable is plugged in again, there may be others at its end.
        is_chosen && interface.is_running
    }
}

/// Names the interfaces that were named and are not there, and those that are.
fn missing(named: &[String], all: &[String]) -> Option<String> {
    let missing: Vec<_> = named.iter().filter(|name| !all.contains(name)).map(String::as_str).collect();
    let (missing, all) = (missing.join(", "), all.join(", "));
    (!missing.is_empty())
        .then(|| format!("no network interface is called {missing} so far; there are: {all}"))
}

/// The chosen ones of all interfaces that have an address.
pub(super) fn chosen(choice: &Choice, all: &[NetworkInterface]) -> Vec<Listed> {
    let chosen = all.iter().filter(|interface| choice.has(interface));
    let listed = chosen.map(|NetworkInterface { index, name, addresses, .. }| Listed {
        id: InterfaceId(*index),
        name: name.clone(),
        addresses: addresses_of(*index, addresses),
    });
    listed.filter(|it| it.addresses != Interface::default()).collect()
}

/// The addresses that can be used already.
fn addresses_of(index: NonZeroU32, addresses: &[(IpAddr, u8)]) -> Interface {
    let is_usable = |ip: IpAddr| match ip {
        IpAddr::V4(_) => true,
        IpAddr::V6(ip) => can_be_bound(ip, index),
    };
    Interface::of_addresses(addresses.iter().copied().filter(|(ip, _)| is_usable(*ip)))
}

/// Whether the system lets an address be used, which it does once it is sure that nobody else has it (RFC 4862 §5.4).
fn can_be_bound(ip: Ipv6Addr, index: NonZeroU32) -> bool {
    let scope = if ip.is_unicast_link_local() { index.get() } else { 0 };
    UdpSocket::bind(SocketAddrV6::new(ip, 0, 0, scope)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interfaces_that_are_not_there_are_named() {
        let all = ["lo", "lan"].map(String::from);
        let missing =
            |named: &[&str]| missing(&named.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>(), &all);
        assert_eq!(missing(&["lan", "lo"]), None);
        let expected = "no network interface is called wifi, dock so far; there are: lo, lan";
        assert_eq!(missing(&["wifi", "lan", "dock"]).as_deref(), Some(expected));
        assert_eq!(Choice::All.warning().unwrap(), None);
    }
}
