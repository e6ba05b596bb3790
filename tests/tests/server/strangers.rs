//! Unauthenticated peers.

use std::io::{ErrorKind, Read, Write};
use std::net::Ipv4Addr;
use std::time::Instant;

use p2pm_core::error::Fault;
use p2pm_core::limits::{
    FRAME_LEN, FRAME_TIMEOUT, FREE_GUESSES, HALF_OPEN_MAX, HANDSHAKE_TIMEOUT, PLAIN_LEN,
};
use p2pm_core::wire::{Close, CommunityMessage, Message};

use crate::peer::{PASSWORD, Peer, hello};
use crate::running::Running;

#[test]
fn a_wrong_password_is_refused_and_told_of() {
    let mut server = Running::start(5);
    let mut guesser = Peer::connect(server.address);
    let port = guesser.stream.local_addr().unwrap().port();
    assert_eq!(guesser.authenticate(b"passwort"), Message::Close(Close::WrongPassword));
    server.expect(&format!("new connection from 127.0.0.1 on port {port}"));
    server.expect("refused 127.0.0.1: wrong password");
    assert_eq!(Peer::enter(server.address).list(), [""; 0], "nobody was registered");
}

#[test]
fn guessing_gets_slow_for_the_guesser_alone() {
    let mut server = Running::start(5);
    // A peer that has authenticated as far as possible without a password, and waits.
    let mut early = Peer::connect(server.address);
    assert!(matches!(early.greet(), Message::Hello(_)));
    for _ in 0..FREE_GUESSES {
        let mut guesser = Peer::connect(server.address);
        assert_eq!(guesser.authenticate(b"guess"), Message::Close(Close::WrongPassword));
    }
    // From now on peers of this address get no Hello, and even the right password is not read.
    let mut late = Peer::connect(server.address);
    let Message::Close(Close::TooManyGuesses { seconds }) = late.greet() else { panic!("no wait") };
    assert!((1..=10).contains(&seconds), "{seconds}");
    server.expect(&format!("refused 127.0.0.1: too many wrong passwords: wait {seconds} s before the next"));
    assert!(matches!(early.prove(PASSWORD), Message::Close(Close::TooManyGuesses { seconds: 1..=10 })));
    let mut other = Peer::connect_from(Ipv4Addr::new(127, 0, 0, 2), server.address);
    assert_eq!(other.authenticate(PASSWORD), Message::Welcome(&[]));
}

#[test]
fn garbage_gets_one_clear_error() {
    let mut server = Running::start(5);
    let mut peer = Peer::connect(server.address);
    let mut garbage = [b'x'; FRAME_LEN];
    garbage[PLAIN_LEN..].fill(0);
    peer.stream.write_all(&garbage).unwrap();
    assert_eq!(peer.receive(), Message::Close(Close::Fault(Fault::Magic)));
    peer.stream.shutdown(std::net::Shutdown::Write).unwrap();
    let mut rest = Vec::new();
    peer.stream.read_to_end(&mut rest).unwrap();
    assert!(rest.is_empty());
    server.expect("refused 127.0.0.1: protocol error: not a p2pm frame");
}

#[test]
fn a_client_that_asks_before_it_is_in_is_refused() {
    let server = Running::start(5);
    let mut peer = Peer::connect(server.address);
    peer.send(&Message::Community(CommunityMessage::List));
    peer.expect_close(Close::Fault(Fault::State));
}

#[test]
fn a_lost_half_open_connection_is_logged_and_a_goodbye_is_not() {
    let mut server = Running::start(5);
    let mut polite = Peer::enter(server.address);
    polite.send(&Message::Close(Close::Goodbye));
    assert_eq!(polite.stream.read(&mut [0]).unwrap(), 0);
    let mut accuser = Peer::connect_from(Ipv4Addr::new(127, 0, 0, 2), server.address);
    assert_eq!(accuser.authenticate(PASSWORD), Message::Welcome(&[]));
    accuser.send(&Message::Close(Close::Fault(Fault::Proof)));
    server.expect(&format!("lost 127.0.0.2: protocol error: {}", Fault::Proof));
    drop(Peer::connect_from(Ipv4Addr::new(127, 0, 0, 3), server.address));
    server.expect("lost 127.0.0.3: connection lost");
    assert!(!server.has_told("lost 127.0.0.1: goodbye"));
}

/// The test takes ten seconds: the server's own time limits, on its own clock.
#[test]
fn silence_and_half_a_frame_end_at_their_deadline() {
    let server = Running::start(5);
    let start = Instant::now();
    let mut silent = Peer::connect(server.address);
    let mut half_in_the_door = Peer::connect(server.address);
    let half = half_in_the_door.sealed(&hello());
    half_in_the_door.stream.write_all(&half[..FRAME_LEN / 2]).unwrap();
    let mut half_inside = Peer::join(server.address, "katie");
    let half = half_inside.sealed(&Message::Community(CommunityMessage::List));
    half_inside.stream.write_all(&half[..1]).unwrap();
    for (peer, limit) in [
        (&mut silent, HANDSHAKE_TIMEOUT),
        (&mut half_in_the_door, HANDSHAKE_TIMEOUT),
        (&mut half_inside, FRAME_TIMEOUT),
    ] {
        peer.expect_close(Close::TimedOut);
        assert!(start.elapsed() >= limit);
    }
    assert_eq!(Peer::enter(server.address).list(), [""; 0]);
}

#[test]
fn a_new_connection_evicts_the_oldest_half_open_one() {
    let server = Running::start(1);
    let mut katie = Peer::join(server.address, "katie");
    let mut strangers: Vec<Peer> = (0..HALF_OPEN_MAX).map(|_| Peer::connect(server.address)).collect();
    let mut newcomer = Peer::enter(server.address);
    strangers[0].expect_close(Close::Full);
    assert_eq!(newcomer.list(), ["katie"]);
    assert_eq!(katie.list(), ["katie"]);
    let second = &mut strangers[1].stream;
    second.set_nonblocking(true).unwrap();
    assert_eq!(second.read(&mut [0]).unwrap_err().kind(), ErrorKind::WouldBlock);
}

#[test]
fn with_every_connection_authenticated_a_new_one_is_told_full() {
    let mut server = Running::start(1);
    // One connection for the user, and 256 beyond.
    let inside: Vec<Peer> = (0..257).map(|_| Peer::enter(server.address)).collect();
    let mut newcomer = Peer::connect(server.address);
    newcomer.expect_close(Close::Full);
    server.expect("refused 127.0.0.1: full");
    drop(inside);
}

#[test]
fn when_frames_run_out_the_longest_holder_is_closed() {
    let server = Running::start(2000);
    let mut katie = Peer::join(server.address, "katie");
    // All frames but one can be held, so that two are always left for the next connection.
    let mut holders: Vec<Peer> = (0..1023)
        .map(|_| {
            let mut holder = Peer::enter(server.address);
            let half = holder.sealed(&Message::Community(CommunityMessage::List));
            holder.stream.write_all(&half[..FRAME_LEN / 2]).unwrap();
            holder
        })
        .collect();
    holders[0].expect_close(Close::TimedOut);
    // All others are served, including those with half a frame.
    assert_eq!(katie.list(), ["katie"]);
    Peer::join(server.address, "abdul");
    for holder in [1, 2, 500, 1022] {
        let holder = &mut holders[holder];
        let half = holder.sealed(&Message::Community(CommunityMessage::List));
        holder.stream.write_all(&half[FRAME_LEN / 2..]).unwrap();
        assert!(matches!(holder.receive(), Message::Community(CommunityMessage::ListPage(_))));
    }
}
