//! Memory of UDP.

use core::net::{Ipv4Addr, SocketAddrV4};

use smoltcp::storage::PacketMetadata;

use super::senders::Sender;

/// Share of one datagram in the buffer, in bytes: an announcement is shorter.
const SHARE: usize = 512;

/// From where a datagram has come, and to whom.
pub(super) type Ends = (SocketAddrV4, Ipv4Addr);

/// Memory for `DATAGRAMS` that were received, of 512 bytes on average, and for the hardware addresses of `SENDERS` hosts
/// that are to be answered. The longest datagram that is received takes three shares, [`DATAGRAM_BUFFER_LEN`].
///
/// [`DATAGRAM_BUFFER_LEN`]: p2pm_core::limits::DATAGRAM_BUFFER_LEN
pub struct UdpMemory<const DATAGRAMS: usize, const SENDERS: usize> {
    pub(super) payloads: [[u8; SHARE]; DATAGRAMS],
    pub(super) headers: [PacketMetadata<Ends>; DATAGRAMS],
    pub(super) senders: [Sender; SENDERS],
}

impl<const DATAGRAMS: usize, const SENDERS: usize> UdpMemory<DATAGRAMS, SENDERS> {
    /// Empty memory. It is all zeroes, so that an image need not contain it.
    pub const EMPTY: Self = Self {
        payloads: [[0; SHARE]; DATAGRAMS],
        headers: [const { PacketMetadata::EMPTY }; DATAGRAMS],
        senders: [Sender::NOBODY; SENDERS],
    };
}
