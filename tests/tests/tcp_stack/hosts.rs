//! Two hosts, the first of which listens.

use std::net::SocketAddr;
use std::time::Duration;

use embedded_nal::{TcpClientStack, TcpFullStack, nb};
use p2pm_fw::net::{Error, Socket};
use p2pm_tests::device::{self, ip};

pub(crate) const SOCKETS: usize = 8;
pub(crate) const PORT: u16 = 5460;
pub(crate) const SECOND: Duration = Duration::from_secs(1);

/// Hosts by number: 0 listens, 1 connects.
pub(crate) type Lan = device::Lan<SOCKETS, 2048>;

pub(crate) fn listening_address() -> SocketAddr {
    (ip(0), PORT).into()
}

/// Operations of both.
pub(crate) trait Hosts {
    fn listen(&mut self) -> Socket;
    fn connect(&mut self, socket: &mut Socket) -> Result<(), Error>;
    fn call(&mut self) -> Socket;
    fn accept(&mut self, listener: &mut Socket) -> Option<Socket>;
    fn close(&mut self, host: usize, socket: Socket);
    fn tell(&mut self, from: (usize, &mut Socket), to: (usize, &mut Socket), text: &[u8]);
    fn hear(&mut self, host: usize, socket: &mut Socket) -> nb::Result<Vec<u8>, Error>;
    fn free(&self) -> Vec<usize>;
}

impl Hosts for Lan {
    fn listen(&mut self) -> Socket {
        let stack = &mut self.stacks[0];
        let mut listener = stack.socket().unwrap();
        stack.bind(&mut listener, PORT).unwrap();
        stack.listen(&mut listener).unwrap();
        listener
    }

    fn connect(&mut self, socket: &mut Socket) -> Result<(), Error> {
        for _ in 0..1000 {
            match self.stacks[1].connect(socket, listening_address()) {
                Ok(()) => {
                    self.run_until_idle();
                    return Ok(());
                }
                Err(nb::Error::Other(error)) => return Err(error),
                Err(nb::Error::WouldBlock) => self.run_or_pass(),
            }
        }
        panic!("neither connected nor refused")
    }

    fn call(&mut self) -> Socket {
        let mut socket = self.stacks[1].socket().unwrap();
        self.connect(&mut socket).unwrap();
        socket
    }

    /// The next connection to be accepted.
    fn accept(&mut self, listener: &mut Socket) -> Option<Socket> {
        match self.stacks[0].accept(listener) {
            Ok((socket, _)) => Some(socket),
            Err(nb::Error::WouldBlock) => None,
            Err(nb::Error::Other(error)) => panic!("{error}"),
        }
    }

    fn close(&mut self, host: usize, socket: Socket) {
        self.stacks[host].close(socket).unwrap();
    }

    /// Sends a short text, and waits until it arrives.
    fn tell(&mut self, from: (usize, &mut Socket), to: (usize, &mut Socket), text: &[u8]) {
        assert_eq!(self.stacks[from.0].send(from.1, text), Ok(text.len()));
        for _ in 0..100 {
            self.run_or_pass();
            if let Ok(heard) = self.hear(to.0, to.1) {
                assert_eq!(heard, text);
                return;
            }
        }
        panic!("it never arrived")
    }

    /// Received bytes.
    fn hear(&mut self, host: usize, socket: &mut Socket) -> nb::Result<Vec<u8>, Error> {
        let mut into = [0; 4096];
        self.stacks[host].receive(socket, &mut into).map(|len| into[..len].to_vec())
    }

    /// Number of free sockets of each host.
    fn free(&self) -> Vec<usize> {
        self.stacks.iter().map(device::Stack::free_sockets).collect()
    }
}
