//! The cases, each for any stack.

use embedded_nal::{TcpClientStack, TcpError, TcpErrorKind, TcpFullStack, nb};

use crate::bench::Host::{Calling, Listening};
use crate::bench::{Bench, ErrorOf, Host, Operations, SocketOf};

#[allow(clippy::needless_pass_by_value, reason = "it takes what the call returned")]
fn would_block<R, E>(result: nb::Result<R, E>) -> bool {
    matches!(result, Err(nb::Error::WouldBlock))
}

#[allow(clippy::needless_pass_by_value, reason = "it takes what the call returned")]
fn failed<R, E>(result: nb::Result<R, E>) -> bool {
    matches!(result, Err(nb::Error::Other(_)))
}

/// Bytes that identify their position in the stream.
fn stream(len: usize) -> Vec<u8> {
    (0_u32..).flat_map(|word| word.wrapping_mul(2_654_435_761).to_be_bytes()).take(len).collect()
}

pub(crate) fn nothing_to_read_would_block<B: Bench>() {
    let mut bench = B::new();
    let [mut caller, mut answerer, _listener] = bench.connection();
    for _ in 0..2 {
        assert!(would_block(bench.try_receive(Calling, &mut caller, &mut [0; 8])));
        assert!(would_block(bench.try_receive(Listening, &mut answerer, &mut [0; 8])));
        bench.a_while();
    }
}

pub(crate) fn what_is_sent_arrives_in_order_and_in_parts<B: Bench>() {
    let mut bench = B::new();
    let [mut caller, mut answerer, _listener] = bench.connection();
    bench.send(Calling, &mut caller, b"hello user!");
    assert_eq!(bench.receive(Listening, &mut answerer, 5).unwrap(), b"hello");
    assert_eq!(bench.receive(Listening, &mut answerer, 1).unwrap(), b" ");
    assert_eq!(bench.receive(Listening, &mut answerer, 80).unwrap(), b"user!");
    bench.send(Listening, &mut answerer, b"hello ");
    bench.send(Listening, &mut answerer, b"other user!");
    let mut heard = Vec::new();
    while heard.len() < 17 {
        heard.extend(bench.receive_some(Calling, &mut caller, 3));
    }
    assert_eq!(heard, b"hello other user!");
    assert!(would_block(bench.try_receive(Calling, &mut caller, &mut [0; 8])));
}

/// Sends from `bytes` until the buffer is full; returns how many were taken.
fn fill<B: Bench>(bench: &mut B, caller: &mut SocketOf<B>, bytes: &[u8]) -> usize {
    let mut taken = 0;
    loop {
        match bench.try_send(Calling, caller, &bytes[taken..]) {
            Ok(more) => {
                assert!(more > 0 && taken + more < bytes.len(), "the buffer has an end");
                taken += more;
            }
            Err(nb::Error::WouldBlock) => return taken,
            Err(nb::Error::Other(error)) => panic!("{error:?}"),
        }
    }
}

pub(crate) fn a_full_buffer_would_block_and_goes_on<B: Bench>() {
    let mut bench = B::new();
    let [mut caller, mut answerer, _listener] = bench.connection();
    let bytes = stream(16 << 20);
    let mut sent = fill(&mut bench, &mut caller, &bytes);
    for _ in 0..20 {
        // Bytes in flight move to the peer's buffer, and make room here until that is full.
        bench.a_while();
        sent += fill(&mut bench, &mut caller, &bytes[sent..]);
    }
    assert!(would_block(bench.try_send(Calling, &mut caller, &bytes[sent..])));

    let total = sent + 100_000;
    let mut received = Vec::new();
    while received.len() < total {
        match bench.try_send(Calling, &mut caller, &bytes[sent..total]) {
            Ok(more) => sent += more,
            Err(error) => assert!(sent == total || would_block::<(), _>(Err(error))),
        }
        received.extend(bench.receive_some(Listening, &mut answerer, 1 << 16));
    }
    assert!(received == bytes[..total], "every byte, once, in order");
    assert!(would_block(bench.try_receive(Listening, &mut answerer, &mut [0; 8])));
}

pub(crate) fn the_end_is_told_once_all_is_read_and_again<B: Bench>() {
    let mut bench = B::new();
    let [mut caller, mut answerer, _listener] = bench.connection();
    bench.send(Calling, &mut caller, b"goodbye");
    bench.close(Calling, caller);
    assert_eq!(bench.receive(Listening, &mut answerer, 4).unwrap(), b"good");
    assert_eq!(bench.receive(Listening, &mut answerer, 4).unwrap(), b"bye");
    for _ in 0..3 {
        assert_eq!(bench.receive(Listening, &mut answerer, 4).unwrap(), b"");
        bench.a_while();
    }
    bench.close(Listening, answerer);
}

pub(crate) fn what_a_peer_sent_before_it_finished_can_be_read_after<B: Bench>() {
    let mut bench = B::new();
    let [caller, mut answerer, _listener] = bench.connection();
    bench.send(Listening, &mut answerer, b"goodbye");
    bench.close(Listening, answerer);
    bench.a_while();
    let mut caller = caller;
    assert_eq!(bench.receive_all(Calling, &mut caller), b"goodbye");
}

pub(crate) fn close_sends_what_is_still_to_be_sent<B: Bench>() {
    let mut bench = B::new();
    let [mut caller, mut answerer, _listener] = bench.connection();
    let bytes = stream(16 << 20);
    let sent = fill(&mut bench, &mut caller, &bytes);
    bench.close(Calling, caller);
    assert!(bench.receive_all(Listening, &mut answerer) == bytes[..sent]);
}

/// A reset connection: the listening host's end, which does not know yet.
fn reset<B: Bench>(bench: &mut B) -> SocketOf<B> {
    let [caller, answerer, listener] = bench.connection();
    bench.close(Listening, listener);
    bench.reset(Calling, caller);
    bench.a_while();
    answerer
}

fn assert_lost<B: Bench>(error: &ErrorOf<B>) {
    assert_eq!(error.kind(), TcpErrorKind::PipeClosed, "{error:?}");
}

pub(crate) fn a_reset_is_a_lost_connection<B: Bench>() {
    let mut bench = B::new();
    let mut answerer = reset(&mut bench);
    assert_lost::<B>(&bench.receive(Listening, &mut answerer, 8).unwrap_err());
    bench.close(Listening, answerer);
}

pub(crate) fn after_a_reset_nothing_can_be_sent<B: Bench>() {
    let mut bench = B::new();
    let mut answerer = reset(&mut bench);
    for _ in 0..2 {
        let Err(nb::Error::Other(error)) = bench.try_send(Listening, &mut answerer, b"hello?") else {
            panic!("it went out")
        };
        assert_lost::<B>(&error);
    }
    bench.close(Listening, answerer);
}

pub(crate) fn without_a_caller_accept_would_block<B: Bench>() {
    let mut bench = B::new();
    let (mut listener, _) = bench.listen();
    for _ in 0..2 {
        assert!(would_block(bench.stack(Listening).accept(&mut listener)));
        bench.a_while();
    }
    bench.close(Listening, listener);
}

pub(crate) fn accept_goes_on_listening<B: Bench>() {
    let mut bench = B::new();
    let (mut listener, address) = bench.listen();
    let mut open = Vec::new();
    for number in 0..3 {
        let mut caller = bench.call(address);
        let (mut answerer, from) = bench.accept(&mut listener);
        assert_eq!(from.ip(), B::calling_ip());
        assert_ne!(from.port(), address.port());
        assert!(would_block(bench.stack(Listening).accept(&mut listener)), "nobody else has called");
        bench.send(Calling, &mut caller, &[number]);
        assert_eq!(bench.receive(Listening, &mut answerer, 8).unwrap(), [number]);
        open.push((caller, answerer));
    }
    // Accepted connections do not need the listener.
    bench.close(Listening, listener);
    for (number, (mut caller, mut answerer)) in open.into_iter().enumerate() {
        let said = [u8::try_from(number).unwrap(); 2];
        bench.send(Listening, &mut answerer, &said);
        assert_eq!(bench.receive(Calling, &mut caller, 8).unwrap(), said);
    }
}

pub(crate) fn callers_at_the_same_time_are_told_apart<B: Bench>() {
    let mut bench = B::new();
    let (mut listener, address) = bench.listen();
    let mut callers = [0, 1, 2].map(|_| bench.call(address));
    for (number, caller) in callers.iter_mut().enumerate() {
        bench.send(Calling, caller, &[u8::try_from(number).unwrap()]);
    }
    let mut answerers = [0, 1, 2].map(|_| bench.accept(&mut listener));
    let mut ports: Vec<_> = answerers.iter().map(|(_, from)| from.port()).collect();
    ports.sort_unstable();
    ports.dedup();
    assert_eq!(ports.len(), 3);
    let mut heard = Vec::new();
    for (answerer, _) in &mut answerers {
        let number = bench.receive(Listening, answerer, 8).unwrap()[0];
        bench.send(Listening, answerer, &[number, number]);
        let caller = &mut callers[usize::from(number)];
        assert_eq!(bench.receive(Calling, caller, 8).unwrap(), [number, number]);
        heard.push(number);
    }
    heard.sort_unstable();
    assert_eq!(heard, [0, 1, 2]);
}

pub(crate) fn a_connection_given_up_does_not_harm_the_next<B: Bench>() {
    let mut bench = B::new();
    let (mut listener, address) = bench.listen();
    let given_up = bench.call(address);
    bench.reset(Calling, given_up);
    bench.a_while();
    let mut caller = bench.call(address);
    bench.send(Calling, &mut caller, b"here");
    // Whether a connection that was given up is still accepted depends on the stack.
    let is_there = (0..2).any(|_| {
        let (mut answerer, _) = bench.accept(&mut listener);
        bench.receive(Listening, &mut answerer, 8).is_ok_and(|bytes| bytes == b"here")
    });
    assert!(is_there);
}

pub(crate) fn a_closed_listener_leaves_no_connection<B: Bench>() {
    let mut bench = B::new();
    let (listener, address) = bench.listen();
    let mut caller = bench.call(address);
    bench.close(Listening, listener);
    bench.a_while();
    assert_lost::<B>(&bench.receive(Calling, &mut caller, 8).unwrap_err());
    let mut late = bench.stack(Calling).socket().unwrap();
    assert!(bench.connect(&mut late, address).is_err());
}

pub(crate) fn a_port_has_one_listener<B: Bench>() {
    let mut bench = B::new();
    let (mut listener, address) = bench.listen();
    let stack = bench.stack(Listening);
    let mut second = stack.socket().unwrap();
    assert!(stack.bind(&mut second, address.port()).is_err());
    stack.close(second).unwrap();
    let caller = bench.call(address);
    let (answerer, _) = bench.accept(&mut listener);

    // A connection does not keep the port from the next listener.
    bench.close(Listening, listener);
    let mut next = bench.stack(Listening).socket().unwrap();
    let bound = bench.until(|bench| {
        // Another process of this machine may hold the port for a moment.
        bench.stack(Listening).bind(&mut next, address.port()).map_err(|_| nb::Error::WouldBlock)
    });
    bound.unwrap();
    bench.stack(Listening).listen(&mut next).unwrap();
    bench.call(address);
    bench.accept(&mut next);
    bench.close(Calling, caller);
    bench.close(Listening, answerer);
}

fn is_not_connected<B: Bench>(bench: &mut B, host: Host, socket: &mut SocketOf<B>) -> bool {
    failed(bench.try_send(host, socket, b"hello")) && failed(bench.try_receive(host, socket, &mut [0; 8]))
}

pub(crate) fn whatever_does_not_fit_the_state_is_an_error<B: Bench>() {
    let mut bench = B::new();
    let [mut caller, mut answerer, mut listener] = bench.connection();
    let address = (B::listening_ip(), B::local_port(&listener)).into();

    let mut opened = bench.stack(Listening).socket().unwrap();
    assert!(is_not_connected(&mut bench, Listening, &mut opened));
    assert!(failed(bench.stack(Listening).accept(&mut opened)));
    assert!(bench.stack(Listening).listen(&mut opened).is_err());

    assert!(is_not_connected(&mut bench, Listening, &mut listener));
    assert!(failed(bench.stack(Listening).connect(&mut listener, address)));
    assert!(bench.stack(Listening).bind(&mut listener, 0).is_err());

    assert!(failed(bench.stack(Listening).accept(&mut answerer)));
    assert!(bench.stack(Listening).bind(&mut answerer, 0).is_err());
    assert!(bench.stack(Listening).listen(&mut answerer).is_err());
    assert!(failed(bench.stack(Calling).connect(&mut caller, address)));

    // The errors had no side effects.
    bench.send(Calling, &mut caller, b"still here");
    assert_eq!(bench.receive(Listening, &mut answerer, 80).unwrap(), b"still here");
    bench.call(address);
    bench.accept(&mut listener);
    bench.stack(Listening).bind(&mut opened, 0).unwrap();
}

pub(crate) fn a_closed_port_is_an_error_and_the_socket_lives<B: Bench>() {
    let mut bench = B::new();
    let (listener, closed) = bench.listen();
    let (mut other, address) = bench.listen();
    bench.close(Listening, listener);
    let mut caller = bench.stack(Calling).socket().unwrap();
    for _ in 0..2 {
        assert!(bench.connect(&mut caller, closed).is_err());
        assert!(is_not_connected(&mut bench, Calling, &mut caller));
    }
    bench.connect(&mut caller, address).unwrap();
    let (mut answerer, _) = bench.accept(&mut other);
    bench.send(Calling, &mut caller, b"after all");
    assert_eq!(bench.receive(Listening, &mut answerer, 80).unwrap(), b"after all");

    let mut refused = bench.stack(Calling).socket().unwrap();
    assert!(bench.connect(&mut refused, closed).is_err());
    bench.close(Calling, refused);
}

pub(crate) fn a_socket_that_did_nothing_can_be_closed<B: Bench>() {
    let mut bench = B::new();
    for _ in 0..100 {
        let stack = bench.stack(Listening);
        let opened = stack.socket().unwrap();
        let mut bound = stack.socket().unwrap();
        stack.bind(&mut bound, 0).unwrap();
        stack.close(opened).unwrap();
        stack.close(bound).unwrap();
    }
}

/// Takes all available sockets, each bound to a port.
fn use_up<B: Bench>(bench: &mut B) -> Vec<SocketOf<B>> {
    let stack = bench.stack(Listening);
    let one = || -> Option<SocketOf<B>> {
        let mut socket = stack.socket().ok()?;
        if stack.bind(&mut socket, 0).is_ok() {
            return Some(socket);
        }
        stack.close(socket).unwrap();
        None
    };
    let sockets: Vec<_> = std::iter::from_fn(one).take(1000).collect();
    assert!((1..1000).contains(&sockets.len()), "{} sockets", sockets.len());
    sockets
}

pub(crate) fn exhaustion_is_an_error_and_passes<B: Bench>() {
    B::with_few_sockets("exhaustion_is_an_error_and_passes", exhaust::<B>);
}

fn exhaust<B: Bench>() {
    let mut bench = B::new();
    let [mut caller, mut answerer, mut listener] = bench.connection();
    let address = (B::listening_ip(), B::local_port(&listener)).into();
    for round in 0..3 {
        let waiting: Vec<_> = (0..4).map(|_| bench.call(address)).collect();
        let sockets = use_up(&mut bench);
        // Earlier connections may still be accepted, until the last socket is used.
        let mut accepted = Vec::new();
        while let Ok((socket, _)) = bench.stack(Listening).accept(&mut listener) {
            accepted.push(socket);
            assert!(accepted.len() <= waiting.len());
        }
        // Existing connections are not affected.
        bench.send(Calling, &mut caller, &[round]);
        assert_eq!(bench.receive(Listening, &mut answerer, 8).unwrap(), [round]);

        for socket in sockets.into_iter().chain(accepted) {
            bench.close(Listening, socket);
        }
        for socket in waiting {
            bench.close(Calling, socket);
        }
        let mut late = bench.call(address);
        bench.send(Calling, &mut late, b"late");
        let is_heard = (0..8).any(|_| {
            let (mut socket, _) = bench.accept(&mut listener);
            let is_late = bench.receive(Listening, &mut socket, 8).is_ok_and(|bytes| bytes == b"late");
            bench.close(Listening, socket);
            is_late
        });
        assert!(is_heard, "round {round}");
        // Some earlier connections may still be waiting.
        while let Ok((socket, _)) = bench.stack(Listening).accept(&mut listener) {
            bench.close(Listening, socket);
        }
        bench.close(Calling, late);
        bench.a_while();
    }
}
