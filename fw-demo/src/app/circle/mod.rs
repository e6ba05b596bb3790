//! Circle: a node among the others that share a passphrase. It finds them, is linked with them, shows what they say, says what is
//! typed, and has an application that hears and says something of its own. It takes a file and sends one.
//!
//! Every decision is [`p2pm_core::node`]'s; the role has the connections, and one transfer at a time.
//!
//! | what | is where |
//! |---|---|
//! | whom there is to dial, besides a typed address | `finder` |
//! | connections, up to the link | `serve` |
//! | the connection of a transfer | `carry` |
//! | what the node tells its user, and what is done about it | `news` |
//! | texts; commands on the console | `text`, `command` |
//! | hooks of an application | [`Application`] |

mod admission;
mod application;
mod carry;
mod command;
mod connection;
mod crossing;
mod finder;
mod half;
mod line;
mod news;
mod no_files;
mod parts;
mod serve;
mod slot;
mod text;

use core::net::SocketAddr;
use core::num::NonZeroU16;

use embedded_nal::TcpClientStack;
use heapless::{String, Vec};
use p2pm_core::channel::CircleNumber;
use p2pm_core::door::Door;
use p2pm_core::identity::Identity;
use p2pm_core::limits::PART_MAX;
use p2pm_core::node::{CircleId, ContactId, Node, Policy, Rows, Setup, Storage, TransferKey};
use p2pm_core::time::{Instant, earliest};
use p2pm_core::wire::{Endpoint, Name};

pub use self::admission::{Admission, KNOWN_MAX};
pub use self::application::{Application, WORDS_MAX, Words};
use self::connection::Connection;
use self::crossing::Crossing;
pub use self::finder::{Finder, Lookout, Nobody};
use self::half::Cargo;
pub use self::line::Frames;
pub use self::no_files::{NoFile, NoFiles};
pub use self::parts::{Files, Origin, Parts};
pub use self::slot::{NoSlot, Slot};
use super::board::SocketOf;
use super::{Board, Clock, Listener, Outcome, Platform, Polled, Role};

/// Memory for what belongs to a transfer.
type SlotOf<P, T> = <<P as Parts>::Files as Files>::Slot<T>;

/// Role of a node in one circle, with `PLACES` connections besides that of a transfer, and frames of `FRAME` bytes there.
pub struct Circle<'n, P: Parts, const PLACES: usize, const FRAME: usize> {
    node: &'n mut Node<P::Storage>,
    finder: P::Finder,
    /// `None` once it has stopped listening.
    listener: Option<SocketOf<P>>,
    /// Oldest first.
    connections: Vec<Connection<P>, PLACES>,
    admission: Admission,
    application: P::Application,
    /// What was said last.
    heard: String<PART_MAX>,
    files: P::Files,
    crossing: SlotOf<P, Crossing<P>>,
    frames: Frames<FRAME>,
    /// What has crossed in part, for another connection.
    half_way: SlotOf<P, (TransferKey, Cargo<P::Files>)>,
    /// To whom the file is sent: whoever is there.
    addressee: Option<Endpoint>,
    /// The transfer of the file, and with whom it is.
    sent: Option<(TransferKey, ContactId)>,
    /// The transfer of the file that was taken.
    taken: Option<TransferKey>,
    /// When it is looked for space for that, as there was none.
    space_due: Option<Instant>,
    /// When the node has something to do.
    due: Option<Instant>,
    /// How the role ends, once its connections have.
    outcome: Option<Outcome>,
}

/// What a node is to be.
pub struct Membership<M: Storage> {
    /// Its long-term key.
    pub identity: Identity,
    /// Its name.
    pub name: Name,
    /// Port on which it listens.
    pub port: NonZeroU16,
    /// Number of the circle.
    pub number: CircleNumber,
    /// Door with its passphrase.
    pub door: Door<M::Guessers>,
    /// Address of a node to be linked with.
    pub connect: Option<SocketAddr>,
    /// Whom to accept.
    pub policy: Policy,
}

impl<M: Storage> Membership<M> {
    /// The node in its circle, for a [`Circle`] to borrow. What it is made of is on the stack only meanwhile.
    #[inline(never)]
    pub fn node<P: Platform>(self, board: &mut Board<P>) -> Node<M>
    where
        Rows<M>: Default,
    {
        let Self { identity, name, port, number, door, connect, policy } = self;
        let setup = Setup {
            identity,
            name,
            port: Some(port),
            policy,
            run: u32::from_ne_bytes(board.random()),
            seed: u64::from_ne_bytes(board.random()),
        };
        let now = board.clock.now();
        let mut node = Node::new(now, setup, Rows::default());
        // There is room for a circle, and for an address.
        if let (Ok(circle), Some(address)) = (node.join(number, door), connect.and_then(endpoint)) {
            node.connect(now, address, circle);
        }
        node
    }
}

/// What a role is to do with its node.
pub struct CircleSetup<P: Parts> {
    /// What finds others.
    pub finder: P::Finder,
    /// Address of the node that is sent the file, if there is one.
    pub addressee: Option<SocketAddr>,
    /// Whom to accept. Its [policy](Admission::policy) is that of the node.
    pub admission: Admission,
    /// What it is for.
    pub application: P::Application,
    /// Its files.
    pub files: P::Files,
}

impl<'n, P: Parts, const PLACES: usize, const FRAME: usize> Circle<'n, P, PLACES, FRAME> {
    /// A listening node. Like a [`Node`](crate::app::Node) it is constructed in place.
    pub fn new(
        board: &mut Board<P>,
        listener: Listener<P>,
        node: &'n mut Node<P::Storage>,
        setup: CircleSetup<P>,
    ) -> Self {
        let Listener { socket, port } = listener;
        let CircleSetup { finder, addressee, admission, application, files } = setup;
        board.console.say(format_args!("{} ({}) on port {port}", node.name(), node.key().tag()));
        Self {
            node,
            finder,
            listener: Some(socket),
            connections: Vec::new(),
            admission,
            application,
            heard: String::new(),
            files,
            crossing: Slot::EMPTY,
            frames: Frames::EMPTY,
            half_way: Slot::EMPTY,
            addressee: addressee.and_then(endpoint),
            sent: None,
            taken: None,
            space_due: None,
            due: None,
            outcome: None,
        }
    }
}

impl<P: Parts, const PLACES: usize, const FRAME: usize> Circle<'_, P, PLACES, FRAME> {
    /// Ends the role with this outcome, as soon as everyone has been told goodbye.
    fn end(&mut self, board: &mut Board<P>, outcome: Outcome) {
        if self.outcome.is_some() {
            return;
        }
        self.outcome = Some(outcome);
        if let Some(listener) = self.listener.take() {
            _ = board.network.close(listener);
        }
        if let Some(crossing) = self.crossing.take() {
            // The other end waits for another connection.
            crossing.land(&mut board.network);
        }
        let now = board.clock.now();
        self.finder.leave(now);
        for connection in &mut self.connections {
            connection.leave(&mut board.network, self.node, now);
        }
    }

    /// Looks for others; true if there may be more to do at once.
    fn look_out(&mut self, board: &mut Board<P>, now: Instant) -> bool {
        self.finder.poll(now, &mut board.network, self.node, CircleId::FIRST)
    }

    /// Ends the role if sending is all that it is for.
    fn end_of_sending(&mut self, board: &mut Board<P>, outcome: Outcome) {
        if self.files.goods().is_some() && !self.files.can_take() {
            self.end(board, outcome);
        }
    }
}

/// A typed address, which has a port.
fn endpoint(address: SocketAddr) -> Option<Endpoint> {
    Some(Endpoint::new(address.ip(), NonZeroU16::new(address.port())?))
}

impl<P: Parts, const PLACES: usize, const FRAME: usize> Role<P> for Circle<'_, P, PLACES, FRAME> {
    fn poll(&mut self, board: &mut Board<P>) -> Polled {
        let now = board.clock.now();
        let mut again = self.attend(board, now) | self.look_out(board, now);
        if self.outcome.is_none() {
            again |= self.admit(board, now) | self.dial(board, now);
            again |= self.look_for_space(now) | self.carry(board, now);
            again |= self.tell(board, now) | self.say_all(board, now) | self.obey(board, now);
            // Without room for another connection nobody is dialled before one of them ends.
            let dial = self.node.dial_deadline(now).filter(|_| !self.connections.is_full());
            self.due = [dial, self.node.transfer_deadline()].into_iter().fold(self.space_due, earliest);
        }
        match self.outcome {
            Some(outcome) if self.connections.is_empty() && self.finder.has_left() => Polled::Over(outcome),
            _ if again => Polled::Again,
            _ => Polled::Idle,
        }
    }

    fn deadline(&self) -> Option<Instant> {
        let connections = self.connections.iter().map(Connection::deadline);
        let connections = connections.fold(self.finder.deadline(), earliest);
        if self.outcome.is_some() {
            return connections;
        }
        let crossing = self.crossing.get().and_then(Crossing::deadline);
        [crossing, self.due, self.application.deadline()].into_iter().fold(connections, earliest)
    }

    fn stop(&mut self, board: &mut Board<P>) {
        self.end(board, Outcome::Done);
    }
}
