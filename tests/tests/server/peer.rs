//! A scripted client, frame by frame.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use p2pm_core::limits::RANDOM_LEN;
use p2pm_core::suite::{Protection, Suite, Xor};
use p2pm_core::wire::{Close, CommunityMessage, EMPTY_FRAME, Frame, Hello, Message, Service};
use p2pm_tests::loopback::connect_from;

pub(crate) const PASSWORD: &[u8] = b"password";
/// Time limit for everything that is expected to happen.
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);

pub(crate) struct Peer {
    pub(crate) stream: TcpStream,
    /// Whether frames after the Hellos are encrypted with xor.
    xor: bool,
    frame: Frame,
}

impl Peer {
    pub(crate) fn connect(server: SocketAddr) -> Self {
        Self::over(TcpStream::connect(server).unwrap())
    }

    /// Connects from another address of this machine.
    pub(crate) fn connect_from(address: Ipv4Addr, server: SocketAddr) -> Self {
        Self::over(connect_from(address, server, DEADLINE).unwrap())
    }

    fn over(stream: TcpStream) -> Self {
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        stream.set_write_timeout(Some(DEADLINE)).unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, xor: false, frame: EMPTY_FRAME }
    }

    /// Connects and authenticates.
    pub(crate) fn enter(server: SocketAddr) -> Self {
        let mut peer = Self::connect(server);
        assert_eq!(peer.authenticate(PASSWORD), Message::Welcome(&[]));
        peer
    }

    /// Connects, authenticates and joins.
    pub(crate) fn join(server: SocketAddr, name: &str) -> Self {
        let mut peer = Self::enter(server);
        assert!(
            matches!(peer.ask_to_join(name), Message::Community(CommunityMessage::Joined { .. })),
            "{name}"
        );
        peer
    }

    /// Sends Hello and the password, and returns the answer.
    #[track_caller]
    pub(crate) fn authenticate(&mut self, password: &[u8]) -> Message<'_> {
        assert!(matches!(self.greet(), Message::Hello(_)));
        self.prove(password)
    }

    /// Sends Hello, and returns the answer.
    #[track_caller]
    pub(crate) fn greet(&mut self) -> Message<'_> {
        self.send(&hello());
        self.receive()
    }

    /// After the Hellos sends the password, and returns the answer.
    #[track_caller]
    pub(crate) fn prove(&mut self, password: &[u8]) -> Message<'_> {
        self.xor = true;
        self.send(&Message::Credentials(password));
        self.receive()
    }

    pub(crate) fn ask_to_join(&mut self, name: &str) -> Message<'_> {
        self.send(&Message::Community(CommunityMessage::Join {
            name: name.parse().unwrap(),
            port: 5806.try_into().unwrap(),
        }));
        self.receive()
    }

    /// Names on the list, sorted.
    pub(crate) fn list(&mut self) -> Vec<String> {
        self.send(&Message::Community(CommunityMessage::List));
        let mut names = Vec::new();
        loop {
            let Message::Community(CommunityMessage::ListPage(page)) = self.receive() else {
                panic!("not a page")
            };
            names.extend(page.users.map(|user| user.name.to_string()));
            if page.last {
                names.sort();
                return names;
            }
        }
    }

    pub(crate) fn send(&mut self, message: &Message<'_>) {
        let frame = self.sealed(message);
        self.stream.write_all(&frame).unwrap();
    }

    /// The message as sent in the present state.
    pub(crate) fn sealed(&self, message: &Message<'_>) -> Frame {
        let mut frame = EMPTY_FRAME;
        message.emit(&mut frame);
        if self.xor {
            Xor.seal(&mut frame);
        }
        frame
    }

    /// The next message other than a keepalive.
    #[track_caller]
    pub(crate) fn receive(&mut self) -> Message<'_> {
        loop {
            self.stream.read_exact(&mut self.frame).unwrap();
            if self.xor {
                Xor.open(&mut self.frame).unwrap();
            }
            if Message::parse(&self.frame) != Ok(Message::KeepAlive) {
                return Message::parse(&self.frame).unwrap();
            }
        }
    }

    /// Checks that the server sends this reason, and hangs up.
    #[track_caller]
    pub(crate) fn expect_close(&mut self, reason: Close) {
        assert_eq!(self.receive(), Message::Close(reason));
        let rest = self.stream.read(&mut [0]);
        assert!(is_over(&rest), "{rest:?}");
    }
}

/// A client's first message.
pub(crate) fn hello() -> Message<'static> {
    Message::Hello(Hello::new(Xor::ID, Service::Community, [7; RANDOM_LEN]))
}

fn is_over(read: &io::Result<usize>) -> bool {
    match read {
        Ok(len) => *len == 0,
        Err(e) => e.kind() == ErrorKind::ConnectionReset,
    }
}
