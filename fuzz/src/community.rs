//! A community with arbitrary clients, and a client with an arbitrary server.

use std::num::NonZeroU16;

use arbitrary::Arbitrary;
use p2pm_core::channel::Machine;
use p2pm_core::community::{Client, ClientEvent, Hall, Session, SessionEvent};
use p2pm_core::door::Door;
use p2pm_core::error::SendError;
use p2pm_core::registry::{Bucket, Cursor, RegistryInner, Slot};
use p2pm_core::suite::Suite;
use p2pm_core::time::Instant;
use p2pm_core::wire::{EMPTY_FRAME, Name, Service, User};

use crate::speech::{self, Said, Speech};
use crate::watched::Watched;
use crate::witness::{Act, Witness};
use crate::{address, endpoint, entropy, name, password};

const SESSIONS: usize = 3;
/// Users that stay, so that the list takes more than one page.
const RESIDENTS_MAX: u8 = 48;

/// Parties and operations.
#[derive(Arbitrary, Debug)]
pub enum Input<'a> {
    /// A community.
    Hall {
        /// Number of users that stay.
        residents: u8,
        /// Room for further users.
        room: u8,
        /// The operations, each on one session.
        moves: Vec<(u8, Move<'a>)>,
    },
    /// A client.
    Client(Vec<Command<'a>>),
}

/// Operation on one session.
#[derive(Arbitrary, Debug)]
pub enum Move<'a> {
    /// See [`Act`].
    Act(Act<'a>),
    /// The client's whole handshake, then a join.
    Enter(u8),
    /// The client sends a join request.
    Join(u8),
    /// The client requests the list.
    List,
    /// The client subscribes.
    Subscribe,
    /// The server closes the session.
    Close(u8),
    /// The session is replaced by a new one, once it has ended.
    Connect(u8),
}

/// Operation on a client.
#[derive(Arbitrary, Debug)]
pub enum Command<'a> {
    /// See [`Act`].
    Act(Act<'a>),
    /// The server accepts or refuses the join.
    Admit(bool),
    /// The server sends a page of the list.
    Page {
        /// Whether it is the last page.
        last: bool,
    },
    /// The user joins.
    Join(u8, NonZeroU16),
    /// The user requests the list.
    List,
    /// The user subscribes.
    Subscribe,
    /// The user leaves.
    Leave,
}

/// Plays an input with suite `S`.
pub fn play<S: Suite>(input: Input<'_>) {
    match input {
        Input::Hall { residents, room, moves } => {
            let mut world = World::<S>::new(residents % RESIDENTS_MAX, room % 4);
            for (number, happens) in &moves {
                world.happen(usize::from(*number) % SESSIONS, happens);
            }
        }
        Input::Client(commands) => {
            let mut visit = Visit::<S>::new();
            for command in &commands {
                visit.happen(command);
            }
        }
    }
}

/// The peer sends this message, and takes the whole answer.
fn ask(speech: Speech<'_>) -> Act<'_> {
    Act::Ask(Said::Message(speech))
}

/// A session and its model.
struct Guest<S: Suite> {
    session: Session<Watched<S>>,
    witness: Witness<S>,
    user: Option<User>,
}

impl<S: Suite> Guest<S> {
    fn new(now: Instant, from: u8) -> Self {
        let session = Session::new(now, address(from), entropy(8));
        Self { session, witness: Witness::default(), user: None }
    }

    fn note(user: &mut Option<User>, event: SessionEvent) {
        match event {
            SessionEvent::Joined(joined) => assert_eq!(user.replace(joined), None, "joined twice"),
            SessionEvent::Ended { user: left, .. } => assert_eq!(user.take(), left, "another left"),
        }
    }
}

struct World<S: Suite> {
    hall: Hall<(Vec<Slot>, Vec<Bucket>)>,
    residents: Vec<User>,
    guests: [Guest<S>; SESSIONS],
    now: Instant,
}

impl<S: Suite> World<S> {
    fn new(residents: u8, room: u8) -> Self {
        let users = usize::from(residents + room);
        let storage = (vec![Slot::EMPTY; users], vec![Bucket::EMPTY; users]);
        let mut registry = RegistryInner::with_storage(storage, [1; 16]);
        let residents: Vec<User> = (0..residents).map(resident).collect();
        for user in &residents {
            registry.claim(user.name.clone(), user.endpoint).expect("room for the residents");
        }
        let now = Instant::default();
        let hall = Hall::new(Door::new(password()), registry);
        Self { hall, residents, guests: std::array::from_fn(|_| Guest::new(now, 1)), now }
    }

    fn happen(&mut self, number: usize, happens: &Move<'_>) {
        match happens {
            Move::Act(act) => self.act(number, act),
            Move::Enter(who) => {
                self.act(number, &Act::Greet);
                self.act(number, &Act::Poll);
                self.act(number, &ask(Speech::Join(*who, NonZeroU16::MIN)));
            }
            Move::Join(who) => self.act(number, &ask(Speech::Join(*who, NonZeroU16::MAX))),
            Move::List => self.act(number, &ask(Speech::List)),
            Move::Subscribe => self.act(number, &ask(Speech::Subscribe(true))),
            Move::Close(reason) => self.close(number, *reason),
            Move::Connect(from) if self.guests[number].session.at(&mut self.hall).is_closed() => {
                self.guests[number] = Guest::new(self.now, *from);
            }
            Move::Connect(_) => {}
        }
        self.check();
    }

    fn act(&mut self, number: usize, act: &Act<'_>) {
        let Self { hall, guests, now, .. } = self;
        let Guest { session, witness, user } = &mut guests[number];
        let mut machine = session.at(hall);
        witness.act(&mut machine, now, Service::Community, act, |event| Guest::<S>::note(user, event));
    }

    fn close(&mut self, number: usize, reason: u8) {
        let Self { hall, guests, now, .. } = self;
        let Guest { session, witness, user } = &mut guests[number];
        let mut machine = session.at(hall);
        let event = machine.close(*now, speech::close(reason));
        witness.tell(event, |event| Guest::<S>::note(user, event));
        witness.check(&machine);
    }

    /// The users online are those that stay, and those that have joined and not left.
    fn check(&self) {
        let guests = || self.guests.iter().filter_map(|guest| guest.user.as_ref());
        let registry = self.hall.registry();
        for user in self.residents.iter().chain(guests()) {
            let found = registry.lookup(&user.name).and_then(|id| registry.get(id));
            assert_eq!(found, Some(user));
        }
        assert_eq!(registry.len(), self.residents.len() + guests().count());
        assert_eq!(registry.users(Cursor::START).count(), registry.len());
    }
}

/// A user whose name no guest can have.
fn resident(number: u8) -> User {
    let name = format!("resident with a long name no. {number:02}");
    User { name: Name::new(name.as_bytes()).expect("32 bytes"), endpoint: endpoint(number.into()) }
}

/// A client and its model.
struct Visit<S: Suite> {
    client: Client<Watched<S>>,
    witness: Witness<S>,
    now: Instant,
    expects: Expects,
}

#[derive(Default)]
#[allow(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
struct Expects {
    welcomed: bool,
    join: bool,
    joined: bool,
    list: bool,
    presence: bool,
}

impl Expects {
    fn note(&mut self, event: &ClientEvent<'_>) {
        match event {
            ClientEvent::Welcome => assert!(!std::mem::replace(&mut self.welcomed, true), "once"),
            ClientEvent::Joined { .. } => {
                assert!(std::mem::take(&mut self.join), "nobody asked to join");
                self.joined = true;
            }
            ClientEvent::JoinRefused(_) => {
                assert!(std::mem::take(&mut self.join), "nobody asked to join");
            }
            ClientEvent::ListPage(page) => {
                assert!(self.list, "nobody asked for the list");
                self.list = !page.last;
            }
            ClientEvent::Presence(_) => assert!(self.presence, "nobody asked for changes"),
            ClientEvent::Ended(_) => {}
        }
    }
}

impl<S: Suite> Visit<S> {
    fn new() -> Self {
        let now = Instant::default();
        let client = Client::new(now, password(), entropy(7));
        Self { client, witness: Witness::default(), now, expects: Expects::default() }
    }

    fn happen(&mut self, command: &Command<'_>) {
        match command {
            Command::Act(act) => self.act(act),
            Command::Admit(true) => self.act(&ask(Speech::Joined(NonZeroU16::MIN, 1))),
            Command::Admit(false) => self.act(&ask(Speech::JoinRefused { full: false })),
            Command::Page { last } => self.act(&ask(Speech::ListPage(*last, 2, vec![0, 1]))),
            Command::Join(who, port) => {
                let may = !self.expects.join && !self.expects.joined;
                let sent = self.send(may, |client, now, out| client.join(now, name(*who), *port, out));
                self.expects.join |= sent;
            }
            Command::List => {
                let sent = self.send(!self.expects.list, Client::request_list);
                self.expects.list |= sent;
            }
            Command::Subscribe => {
                let sent = self.send(true, Client::subscribe);
                self.expects.presence |= sent;
            }
            Command::Leave => {
                let event = self.client.leave(self.now);
                self.witness.tell(event, |event| self.expects.note(&event));
                self.witness.check(&self.client);
            }
        }
        let open = self.expects.welcomed && !self.witness.has_ended();
        assert_eq!(self.client.is_joined(), open && self.expects.joined);
    }

    fn act(&mut self, act: &Act<'_>) {
        let Self { client, witness, now, expects } = self;
        witness.act(client, now, Service::Community, act, |event| expects.note(&event));
    }

    /// Runs a command, which must succeed if and only if `may` and the conversation is open; returns whether
    /// it did.
    fn send(
        &mut self,
        may: bool,
        command: impl FnOnce(&mut Client<Watched<S>>, Instant, &mut [u8]) -> Result<(), SendError>,
    ) -> bool {
        let mut frame = EMPTY_FRAME;
        let sent = command(&mut self.client, self.now, &mut frame);
        let open = self.expects.welcomed && !self.witness.has_ended();
        assert_eq!(sent, if may && open { Ok(()) } else { Err(SendError::NotNow) });
        if sent.is_ok() {
            self.witness.check_frame(&frame);
        }
        self.witness.check(&self.client);
        sent.is_ok()
    }
}
