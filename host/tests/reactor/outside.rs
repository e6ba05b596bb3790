//! Outgoing connections, datagrams and commands.

use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::sync::mpsc::TrySendError;
use std::thread;
use std::time::Duration;

use socket2::{Domain, Socket, Type};

use crate::deaf::deaf;
use crate::toy::{COMMANDS, LONG, LONGEST, Told, Toy};

const LOCALHOST: (Ipv4Addr, u16) = (Ipv4Addr::LOCALHOST, 0);

fn socket() -> (Socket, SocketAddr) {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.bind(&SocketAddr::from(LOCALHOST).into()).unwrap();
    let address = socket.local_addr().unwrap().as_socket().unwrap();
    (socket, address)
}

fn dialed(told: &[Told]) -> Option<&Result<SocketAddr, String>> {
    told.iter().find_map(|told| if let Told::Dialed(result) = told { Some(result) } else { None })
}

#[test]
fn a_dial_goes_on_to_the_next_address_and_turns_into_a_connection() {
    // Bound, so that no other process takes the port, but not listening.
    let (_closed, refusing) = socket();
    let listener = TcpListener::bind(LOCALHOST).unwrap();
    let answering = listener.local_addr().unwrap();
    let mut toy = Toy::new();
    let key = toy.dial(&[refusing, answering], LONG);
    let told = toy.run_until(|told| dialed(told).is_some());
    assert_eq!(dialed(&told), Some(&Ok(answering)));
    let (mut peer, _) = listener.accept().unwrap();
    peer.write_all(b"x").unwrap();
    toy.run_until(|told| told.contains(&Told::Byte(b'x')));
    assert!(toy.reactor.get(key).is_some(), "it is still the same to the tenant");
}

#[test]
fn a_dial_that_is_refused_says_so_of_every_address() {
    let [(_one, first), (_two, second)] = [socket(), socket()];
    let mut toy = Toy::new();
    toy.dial(&[first, second], LONG);
    let told = toy.run_until(|told| dialed(told).is_some());
    let Some(Err(reason)) = dialed(&told) else { panic!("{told:?}") };
    for address in [first, second] {
        assert!(reason.contains(&format!("{address}: Connection refused")), "{reason}");
    }
}

#[test]
fn a_dial_ends_at_its_deadline() {
    let (_sockets, silent) = deaf();
    let mut toy = Toy::new();
    let deadline = toy.reactor.now() + Duration::from_millis(50);
    toy.dial(&[silent], Duration::from_millis(50));
    let told = toy.run_until(|told| dialed(told).is_some());
    assert_eq!(dialed(&told), Some(&Err(format!("{silent}: no answer"))));
    assert!(toy.reactor.now() >= deadline);
}

#[test]
fn a_dial_blocks_no_connection() {
    let (_sockets, silent) = deaf();
    let mut toy = Toy::new();
    let dial = toy.dial(&[silent], LONG * 2);
    let (_, mut peer) = toy.connect(None);
    peer.write_all(b"x").unwrap();
    let told = toy.run_until(|told| told.contains(&Told::Byte(b'x')));
    assert_eq!(dialed(&told), None);
    assert!(toy.reactor.get(dial).is_some());
}

#[test]
fn a_command_from_another_thread_wakes_the_loop() {
    let mut toy = Toy::new();
    let [one, two] = [(); 2].map(|()| toy.commander.clone());
    let [one, two] = [(one, 1), (two, 2)]
        .map(|(commander, number)| thread::spawn(move || commander.send(number).unwrap()));
    toy.run_until(|told| told.contains(&Told::Command(1)) && told.contains(&Told::Command(2)));
    one.join().unwrap();
    two.join().unwrap();
}

#[test]
fn the_command_queue_is_bounded_and_loses_nothing() {
    let mut toy = Toy::new();
    let numbers = 0..u32::try_from(COMMANDS).unwrap();
    for number in numbers.clone() {
        toy.commander.send(number).unwrap();
    }
    assert!(matches!(toy.commander.send(99), Err(TrySendError::Full(99))));
    let told = toy.run_until(|told| told.len() == COMMANDS);
    assert!(told.into_iter().eq(numbers.map(Told::Command)));
    let commander = toy.commander.clone();
    drop(toy);
    assert!(matches!(commander.send(99), Err(TrySendError::Disconnected(99))));
}

#[test]
fn datagrams_come_whole_and_go_without_waiting() {
    let mut toy = Toy::new();
    let address = toy.datagrams.local_addr().unwrap();
    let other = UdpSocket::bind(LOCALHOST).unwrap();
    other.set_read_timeout(Some(LONG)).unwrap();
    let from = other.local_addr().unwrap();
    // More than are taken at a time, an empty one, and one that is too long.
    let sent = [&b"one"[..], b"two", b"", b"four", &[7; LONGEST + 1], b"six", b"seven"];
    for datagram in sent {
        other.send_to(datagram, address).unwrap();
    }
    let told = toy.run_until(move |told| told.len() == sent.len());
    let cut = sent.map(|datagram| Told::Datagram(datagram[..datagram.len().min(LONGEST)].to_vec(), from));
    assert_eq!(told, cut);

    toy.datagrams.send(b"answer", from).unwrap();
    let mut buffer = [0; LONGEST];
    assert_eq!(other.recv_from(&mut buffer).unwrap(), (6, address));
    assert_eq!(&buffer[..6], b"answer");
}
