//! Core does not allocate: a community session and a chat, from the first Hello to the goodbye, with either suite, and a
//! node with its links and what it offers over them, texts that it holds for others, a transfer, and discovery, under a counting
//! allocator.

mod discovery;
mod links;
mod mailbox;
mod transfers;
mod wire;

use std::net::{IpAddr, Ipv4Addr};
use std::num::NonZeroU16;

use p2pm_core::channel::Ended;
use p2pm_core::chat::{Callee, CalleeEvent, Caller, CallerEvent, Conversation, ConversationEvent};
use p2pm_core::community::{Client, ClientEvent, Hall, Session};
use p2pm_core::door::Door;
use p2pm_core::limits::{CHANGES_MAX, ENTROPY_LEN, PRESENCE_INTERVAL};
use p2pm_core::registry::Registry;
use p2pm_core::suite::{Entropy, Password, Sealed, Suite, Xor};
use p2pm_core::time::Instant;
use p2pm_core::wire::{Close, Name, Turns};
use p2pm_tests::counting::{Counting, allocations_in};

use self::wire::Wire;

const START: Instant = Instant::from_millis(0);
const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

#[global_allocator]
static ALLOCATOR: Counting = Counting;

type OurHall = Hall<p2pm_core::registry::Inline<64>>;

/// One user's connection to the community.
struct Visit<S: Suite> {
    wire: Wire,
    client: Client<S>,
    session: Session<S>,
}

/// Counts of a client's events.
#[derive(Debug, Default, PartialEq, Eq)]
struct Told {
    welcomes: usize,
    joins: usize,
    users: usize,
    changes: usize,
    ended: usize,
}

impl<S: Suite> Visit<S> {
    fn new() -> Self {
        Self {
            wire: Wire::new(),
            client: Client::new(START, password(), entropy()),
            session: Session::new(START, HERE, entropy()),
        }
    }

    /// Pumps both ends until both are idle.
    fn exchange(&mut self, hall: &mut OurHall, now: Instant, told: &mut Told) {
        let Self { wire, client, session } = self;
        for _ in 0..200 {
            wire.pump(1, &mut session.at(hall), now, |_| ());
            wire.pump(0, client, now, |event| match event {
                ClientEvent::Welcome => told.welcomes += 1,
                ClientEvent::Joined { .. } => told.joins += 1,
                ClientEvent::ListPage(page) => told.users += page.users.count(),
                ClientEvent::Presence(presence) => told.changes += presence.changes.count(),
                ClientEvent::Ended(_) => told.ended += 1,
                ClientEvent::JoinRefused(refusal) => panic!("{refusal:?}"),
            });
        }
    }

    fn join(&mut self, name: &Name, now: Instant) {
        let (connection, mut end) = self.wire.end(0);
        let client = &mut self.client;
        let join = |out: &mut _| client.join(now, name.clone(), NonZeroU16::MIN, out);
        connection.send(&mut end, now, join).expect("connected");
    }
}

fn password() -> Password {
    Password::new(b"sesame").expect("a password")
}

fn entropy() -> Entropy {
    Entropy::new([7; ENTROPY_LEN])
}

#[test]
fn the_counter_counts() {
    assert_eq!(allocations_in(|| drop(std::hint::black_box(Box::new(1)))), 1);
}

#[test]
fn a_meeting_allocates_nothing() {
    meet::<Xor>();
    meet::<Sealed>();
}

fn meet<S: Suite>() {
    let mut hall = Hall::new(Door::new(password()), Registry::<64>::new([7; 16]));
    let mut watcher = Visit::<S>::new();
    let mut guests: Vec<_> = (0..60).map(|_| Visit::<S>::new()).collect();
    let names: Vec<Name> = (0..60).map(|n| format!("guest number {n}").parse().expect("a name")).collect();
    let (mut told, mut elsewhere) = (Told::default(), Told::default());

    let allocations = allocations_in(|| {
        watcher.exchange(&mut hall, START, &mut told);
        watcher.join(&"watcher".parse().expect("a name"), START);
        watcher.exchange(&mut hall, START, &mut told);
        let (connection, mut end) = watcher.wire.end(0);
        connection.send(&mut end, START, |out| watcher.client.subscribe(START, out)).expect("connected");
        watcher.exchange(&mut hall, START, &mut told);
        for (guest, name) in guests.iter_mut().zip(&names) {
            guest.exchange(&mut hall, START, &mut elsewhere);
            guest.join(name, START);
            guest.exchange(&mut hall, START, &mut elsewhere);
        }
        let (connection, mut end) = watcher.wire.end(0);
        connection.send(&mut end, START, |out| watcher.client.request_list(START, out)).expect("connected");
        watcher.exchange(&mut hall, START, &mut told);
        for second in 1..4 {
            watcher.exchange(&mut hall, START + PRESENCE_INTERVAL * second, &mut told);
        }
        let now = START + PRESENCE_INTERVAL * 4;
        for guest in &mut guests {
            guest.client.leave(now);
            guest.exchange(&mut hall, now, &mut elsewhere);
        }
    });

    assert_eq!(allocations, 0);
    const { assert!(60 < CHANGES_MAX) };
    assert_eq!(told, Told { welcomes: 1, joins: 1, users: 61, changes: 60, ended: 0 });
    assert_eq!(elsewhere, Told { welcomes: 60, joins: 60, users: 0, changes: 0, ended: 0 });
    assert_eq!(hall.registry().len(), 1);
}

/// Calls, authenticates, and is accepted.
fn connect<S: Suite>(wire: &mut Wire, turns: Turns) -> (Conversation<S>, Conversation<S>) {
    let mut door = Door::new(password());
    let mut caller = Caller::<S>::new(START, password(), turns, "katie".parse().ok(), entropy());
    let mut node = Callee::<S>::new(START, HERE, entropy());
    let mut ringing = false;
    while !ringing {
        wire.pump(0, &mut caller, START, |event| assert_eq!(event, CallerEvent::Ringing));
        let event = wire.pump(1, &mut node.at(&mut door), START, |event| event);
        ringing = matches!(event, Some(CalleeEvent::Ringing { .. }));
    }
    let Ok(mut host) = node.accept(turns) else { panic!("it rang") };
    let mut accepted = false;
    while !accepted {
        wire.pump(1, &mut host, START, |event| panic!("{event:?}"));
        let event = wire.pump(0, &mut caller, START, |event| event);
        accepted = event == Some(CallerEvent::Accepted(turns));
    }
    let Ok(guest) = caller.into_conversation() else { panic!("it was accepted") };
    (guest, host)
}

/// Sends a text one way, and checks that it arrives unchanged.
fn tell<S: Suite>(
    wire: &mut Wire,
    from: (usize, &mut Conversation<S>),
    to: &mut Conversation<S>,
    text: &str,
) {
    let (side, speaker) = from;
    let (connection, mut end) = wire.end(side);
    connection.send(&mut end, START, |out| speaker.send_text(START, text, out)).expect("our turn");
    let mut heard = false;
    while !heard {
        wire.pump(side, speaker, START, |event| panic!("{event:?}"));
        let pumped = wire.pump(1 - side, to, START, |event| assert_eq!(event, ConversationEvent::Text(text)));
        heard = pumped.is_some();
    }
}

#[test]
fn a_chat_allocates_nothing() {
    chat::<Xor>();
    chat::<Sealed>();
}

fn chat<S: Suite>() {
    let mut wire = Wire::new();
    let long = "so long ".repeat(125);
    let mut goodbyes = 0;

    let allocations = allocations_in(|| {
        let (mut guest, mut host) = connect::<S>(&mut wire, Turns::Linear);
        for _ in 0..100 {
            tell(&mut wire, (0, &mut guest), &mut host, "hello user!");
            tell(&mut wire, (1, &mut host), &mut guest, &long);
        }
        guest.quit(START);
        while goodbyes == 0 {
            wire.pump(0, &mut guest, START, |event| panic!("{event:?}"));
            let goodbye = ConversationEvent::Ended(Ended::ByPeer(Close::Goodbye));
            let heard = wire.pump(1, &mut host, START, |event| assert_eq!(event, goodbye));
            goodbyes += usize::from(heard.is_some());
        }
    });

    assert_eq!(allocations, 0);
    assert_eq!(goodbyes, 1);
}
