//! Scripted ends of a sealed connection, for any transport.

use std::collections::VecDeque;
use std::net::{IpAddr, Ipv4Addr};
use std::num::NonZeroU16;
use std::time::Duration;

use p2pm_core::channel::{Ended, Machine};
use p2pm_core::chat::{Callee, CalleeEvent, Caller, CallerEvent, Conversation, ConversationEvent};
use p2pm_core::community::{Client, ClientEvent, Hall, Session, SessionEvent};
use p2pm_core::door::Door;
use p2pm_core::drive::{Connection, Interest, Pumped, Transport};
use p2pm_core::error::SendError;
use p2pm_core::registry::{Inline, Registry};
use p2pm_core::suite::{Entropy, Password, Sealed};
use p2pm_core::time::{Instant, earliest};
use p2pm_core::wire::{Close, Endpoint, Turns};

use crate::random::Random;

/// The shared password.
pub const PASSWORD: &str = "open sesame";
/// Name of the connecting user.
pub const NAME: &str = "katie";
/// Name of a user online before.
pub const RESIDENT: &str = "abdul";

/// Texts of a chat in turn, the caller's first.
const LINES: [&str; 4] = ["one", "two", "three", "four"];
/// How long the side that leaves last waits for further events.
pub(super) const PAUSE: Duration = Duration::from_secs(1);
pub(super) const PORT: NonZeroU16 = NonZeroU16::MAX;
pub(super) const ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// Result of a party.
#[derive(Debug, Default)]
pub struct Report {
    /// How it ended.
    pub ended: Option<Ended>,
    /// What the other side's messages have shown to the user, admissions included.
    pub shown: Vec<String>,
}

/// What a party waits for.
#[derive(Clone, Copy, Debug)]
pub struct Wish {
    /// Readiness of its transport.
    pub interest: Interest,
    /// Deadline of its next poll.
    pub deadline: Option<Instant>,
}

impl Wish {
    pub(super) fn of(connection: &Connection, machine: &impl Machine) -> Self {
        Self { interest: connection.interest(machine), deadline: connection.deadline(machine) }
    }

    pub(super) fn or_at(self, moment: Option<Instant>) -> Self {
        Self { deadline: earliest(self.deadline, moment), ..self }
    }
}

/// One end of a connection.
pub trait Party {
    /// Does what is possible now, and returns what it waits for; `None` once it has dropped the connection.
    fn poll(&mut self, transport: &mut impl Transport, now: Instant) -> Option<Wish>;
    /// Its result so far.
    fn report(&self) -> &Report;
}

pub(super) fn password() -> Password {
    Password::new(PASSWORD.as_bytes()).expect("a password")
}

enum Stage {
    Calling(Box<Caller<Sealed>>),
    Called(Box<Callee<Sealed>>, Box<Door>),
    Talking(Conversation<Sealed>),
    Between,
}

/// One end of a private chat.
pub struct Chatter {
    stage: Stage,
    connection: Connection,
    turns: Turns,
    lines: VecDeque<&'static str>,
    leaving: Leaving,
    report: Report,
}

/// When an end leaves by itself.
#[derive(Clone, Copy)]
pub(super) enum Leaving {
    Never,
    WhenAllIsSaid,
    At(Instant),
}

impl Leaving {
    pub(super) fn deadline(self) -> Option<Instant> {
        if let Self::At(moment) = self { Some(moment) } else { None }
    }

    /// True once, when it is time.
    pub(super) fn take(&mut self, now: Instant) -> bool {
        let due = self.deadline().is_some_and(|moment| now >= moment);
        if due {
            *self = Self::Never;
        }
        due
    }
}

enum ChatNews {
    Nothing,
    Accepted,
    Ringing(String),
    Text(String),
    Ended(Ended),
}

impl Chatter {
    /// The caller, which writes first, and quits after the last text.
    ///
    /// # Panics
    ///
    /// Never: its name is valid.
    pub fn caller(now: Instant, turns: Turns, random: &mut Random) -> Self {
        let entropy = Entropy::new(random.bytes());
        let name = NAME.parse().expect("a name");
        let caller = Caller::new(now, password(), turns, Some(name), entropy);
        Self { leaving: Leaving::WhenAllIsSaid, ..Self::new(Stage::Calling(Box::new(caller)), turns, 0) }
    }

    /// The callee.
    pub fn callee(now: Instant, turns: Turns, random: &mut Random) -> Self {
        let callee = Callee::new(now, ADDRESS, Entropy::new(random.bytes()));
        Self::new(Stage::Called(Box::new(callee), Box::new(Door::new(password()))), turns, 1)
    }

    fn new(stage: Stage, turns: Turns, first: usize) -> Self {
        let lines = LINES.into_iter().skip(first).step_by(2).collect();
        let (connection, report) = (Connection::default(), Report::default());
        Self { stage, connection, turns, lines, leaving: Leaving::Never, report }
    }

    fn pump(&mut self, transport: &mut impl Transport, now: Instant) -> Pumped<ChatNews> {
        let Self { stage, connection, .. } = self;
        match stage {
            Stage::Calling(caller) => connection.pump(transport, &mut **caller, now, |event| match event {
                CallerEvent::Ringing => ChatNews::Nothing,
                CallerEvent::Accepted(_) => ChatNews::Accepted,
                CallerEvent::Ended(ended) => ChatNews::Ended(ended),
            }),
            Stage::Called(callee, door) => {
                connection.pump(transport, &mut callee.at(door), now, |event| match event {
                    CalleeEvent::Ringing { from, .. } => {
                        ChatNews::Ringing(from.map_or_else(String::new, |name| name.as_str().to_owned()))
                    }
                    CalleeEvent::Ended(ended) => ChatNews::Ended(ended),
                })
            }
            Stage::Talking(conversation) => {
                connection.pump(transport, conversation, now, |event| match event {
                    ConversationEvent::Text(text) => ChatNews::Text(text.to_owned()),
                    ConversationEvent::Ended(ended) => ChatNews::Ended(ended),
                })
            }
            Stage::Between => Pumped::Closed,
        }
    }

    fn hear(&mut self, news: ChatNews) {
        match (news, std::mem::replace(&mut self.stage, Stage::Between)) {
            (ChatNews::Accepted, Stage::Calling(caller)) => {
                self.stage = Stage::Talking(caller.into_conversation().ok().expect("an accepted call"));
            }
            (ChatNews::Ringing(name), Stage::Called(callee, _)) => {
                self.report.shown.push(name);
                let conversation = callee.accept(self.turns).ok().expect("a call that rings");
                self.stage = Stage::Talking(conversation);
            }
            (news, stage) => {
                self.stage = stage;
                match news {
                    ChatNews::Text(text) => self.report.shown.push(text),
                    ChatNews::Ended(ended) => self.report.ended = Some(ended),
                    ChatNews::Nothing | ChatNews::Accepted | ChatNews::Ringing(_) => {}
                }
            }
        }
    }

    /// Sends the next text, if that is possible now; true if it was.
    fn say(&mut self, transport: &mut impl Transport, now: Instant) -> bool {
        let Stage::Talking(conversation) = &mut self.stage else { return false };
        if !conversation.may_write() {
            return false;
        }
        let Some(line) = self.lines.front() else {
            if let Leaving::WhenAllIsSaid = self.leaving {
                self.leaving = Leaving::At(now + PAUSE);
            }
            return false;
        };
        match self.connection.send(transport, now, |out| conversation.send_text(now, line, out)) {
            Ok(()) => self.lines.pop_front().is_some(),
            Err(SendError::Busy) => false,
            Err(error) => panic!("it is our turn: {error}"),
        }
    }

    fn leave(&mut self, now: Instant) {
        if let Stage::Talking(conversation) = &mut self.stage
            && conversation.quit(now).is_some()
        {
            self.report.ended = Some(Ended::ByUs(Close::Goodbye));
        }
    }
}

impl Party for Chatter {
    fn poll(&mut self, transport: &mut impl Transport, now: Instant) -> Option<Wish> {
        if self.leaving.take(now) {
            self.leave(now);
        }
        loop {
            match self.pump(transport, now) {
                Pumped::Event(news) => self.hear(news),
                Pumped::Again => {}
                Pumped::Blocked if self.say(transport, now) => {}
                Pumped::Blocked => break,
                Pumped::Closed => return None,
            }
        }
        let connection = &self.connection;
        let wish = match &mut self.stage {
            Stage::Calling(caller) => Some(Wish::of(connection, &**caller)),
            Stage::Called(callee, door) => Some(Wish::of(connection, &callee.at(door))),
            Stage::Talking(conversation) => Some(Wish::of(connection, conversation)),
            Stage::Between => None,
        };
        wish.map(|wish| wish.or_at(self.leaving.deadline()))
    }

    fn report(&self) -> &Report {
        &self.report
    }
}

/// A user of a community: joins, subscribes, fetches the list, leaves.
pub struct Member {
    client: Client<Sealed>,
    connection: Connection,
    leaving: Leaving,
    report: Report,
}

/// Reaction to an event.
enum Next {
    Join,
    Follow,
    Leave,
    Nothing,
}

impl Member {
    /// A user on a new connection.
    pub fn new(now: Instant, random: &mut Random) -> Self {
        let client = Client::new(now, password(), Entropy::new(random.bytes()));
        let (connection, report) = (Connection::default(), Report::default());
        Self { client, connection, leaving: Leaving::WhenAllIsSaid, report }
    }

    fn go_on(&mut self, transport: &mut impl Transport, now: Instant, next: &Next) -> Result<(), SendError> {
        let Self { client, connection, leaving, .. } = self;
        match next {
            Next::Join => {
                let name = NAME.parse().expect("a name");
                connection.send(transport, now, |out| client.join(now, name, PORT, out))?;
            }
            Next::Follow => {
                connection.send(transport, now, |out| client.subscribe(now, out))?;
                connection.send(transport, now, |out| client.request_list(now, out))?;
            }
            Next::Leave => *leaving = Leaving::At(now + PAUSE),
            Next::Nothing => {}
        }
        Ok(())
    }
}

impl Party for Member {
    fn poll(&mut self, transport: &mut impl Transport, now: Instant) -> Option<Wish> {
        if self.leaving.take(now) && self.client.leave(now).is_some() {
            self.report.ended = Some(Ended::ByUs(Close::Goodbye));
        }
        loop {
            let Self { client, connection, report, .. } = self;
            let pumped = connection.pump(transport, client, now, |event| match event {
                ClientEvent::Welcome => Next::Join,
                ClientEvent::Joined { endpoint, .. } => {
                    report.shown.push(endpoint.to_string());
                    Next::Follow
                }
                ClientEvent::ListPage(page) => {
                    report.shown.extend(page.users.map(|user| user.name.as_str().to_owned()));
                    if page.last { Next::Leave } else { Next::Nothing }
                }
                ClientEvent::Ended(ended) => {
                    report.ended = Some(ended);
                    Next::Nothing
                }
                other => panic!("{other:?} was not to be expected"),
            });
            match pumped {
                Pumped::Event(next) => self.go_on(transport, now, &next).expect("it is allowed now"),
                Pumped::Again => {}
                Pumped::Blocked => break,
                Pumped::Closed => return None,
            }
        }
        Some(Wish::of(&self.connection, &self.client).or_at(self.leaving.deadline()))
    }

    fn report(&self) -> &Report {
        &self.report
    }
}

/// A community server with one connection, and a user online before.
pub struct Host {
    hall: Hall<Inline<64>>,
    session: Session<Sealed>,
    connection: Connection,
    report: Report,
}

impl Host {
    /// A server with a new connection.
    ///
    /// # Panics
    ///
    /// Never: there is room for the resident.
    pub fn new(now: Instant, random: &mut Random) -> Self {
        Self::with_residents(now, random, [RESIDENT.to_owned()])
    }

    /// A server with a new connection, and other residents than [`RESIDENT`].
    ///
    /// # Panics
    ///
    /// If they are too many, or their names are invalid.
    pub fn with_residents(
        now: Instant,
        random: &mut Random,
        names: impl IntoIterator<Item = String>,
    ) -> Self {
        let mut registry = Registry::new(random.bytes());
        for name in names {
            registry.claim(name.parse().expect("a name"), Endpoint::new(ADDRESS, PORT)).expect("room");
        }
        Self {
            hall: Hall::new(Door::new(password()), registry),
            session: Session::new(now, ADDRESS, Entropy::new(random.bytes())),
            connection: Connection::default(),
            report: Report::default(),
        }
    }

    /// Number of users online.
    pub fn online(&self) -> usize {
        self.hall.registry().len()
    }
}

impl Party for Host {
    fn poll(&mut self, transport: &mut impl Transport, now: Instant) -> Option<Wish> {
        let Self { hall, session, connection, report } = self;
        let mut session = session.at(hall);
        loop {
            match connection.pump(transport, &mut session, now, |event| event) {
                Pumped::Event(SessionEvent::Joined(user)) => report.shown.push(user.name.as_str().to_owned()),
                Pumped::Event(SessionEvent::Ended { ended, .. }) => report.ended = Some(ended),
                Pumped::Again => {}
                Pumped::Blocked => return Some(Wish::of(connection, &session)),
                Pumped::Closed => return None,
            }
        }
    }

    fn report(&self) -> &Report {
        &self.report
    }
}
