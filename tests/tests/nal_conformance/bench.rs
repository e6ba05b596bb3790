//! Test bench for a stack.

use std::fmt::Debug;
use std::net::{IpAddr, SocketAddr};

use embedded_nal::{TcpClientStack, TcpFullStack, nb};

/// Two hosts with a stack each, and the network between them.
pub(crate) trait Bench: Sized {
    type Stack: TcpFullStack<TcpSocket: Sized, Error: Debug>;

    fn new() -> Self;

    fn stack(&mut self, host: Host) -> &mut Self::Stack;

    /// Address of the listening host.
    fn listening_ip() -> IpAddr;

    /// Address of the connecting host.
    fn calling_ip() -> IpAddr;

    fn local_port(listener: &SocketOf<Self>) -> u16;

    /// Lets packets cross, or a little time pass.
    fn pass(&mut self);

    /// Resets a connection without sending anything before.
    fn reset(&mut self, host: Host, socket: SocketOf<Self>);

    /// Runs a case of this name in an environment with few sockets, which no other test uses.
    fn with_few_sockets(case: &str, play: fn());
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Host {
    Listening,
    Calling,
}

pub(crate) type SocketOf<B> = <<B as Bench>::Stack as TcpClientStack>::TcpSocket;
pub(crate) type ErrorOf<B> = <<B as Bench>::Stack as TcpClientStack>::Error;

/// Most passes without an effect.
const PATIENCE: usize = 20_000;

/// Passes until everything in flight has arrived.
const A_WHILE: usize = 50;

/// Operations of both hosts.
pub(crate) trait Operations: Bench {
    /// Repeats an operation until it no longer blocks.
    fn until<R>(
        &mut self,
        mut operation: impl FnMut(&mut Self) -> nb::Result<R, ErrorOf<Self>>,
    ) -> Result<R, ErrorOf<Self>> {
        for _ in 0..PATIENCE {
            match operation(self) {
                Err(nb::Error::WouldBlock) => self.pass(),
                Err(nb::Error::Other(error)) => return Err(error),
                Ok(result) => return Ok(result),
            }
        }
        panic!("it never happened")
    }

    fn a_while(&mut self) {
        (0..A_WHILE).for_each(|_| self.pass());
    }

    fn listen(&mut self) -> (SocketOf<Self>, SocketAddr) {
        let stack = self.stack(Host::Listening);
        let mut listener = stack.socket().expect("a socket");
        stack.bind(&mut listener, 0).expect("a port");
        stack.listen(&mut listener).expect("nobody else listens");
        let port = Self::local_port(&listener);
        assert_ne!(port, 0);
        (listener, SocketAddr::new(Self::listening_ip(), port))
    }

    fn connect(&mut self, socket: &mut SocketOf<Self>, to: SocketAddr) -> Result<(), ErrorOf<Self>> {
        self.until(|bench| bench.stack(Host::Calling).connect(socket, to))
    }

    fn call(&mut self, to: SocketAddr) -> SocketOf<Self> {
        let mut socket = self.stack(Host::Calling).socket().expect("a socket");
        self.connect(&mut socket, to).expect("somebody listens");
        socket
    }

    fn accept(&mut self, listener: &mut SocketOf<Self>) -> (SocketOf<Self>, SocketAddr) {
        self.until(|bench| bench.stack(Host::Listening).accept(listener)).expect("a caller")
    }

    /// A connection, the caller's end first, and the listener.
    fn connection(&mut self) -> [SocketOf<Self>; 3] {
        let (mut listener, address) = self.listen();
        let caller = self.call(address);
        let (answerer, _) = self.accept(&mut listener);
        [caller, answerer, listener]
    }

    fn try_send(
        &mut self,
        host: Host,
        socket: &mut SocketOf<Self>,
        bytes: &[u8],
    ) -> nb::Result<usize, ErrorOf<Self>> {
        self.stack(host).send(socket, bytes)
    }

    fn try_receive(
        &mut self,
        host: Host,
        socket: &mut SocketOf<Self>,
        into: &mut [u8],
    ) -> nb::Result<usize, ErrorOf<Self>> {
        self.stack(host).receive(socket, into)
    }

    /// Sends few bytes, for which there is room.
    fn send(&mut self, host: Host, socket: &mut SocketOf<Self>, bytes: &[u8]) {
        assert_eq!(self.try_send(host, socket, bytes).expect("room"), bytes.len());
    }

    /// Receives up to `len` bytes at once; none at the end.
    fn receive(
        &mut self,
        host: Host,
        socket: &mut SocketOf<Self>,
        len: usize,
    ) -> Result<Vec<u8>, ErrorOf<Self>> {
        let mut into = vec![0; len];
        let len = self.until(|bench| bench.try_receive(host, socket, &mut into))?;
        into.truncate(len);
        Ok(into)
    }

    /// Receives bytes before the end.
    fn receive_some(&mut self, host: Host, socket: &mut SocketOf<Self>, len: usize) -> Vec<u8> {
        let bytes = self.receive(host, socket, len).expect("no reset");
        assert!(!bytes.is_empty(), "it is not the end");
        bytes
    }

    /// Receives everything up to the end.
    fn receive_all(&mut self, host: Host, socket: &mut SocketOf<Self>) -> Vec<u8> {
        let mut all = Vec::new();
        loop {
            match self.receive(host, socket, 1000).expect("no reset") {
                bytes if bytes.is_empty() => return all,
                bytes => all.extend(bytes),
            }
        }
    }

    fn close(&mut self, host: Host, socket: SocketOf<Self>) {
        self.stack(host).close(socket).expect("it closes");
    }
}

impl<B: Bench> Operations for B {}
