//! The measurements of the report of 2015, repeated.

use std::io::{self, PipeWriter};
use std::net::{Ipv4Addr, SocketAddr};
use std::num::NonZeroU16;
use std::os::fd::AsFd;
use std::thread;

use p2pm_core::channel::Ended;
use p2pm_core::community::{Client, ClientEvent};
use p2pm_core::limits::FREE_GUESSES;
use p2pm_core::suite::{Password, Xor};
use p2pm_core::wire::{Close, Name, Turns};
use p2pm_host::community::{Config, Notice, Server};

use crate::line::{Line, entropy};
use crate::node::{self, PASSWORD, WRONG};
use crate::sampler::{Subject, medians, time};
use crate::table::{heading, row};

const ROUNDS: usize = 301;
/// Users that are online all the time.
const OTHERS: usize = 16;

/// Measures and prints.
pub fn report() {
    heading(
        "The table of 2015",
        "machine time over loopback, no typing; each line with its connection where it needs a new one",
    );
    let (server, _stop) = start_server();
    let others: Vec<Visit> =
        (1..=OTHERS).map(|number| Visit::join(server, &format!("user {number}"))).collect();
    let mut listener = Visit::join(server, "abdul");
    let (mut guesses, mut guessed_at) = (0.., start_server());
    let node = node::start::<Xor>();
    let (mut line, mut chat) = node::call::<Xor>(node::start::<Xor>(), Turns::Linear);

    let times = medians(
        ROUNDS,
        [
            Subject::new(1, || {
                let mut visit = None;
                let taken = time(|| visit = Some(Visit::join(server, "katie")));
                visit.expect("she has joined").leave();
                taken
            }),
            Subject::repeated(1, || assert_eq!(listener.count(), OTHERS + 1)),
            Subject::new(1, || {
                // A new server before the rate limit on guesses applies.
                if guesses.next().is_some_and(|guess| guess % FREE_GUESSES == 0) {
                    guessed_at = start_server();
                }
                let (server, _) = guessed_at;
                time(|| assert_wrong(wrong_password_at(server)))
            }),
            Subject::repeated(1, || assert_wrong(node::call_in_vain(node))),
            Subject::repeated(1, || node::exchange(&mut line, &mut chat, "hello")),
        ],
    );
    print(times);
    others.into_iter().for_each(Visit::leave);
}

fn print(times: [f64; 5]) {
    const LINES: [(&str, &str); 5] = [
        ("connect to the community server", "73 ms"),
        ("obtain the list of active users (17)", "20 ms"),
        ("wrong password, community server", "11 ms"),
        ("wrong password, private chat", "1.17 s, typing included"),
        ("message sent, and one received", "1.11 s, typing included"),
    ];
    for ((what, then), now) in LINES.into_iter().zip(times) {
        row(what, now, &format!("2015: {then}"));
    }
}

/// Starts a community server, which stops when the pipe is dropped.
fn start_server() -> (SocketAddr, PipeWriter) {
    let (stop, writer) = io::pipe().expect("a pipe");
    let config =
        Config { listen: vec![(Ipv4Addr::LOCALHOST, 0).into()], users: 64, password: password(PASSWORD) };
    let server = Server::<Xor>::bind(config, Box::new(|_: &Notice| {})).expect("a free port");
    let address = server.local_addr().expect("a bound socket");
    thread::spawn(move || server.run(stop.as_fd()).expect("epoll works"));
    (address, writer)
}

fn password(bytes: &[u8]) -> Password {
    Password::new(bytes).expect("a password")
}

/// A user that is online.
struct Visit {
    line: Line,
    client: Client<Xor>,
}

impl Visit {
    /// Connects, authenticates and joins.
    fn join(server: SocketAddr, name: &str) -> Self {
        let line = Line::connect(server);
        let client = Client::new(line.now(), password(PASSWORD), entropy());
        let mut visit = Self { line, client };
        let welcome = visit.line.next(&mut visit.client, |event| event == ClientEvent::Welcome);
        assert_eq!(welcome, Some(true));
        let name: Name = name.parse().expect("a name");
        visit.line.send(|now, frame| visit.client.join(now, name, NonZeroU16::MIN, frame));
        let joined = visit.line.next(&mut visit.client, |event| matches!(event, ClientEvent::Joined { .. }));
        assert_eq!(joined, Some(true));
        visit
    }

    /// Requests the list, and counts its names.
    fn count(&mut self) -> usize {
        let Self { line, client } = self;
        line.send(|now, frame| client.request_list(now, frame));
        let mut users = 0;
        loop {
            let last = line.next(client, |event| match event {
                ClientEvent::ListPage(page) => {
                    users += page.users.count();
                    page.last
                }
                other => panic!("{other:?} instead of the list"),
            });
            if last.expect("the server goes on") {
                return users;
            }
        }
    }

    /// Leaves, and waits until the server hangs up, since the name is free from then on.
    fn leave(self) {
        let Self { mut line, mut client } = self;
        client.leave(line.now());
        while line.next(&mut client, |_| ()).is_some() {}
    }
}

fn wrong_password_at(server: SocketAddr) -> Option<Ended> {
    let mut line = Line::connect(server);
    let mut client = Client::<Xor>::new(line.now(), password(WRONG), entropy());
    let ended = line.next(&mut client, |event| match event {
        ClientEvent::Ended(ended) => Some(ended),
        _ => None,
    });
    ended.flatten()
}

fn assert_wrong(ended: Option<Ended>) {
    assert_eq!(ended, Some(Ended::Claimed(Close::WrongPassword)));
}
