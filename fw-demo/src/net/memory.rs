//! Memory of a stack.

/// Buffers of all sockets: each has `BUFFER` bytes for received data and `BUFFER` for data to be sent, at
/// most 65,535 each. The rest of a socket is in the [`SocketStorage`](smoltcp::iface::SocketStorage).
pub struct Memory<const SOCKETS: usize, const BUFFER: usize> {
    pub(super) buffers: [Buffers<BUFFER>; SOCKETS],
}

pub(super) struct Buffers<const BUFFER: usize> {
    pub(super) receive: [u8; BUFFER],
    pub(super) transmit: [u8; BUFFER],
}

impl<const SOCKETS: usize, const BUFFER: usize> Memory<SOCKETS, BUFFER> {
    /// Zeroed memory.
    pub const EMPTY: Self = {
        // smoltcp 0.14 takes the window that it offered in its SYN for a scaled one. With a longer buffer
        // that exceeds the real window, and a peer that uses it makes smoltcp panic.
        assert!(BUFFER <= u16::MAX as usize);
        Self { buffers: [const { Buffers { receive: [0; BUFFER], transmit: [0; BUFFER] } }; SOCKETS] }
    };
}
