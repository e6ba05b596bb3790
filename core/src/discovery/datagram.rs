//! Datagrams as a stack sends and receives them, and as they are heard.

use core::net::SocketAddr;

use super::interface::InterfaceId;
use super::message::Message;

/// How a datagram was addressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Reach {
    /// To this host alone.
    Unicast,
    /// To a multicast group.
    Group,
    /// To all hosts of the subnet.
    Broadcast,
}

/// Local port of a datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum LocalPort {
    /// [`SSDP_PORT`](crate::limits::SSDP_PORT), which all programs with SSDP on a host share.
    Shared,
    /// A port of the interface's searching socket, which nobody else has: answers to searches come there.
    Searching,
    /// [`BROADCAST_PORT`](crate::limits::BROADCAST_PORT), which all nodes of a host share.
    Broadcast,
}

/// Where a datagram has come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// The interface on which it came.
    pub interface: InterfaceId,
    /// Its source; an IPv6 scope is ignored, since the interface is known.
    pub from: SocketAddr,
    /// How it was addressed.
    pub reach: Reach,
}

/// A datagram that was heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heard<'d> {
    /// What it says.
    pub message: Message<'d>,
    /// Whether we have sent it ourselves. Then nothing else comes of it.
    pub is_ours: bool,
    /// Whether it is of this host: ours, or another program's. It says nothing about the way to others.
    pub is_of_host: bool,
}

/// Why a datagram was not heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Unheard {
    /// The interface is not one that was handed in.
    Interface,
    /// The source is no host on the link of the interface.
    OffLink,
    /// It is no message of SSDP.
    Malformed,
}

/// Where to send a datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// The interface to send it on.
    pub interface: InterfaceId,
    /// The port to send it from.
    pub port: LocalPort,
    /// Its destination, without an IPv6 scope: that is the interface.
    pub to: SocketAddr,
    /// Its length in bytes.
    pub len: usize,
}
