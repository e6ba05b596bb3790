//! A node that accepts every call and echoes every text.

use std::net::{Ipv4Addr, SocketAddr};
use std::thread;

use embedded_nal::{TcpClientStack, TcpFullStack};
use p2pm_core::channel::Ended;
use p2pm_core::chat::{Callee, CalleeEvent, Caller, CallerEvent, Conversation, ConversationEvent};
use p2pm_core::door::Door;
use p2pm_core::limits::TEXT_MAX;
use p2pm_core::suite::{Password, Suite, Xor};
use p2pm_core::wire::Turns;
use p2pm_host::triad::net::{Socket, Stack};
use p2pm_host::wait::Waiter;
use p2pm_posix::clock::Clock;

use crate::line::{Line, entropy};

/// The right password of every door here.
pub const PASSWORD: &[u8] = b"open sesame";
/// A wrong password.
pub const WRONG: &[u8] = b"open barley";

/// The right password.
pub fn password() -> Password {
    Password::new(PASSWORD).expect("a password")
}

/// Starts a node, which serves one caller after the other until the process ends.
pub fn start<S: Suite + 'static>() -> SocketAddr {
    let (mut stack, mut listener, address) = listen();
    thread::spawn(move || {
        let clock = Clock::start();
        while let Some((socket, peer)) = accept(&mut stack, &mut listener) {
            let line = Line::new(socket, clock);
            let callee = Callee::<S>::new(line.now(), peer.ip(), entropy());
            // A new door for each caller, so that earlier guesses do not make it wait.
            answer(line, callee, &mut Door::new(password()));
        }
    });
    address
}

/// A listening socket of a stack of its own, and its address.
pub fn listen() -> (Stack, Socket, SocketAddr) {
    let mut stack = Stack::default();
    let mut listener = stack.socket().expect("a socket");
    stack.bind(&mut listener, 0).expect("a free port");
    stack.listen(&mut listener).expect("a bound socket listens");
    let port = listener.local_port().expect("a bound socket has a port");
    (stack, listener, (Ipv4Addr::LOCALHOST, port).into())
}

/// Waits for the next connection; `None` if the listener is of no use any more.
pub fn accept(stack: &mut Stack, listener: &mut Socket) -> Option<(Socket, SocketAddr)> {
    loop {
        let mut waiter = Waiter::new();
        waiter.read(listener.as_fd());
        waiter.wait(None).ok()?;
        if let Ok(accepted) = stack.accept(listener) {
            return Some(accepted);
        }
    }
}

fn answer<S: Suite>(mut line: Line, mut callee: Callee<S>, door: &mut Door) {
    loop {
        match line.next(&mut callee.at(door), |event| event) {
            Some(CalleeEvent::Ringing { .. }) => break,
            Some(CalleeEvent::Ended(_)) => {}
            None => return,
        }
    }
    let Ok(chat) = callee.accept(Turns::Linear) else { return };
    echo(line, chat);
}

fn echo<S: Suite>(mut line: Line, mut chat: Conversation<S>) {
    let mut text = String::with_capacity(TEXT_MAX);
    loop {
        let is_over = line.next(&mut chat, |event| match event {
            ConversationEvent::Text(said) => {
                text.clear();
                text.push_str(said);
                false
            }
            ConversationEvent::Ended(_) => true,
        });
        match is_over {
            Some(false) => line.send(|now, frame| chat.send_text(now, &text, frame)),
            Some(true) => {}
            None => return,
        }
    }
}

/// A chat with the node.
pub fn call<S: Suite>(node: SocketAddr, turns: Turns) -> (Line, Conversation<S>) {
    let mut line = Line::connect(node);
    let mut caller = caller(&line, PASSWORD, turns);
    while line.next(&mut caller, |event| matches!(event, CallerEvent::Accepted(_))) == Some(false) {}
    let chat = caller.into_conversation().unwrap_or_else(|_| panic!("the node accepts every call"));
    (line, chat)
}

/// How a call with a wrong password ends.
pub fn call_in_vain(node: SocketAddr) -> Option<Ended> {
    let mut line = Line::connect(node);
    let mut caller = caller::<Xor>(&line, WRONG, Turns::Linear);
    let ended = line.next(&mut caller, |event| match event {
        CallerEvent::Ended(ended) => Some(ended),
        CallerEvent::Ringing | CallerEvent::Accepted(_) => None,
    });
    ended.flatten()
}

fn caller<S: Suite>(line: &Line, password: &[u8], turns: Turns) -> Caller<S> {
    let password = Password::new(password).expect("a password");
    Caller::new(line.now(), password, turns, None, entropy())
}

/// Sends a text and receives it back.
pub fn exchange<S: Suite>(line: &mut Line, chat: &mut Conversation<S>, text: &str) {
    line.send(|now, frame| chat.send_text(now, text, frame));
    let heard = line.next(chat, |event| matches!(event, ConversationEvent::Text(heard) if heard == text));
    assert_eq!(heard, Some(true), "the node sends every message back");
}
