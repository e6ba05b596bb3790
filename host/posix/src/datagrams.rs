//! Datagrams with the address that they were sent to (ip(7), `IP_PKTINFO`).

use std::io::{self, IoSliceMut};
use std::net::SocketAddr;
use std::os::fd::{AsFd, AsRawFd};

use nix::cmsg_space;
use nix::libc::in_pktinfo;
use nix::sys::socket::{ControlMessageOwned, MsgFlags, SockaddrIn, recvmsg, setsockopt, sockopt};

/// A datagram that was received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Received {
    /// Its length in bytes, as far as it fits.
    pub len: usize,
    /// Its source.
    pub from: SocketAddr,
    /// Whether it was sent to an address of this host, and to no other one.
    pub is_unicast: bool,
}

/// Has the system tell where each datagram was sent to that comes to this socket of IPv4.
pub fn tell_destinations(socket: &impl AsFd) -> io::Result<()> {
    Ok(setsockopt(&socket.as_fd(), sockopt::Ipv4PacketInfo, &true)?)
}

/// Receives a datagram from a socket of IPv4 that [tells destinations](tell_destinations).
pub fn receive(socket: &impl AsFd, into: &mut [u8]) -> io::Result<Received> {
    let mut control = cmsg_space!(in_pktinfo);
    let mut into = [IoSliceMut::new(into)];
    let message =
        recvmsg::<SockaddrIn>(socket.as_fd().as_raw_fd(), &mut into, Some(&mut control), MsgFlags::empty())?;
    let from = message.address.ok_or(io::ErrorKind::InvalidData)?;
    // What is for several hosts has another local address than the destination.
    let is_unicast = message.cmsgs()?.any(|it| match it {
        ControlMessageOwned::Ipv4PacketInfo(told) => told.ipi_addr.s_addr == told.ipi_spec_dst.s_addr,
        _ => false,
    });
    Ok(Received { len: message.bytes, from: SocketAddr::V4(from.into()), is_unicast })
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, UdpSocket};

    use super::*;

    #[test]
    fn what_is_for_one_host_is_told_from_a_broadcast() {
        let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).unwrap();
        tell_destinations(&socket).unwrap();
        let port = socket.local_addr().unwrap().port();
        let sender = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        sender.set_broadcast(true).unwrap();
        let received = |to: [u8; 4], text: &[u8]| {
            sender.send_to(text, (Ipv4Addr::from(to), port)).unwrap();
            let mut buffer = [0; 3];
            let Received { len, from, is_unicast } = receive(&socket, &mut buffer).unwrap();
            assert_eq!((&buffer[..len], from), (&text[..len], sender.local_addr().unwrap()));
            (len, is_unicast)
        };
        assert_eq!(received([127, 0, 0, 1], b"one"), (3, true));
        assert_eq!(received([127, 0, 0, 2], b"an"), (2, true), "another address of this host");
        assert_eq!(received([127, 255, 255, 255], b"longer"), (3, false));
    }
}
