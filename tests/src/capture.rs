//! Packet capture on the network of a namespace, with reassembly of TCP connections.

use std::io::{self, ErrorKind, Read};
use std::net::{IpAddr, SocketAddr};
use std::os::fd::AsFd;
use std::time::Instant;

use p2pm_core::wire::MAGIC;
use p2pm_host::wait::Waiter;
use smoltcp::wire::{IpProtocol, Ipv4Packet, TcpPacket};
use socket2::{Domain, Protocol, Socket, Type};

use crate::namespace::Namespace;
use crate::pty::DEADLINE;

/// `ETH_P_IP` of `packet(7)`, in network order. A loopback interface shows each packet once as received.
const IP: u16 = 0x0800_u16.to_be();
/// Longest packet.
const PACKET_MAX: usize = 65_535;
/// Larger than what a test sends between two reads.
const BUFFER: usize = 16 << 20;

/// One direction of a connection.
#[derive(Debug)]
pub struct Way {
    /// Source.
    pub from: SocketAddr,
    /// Destination.
    pub to: SocketAddr,
    /// The bytes, reassembled.
    pub bytes: Vec<u8>,
    /// Length of each packet with payload.
    pub packets: Vec<usize>,
    /// Whether FIN or RST was sent.
    pub is_over: bool,
    /// Sequence number of the first byte.
    start: i32,
}

/// A capture of everything that Linux receives on any interface of a namespace.
#[derive(Debug)]
pub struct Capture {
    socket: Socket,
    ways: Vec<Way>,
}

impl Capture {
    /// Starts a capture.
    ///
    /// # Errors
    ///
    /// An error of the system. It requires root.
    pub fn start(network: &Namespace) -> io::Result<Self> {
        network.run(|| {
            let socket = Socket::new(Domain::PACKET, Type::DGRAM, Some(Protocol::from(i32::from(IP))))?;
            socket.set_nonblocking(true)?;
            rustix::net::sockopt::set_socket_recv_buffer_size_force(&socket, BUFFER)?;
            Ok(Self { socket, ways: Vec::new() })
        })
    }

    /// Waits until the capture satisfies `enough`.
    ///
    /// # Panics
    ///
    /// If it never does, or a packet was missed.
    #[track_caller]
    pub fn wait_for(&mut self, enough: impl Fn(&[Way]) -> bool) {
        let deadline = Instant::now() + DEADLINE + DEADLINE;
        loop {
            self.read();
            if enough(&self.ways) {
                return;
            }
            let mut waiter = Waiter::new();
            waiter.read(self.socket.as_fd());
            let ready = waiter.wait(Some(deadline.saturating_duration_since(Instant::now())));
            assert!(
                !ready.expect("poll").is_empty(),
                "what was to be recorded was not: {:?}",
                self.lengths()
            );
        }
    }

    /// The captured connections.
    pub fn finish(mut self) -> Vec<Way> {
        self.read();
        self.ways
    }

    /// Reads the packets captured meanwhile.
    fn read(&mut self) {
        let mut packet = vec![0; PACKET_MAX];
        loop {
            match (&self.socket).read(&mut packet) {
                Ok(len) => self.take(&packet[..len]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(error) => panic!("the capture: {error}"),
            }
        }
    }

    fn take(&mut self, packet: &[u8]) {
        let ip = Ipv4Packet::new_checked(packet).expect("a packet of IPv4");
        if ip.next_header() != IpProtocol::Tcp {
            return;
        }
        let tcp = TcpPacket::new_checked(ip.payload()).expect("a segment of TCP");
        let [from, to] = [(ip.src_addr(), tcp.src_port()), (ip.dst_addr(), tcp.dst_port())]
            .map(|(ip, port)| SocketAddr::new(IpAddr::V4(ip), port));
        if tcp.syn() {
            let start = (tcp.seq_number() + 1).0;
            self.ways.push(Way { from, to, bytes: Vec::new(), packets: Vec::new(), is_over: false, start });
            return;
        }
        for way in &mut self.ways {
            if (way.from, way.to) == (from, to) {
                way.is_over |= tcp.fin() || tcp.rst();
                way.append(tcp.seq_number().0, tcp.payload());
            } else if (way.to, way.from) == (from, to) {
                way.is_over |= tcp.rst();
            }
        }
    }

    fn lengths(&self) -> Vec<(SocketAddr, usize)> {
        self.ways.iter().map(|way| (way.to, way.bytes.len())).collect()
    }
}

impl Way {
    fn append(&mut self, sequence: i32, payload: &[u8]) {
        if payload.is_empty() {
            return;
        }
        let at = usize::try_from(sequence.wrapping_sub(self.start)).expect("bytes after the first");
        let known = self.bytes.len().checked_sub(at).expect("no packet is missed");
        self.packets.push(payload.len());
        self.bytes.extend(payload.get(known..).unwrap_or_default());
    }
}

/// Number of occurrences, ignoring case.
pub fn count(bytes: &[u8], what: &[u8]) -> usize {
    bytes.windows(what.len()).filter(|window| window.eq_ignore_ascii_case(what)).count()
}

/// These bytes as the xor suite hides them, or what it has hidden.
pub fn xored(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().map(|byte| byte ^ b'A').collect()
}

/// Whether neither a header nor padding is recognisable; padding is most of a `Close`, a `KeepAlive` or a
/// short text. Random bytes hold four of each value on average; thirty-two of one are less likely than a
/// hardware failure.
pub fn looks_random(frame: &[u8]) -> bool {
    let mut times = [0; 256];
    for byte in frame {
        times[usize::from(*byte)] += 1;
    }
    !frame.starts_with(&MAGIC) && !xored(frame).starts_with(&MAGIC) && times.iter().all(|times| *times < 32)
}
