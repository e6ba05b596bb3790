//! The memory of a stack.

/// The bytes that so many sockets hold: `BUFFER` received and not yet read, and `BUFFER` to be sent, at most 65,535
/// each. What else smoltcp keeps of a socket is in the [`SocketStorage`](smoltcp::iface::SocketStorage) that goes
/// with it.
pub struct Memory<const SOCKETS: usize, const BUFFER: usize> {
    pub(super) buffers: [Buffers<BUFFER>; SOCKETS],
}

pub(super) struct Buffers<const BUFFER: usize> {
    pub(super) receive: [u8; BUFFER],
    pub(super) transmit: [u8; BUFFER],
}

impl<const SOCKETS: usize, const BUFFER: usize> Memory<SOCKETS, BUFFER> {
    /// Nothing in it yet.
    pub const EMPTY: Self = {
        // smoltcp 0.14 takes the window that it offered in its SYN for a scaled one. With a longer buffer that is
        // more than there is, and a peer that sends so much makes it panic.
        assert!(BUFFER <= u16::MAX as usize);
        Self { buffers: [const { Buffers { receive: [0; BUFFER], transmit: [0; BUFFER] } }; SOCKETS] }
    };
}
