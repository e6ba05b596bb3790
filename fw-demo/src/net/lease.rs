//! An address from a server (DHCP, RFC 2131).
//!
//! The times of a lease are a fifth of what the server says, as all of smoltcp's are: it is renewed earlier than it must be.

use smoltcp::iface::{SocketHandle, SocketSet};
use smoltcp::socket::dhcpv4::{Event, Socket};
use smoltcp::wire::{Ipv4Address, Ipv4Cidr};

/// The socket that asks for addresses.
pub(super) struct Lease(SocketHandle);

/// What a device has from the server now.
pub(super) struct Leased {
    pub(super) ip: Option<Ipv4Cidr>,
    pub(super) gateway: Option<Ipv4Address>,
}

impl Lease {
    /// Takes one socket of the set.
    pub(super) fn new(sockets: &mut SocketSet<'_>) -> Self {
        Self(sockets.add(Socket::new()))
    }

    /// What the device has if that has changed.
    pub(super) fn poll(&self, sockets: &mut SocketSet<'_>) -> Option<Leased> {
        match sockets.get_mut::<Socket<'_>>(self.0).poll()? {
            Event::Configured(config) => Some(Leased { ip: Some(config.address), gateway: config.router }),
            Event::Deconfigured => Some(Leased { ip: None, gateway: None }),
        }
    }
}
