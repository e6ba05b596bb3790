//! Real IPv6 addresses: a listener treats each /64 as one network.
//!
//! Requires a network namespace, and so root.

use std::io::Read;
use std::net::{Ipv6Addr, SocketAddr, TcpStream};

use p2pm_core::limits::{FREE_GUESSES, HALF_OPEN_MAX};
use p2pm_core::suite::{Protection, Xor};
use p2pm_core::wire::{Close, EMPTY_FRAME, Message, Service};
use p2pm_tests::loopback::connect_from;
use p2pm_tests::namespace::Namespace;
use p2pm_tests::pty::{DEADLINE, Terminal};

use crate::cast::{KATIES_PASSWORD, Machine, SERVER_PASSWORD};
use crate::siege::{ask, greet, start};

/// Addresses in each /64: more than may be half open.
const HOSTS: u16 = 70;

/// An address in one of several /64s.
fn host(network: u16, host: u16) -> Ipv6Addr {
    Ipv6Addr::new(0x2001, 0xdb8, 0, network, 0, 0, 0, host)
}

/// A network with several /64s; `None` if that is not possible here.
fn networks() -> Option<Namespace> {
    let namespace = Namespace::for_test()?;
    let addresses = (1..=3).flat_map(|network| (1..=HOSTS).map(move |number| host(network, number)));
    namespace.add_ipv6("lo", addresses).expect("a kernel with IPv6");
    Some(namespace)
}

/// Both listening programs, each with its port and password.
fn listeners(network: &Namespace) -> [(Terminal, Target); 2] {
    let machine = || Machine::on(network).with_suite("xor");
    let (server, server_port) =
        start(&machine(), "communityserver", &["--listen", "[::]:0"], SERVER_PASSWORD, "listening on [::]:");
    let (node, node_port) =
        start(&machine(), "nodeServer", &["--port", "0", "--free"], KATIES_PASSWORD, "bind completed: port ");
    [
        (server, Target { port: server_port, service: Service::Community, password: SERVER_PASSWORD }),
        (node, Target { port: node_port, service: Service::Chat, password: KATIES_PASSWORD }),
    ]
}

/// A listener and how to authenticate to it.
#[derive(Clone, Copy)]
struct Target {
    port: u16,
    service: Service,
    password: &'static str,
}

impl Target {
    fn connect(self, from: Ipv6Addr) -> TcpStream {
        let to = SocketAddr::from((host(3, 1), self.port));
        let stream = connect_from(from, to, DEADLINE).unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        stream
    }

    /// The `Close` that answers a guess from this address, at the Hello or at the password; `None` if the
    /// password is right, and read.
    fn guess(self, from: Ipv6Addr, password: &str) -> Option<Close> {
        let mut stream = self.connect(from);
        let mut answer = greet(&mut stream, self.service);
        if let Ok(Message::Hello(_)) = Message::parse(&answer) {
            answer = ask(&mut stream, &Message::Credentials(password.as_bytes()));
        }
        match Message::parse(&answer) {
            Ok(Message::Close(close)) => Some(close),
            Ok(Message::Welcome(_)) => None,
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn guesses_are_counted_for_a_64_whatever_the_address() {
    let Some(network) = networks() else { return };
    for (mut program, target) in listeners(&network) {
        network.run(|| {
            for number in (1_u16..).take(usize::try_from(FREE_GUESSES).unwrap()) {
                assert_eq!(target.guess(host(1, number), "guess"), Some(Close::WrongPassword));
            }
            // An address that has not guessed, with the right password.
            let wait = target.guess(host(1, HOSTS), target.password);
            assert!(matches!(wait, Some(Close::TooManyGuesses { seconds: 1..=10 })), "{wait:?}");
            assert_eq!(target.guess(host(2, 1), target.password), None, "another /64");
        });
        program.expect(&format!("{}: too many wrong passwords: wait ", host(1, HOSTS)));
    }
}

#[test]
fn a_64_that_floods_pushes_out_its_own_connections_whatever_their_addresses() {
    let Some(network) = networks() else { return };
    for (_program, target) in listeners(&network) {
        network.run(|| {
            // The oldest connection, alone in its /64: if addresses were counted, it would be the first to be
            // evicted.
            let mut honest = target.connect(host(2, 1));
            let hello = greet(&mut honest, target.service);
            assert!(matches!(Message::parse(&hello), Ok(Message::Hello(_))));
            let mut flood: Vec<_> = (1_u16..)
                .take(HALF_OPEN_MAX)
                .map(|number| {
                    let mut stream = target.connect(host(1, number));
                    // It is half open once it is answered.
                    let hello = greet(&mut stream, target.service);
                    assert!(matches!(Message::parse(&hello), Ok(Message::Hello(_))));
                    stream
                })
                .collect();
            let mut answer = EMPTY_FRAME;
            flood[0].read_exact(&mut answer).unwrap();
            Xor.open(&mut answer).unwrap();
            assert_eq!(Message::parse(&answer), Ok(Message::Close(Close::Full)));
            let welcome = ask(&mut honest, &Message::Credentials(target.password.as_bytes()));
            assert_eq!(Message::parse(&welcome), Ok(Message::Welcome(&[])));
        });
    }
}
