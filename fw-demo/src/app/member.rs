//! Member of a community: on the list of users online, and subscribed to its changes.

use core::net::SocketAddr;
use core::num::NonZeroU16;
use core::time::Duration;

use p2pm_core::channel::Ended;
use p2pm_core::community::{Client, ClientEvent};
use p2pm_core::drive::Pumped;
use p2pm_core::error::SendError;
use p2pm_core::limits::GUESS_INTERVAL;
use p2pm_core::suite::{Password, Suite};
use p2pm_core::time::Instant;
use p2pm_core::wire::{Change, Close, Name, User};

use super::dial::{Dial, Dialed};
use super::peer::Peer;
use super::{Board, Clock, Console, Outcome, Platform, Polled, Role, Terminal};

/// Delay before a lost community server is tried again. An attacker that answers in its place gets one guess
/// each time, at no higher rate than a caller.
const RETRY_DELAY: Duration = GUESS_INTERVAL;

/// Role that joins a community, shows who is online, and stays. A server that cannot be reached is tried
/// again without limit; one that refuses the password or the name is not, unless it has accepted them before.
pub struct Member<S: Suite, P: Platform> {
    identity: Identity,
    plan: Plan,
    stage: Stage<S, P>,
}

/// Server and user of the membership.
struct Identity {
    server: SocketAddr,
    password: Password,
    name: Name,
    /// Port of our node.
    port: NonZeroU16,
}

/// What to do after the connection ends.
struct Plan {
    then: Then,
    /// Whether a join was accepted before, so that a refusal is not final.
    was_welcome: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    /// Connect again.
    Return,
    /// Stay offline until [`Member::come_back`].
    StayAway,
    /// The role ends.
    Over(Outcome),
}

enum Stage<S: Suite, P: Platform> {
    /// Not connected, until this moment if there is one.
    Away(Option<Instant>),
    Dialing(Dial<P>),
    Visiting(Visit<S, P>),
}

/// A connection to the community server.
struct Visit<S: Suite, P: Platform> {
    peer: Peer<P>,
    client: Client<S>,
    wish: Option<Wish>,
    /// Whether a list is being received.
    is_listing: bool,
}

/// Next request to the community server.
#[derive(Clone, Copy, Debug)]
enum Wish {
    Join,
    /// Before the list, so that users who join while it is sent are either on it or among the changes.
    Subscribe,
    List,
    Leave,
}

impl<S: Suite, P: Platform> Member<S, P> {
    /// Joins the community at `server` as `name`, whose node listens on `port`.
    pub fn new(server: SocketAddr, password: Password, name: Name, port: NonZeroU16) -> Self {
        Self {
            identity: Identity { server, password, name, port },
            plan: Plan { then: Then::Return, was_welcome: false },
            stage: Stage::Away(Some(Instant::default())),
        }
    }

    /// Leaves the community until [`Member::come_back`].
    pub fn leave(&mut self, board: &mut Board<P>) {
        self.part(board, Then::StayAway);
    }

    /// Joins again after [`Member::leave`].
    pub fn come_back(&mut self) {
        if self.plan.then == Then::StayAway {
            self.plan.then = Then::Return;
            if let Stage::Away(until) = &mut self.stage {
                *until = Some(Instant::default());
            }
        }
    }

    fn part(&mut self, board: &mut Board<P>, then: Then) {
        if let Then::Over(_) = self.plan.then {
            return;
        }
        self.plan.then = then;
        match &mut self.stage {
            Stage::Away(until) => *until = None,
            Stage::Dialing(dial) => {
                dial.hang_up(&mut board.network);
                self.stage = Stage::Away(None);
            }
            Stage::Visiting(visit) => visit.wish = Some(Wish::Leave),
        }
    }

    #[inline(never)] // it has a visit on the stack, which should not be there during every poll
    fn dial(&mut self, board: &mut Board<P>, now: Instant) -> Polled {
        let Stage::Dialing(dial) = &mut self.stage else { return Polled::Idle };
        match dial.poll(board) {
            Dialed::Waiting => Polled::Idle,
            Dialed::Failed => self.go_away(now),
            Dialed::Connected(peer) => {
                let client = Client::new(now, self.identity.password.clone(), board.entropy());
                self.stage = Stage::Visiting(Visit { peer, client, wish: None, is_listing: false });
                Polled::Again
            }
        }
    }

    /// Ends an attempt or a visit.
    fn go_away(&mut self, now: Instant) -> Polled {
        self.stage = Stage::Away((self.plan.then == Then::Return).then(|| now + RETRY_DELAY));
        Polled::Again
    }
}

impl<S: Suite, P: Platform> Role<P> for Member<S, P> {
    fn poll(&mut self, board: &mut Board<P>) -> Polled {
        let now = board.clock.now();
        match (&mut self.stage, self.plan.then) {
            (Stage::Away(_), Then::Over(outcome)) => Polled::Over(outcome),
            (Stage::Away(Some(until)), _) if now >= *until => {
                match Dial::new(board, self.identity.server) {
                    Ok(dial) => self.stage = Stage::Dialing(dial),
                    Err(error) => {
                        board.console.say(format_args!("no connection: {error}"));
                        return self.go_away(now);
                    }
                }
                Polled::Again
            }
            (Stage::Away(_), _) => Polled::Idle,
            (Stage::Dialing(_), _) => self.dial(board, now),
            (Stage::Visiting(visit), _) => match visit.poll(board, now, &self.identity, &mut self.plan) {
                Polled::Over(_) => self.go_away(now),
                polled => polled,
            },
        }
    }

    fn deadline(&self) -> Option<Instant> {
        match &self.stage {
            Stage::Away(until) => *until,
            Stage::Dialing(dial) => dial.deadline(),
            Stage::Visiting(visit) => visit.peer.deadline(),
        }
    }

    fn stop(&mut self, board: &mut Board<P>) {
        self.part(board, Then::Over(Outcome::Done));
    }
}

impl<S: Suite, P: Platform> Visit<S, P> {
    fn poll(&mut self, board: &mut Board<P>, now: Instant, identity: &Identity, plan: &mut Plan) -> Polled {
        let has_asked = self.ask(board, now, identity, plan);
        let Self { peer, client, wish, is_listing } = self;
        let Board { network, console, .. } = board;
        match peer.poll(network, client, now, |event| {
            hear(event, wish, is_listing, identity, plan, console);
        }) {
            Pumped::Closed => Polled::Over(Outcome::Done),
            Pumped::Blocked if !has_asked => Polled::Idle,
            Pumped::Event(()) | Pumped::Again | Pumped::Blocked => Polled::Again,
        }
    }

    /// Sends the next request, if that is possible now; true if it was.
    fn ask(&mut self, board: &mut Board<P>, now: Instant, identity: &Identity, plan: &mut Plan) -> bool {
        let Self { peer, client, wish, is_listing } = self;
        let network = &mut board.network;
        let asked = match wish {
            None => return false,
            Some(Wish::Join) => {
                peer.send(network, now, |out| client.join(now, identity.name.clone(), identity.port, out))
            }
            Some(Wish::Subscribe) => peer.send(network, now, |out| client.subscribe(now, out)),
            Some(Wish::List) => peer.send(network, now, |out| client.request_list(now, out)),
            Some(Wish::Leave) => {
                if let Some(ClientEvent::Ended(ended)) = client.leave(now) {
                    plan.depart(ended, &mut board.console);
                }
                Ok(())
            }
        };
        if asked == Err(SendError::Busy) {
            return false;
        }
        *is_listing |= matches!(wish, Some(Wish::List)) && asked.is_ok();
        // If it cannot be sent, the connection has ended.
        *wish = matches!(wish, Some(Wish::Subscribe)).then_some(Wish::List);
        true
    }
}

/// Handles an event of the community server.
#[inline(never)] // it has a page of the list on the stack, which should not be there during every poll
fn hear(
    event: ClientEvent<'_>,
    wish: &mut Option<Wish>,
    is_listing: &mut bool,
    identity: &Identity,
    plan: &mut Plan,
    console: &mut Console<impl Terminal>,
) {
    match event {
        ClientEvent::Welcome => *wish = wish.or(Some(Wish::Join)),
        ClientEvent::Joined { endpoint, .. } => {
            plan.was_welcome = true;
            console.say(format_args!("online as {}, to be called at {endpoint}", identity.name));
            *wish = wish.or(Some(Wish::Subscribe));
        }
        ClientEvent::JoinRefused(refusal) => {
            console.say(format_args!("not online: {refusal}"));
            plan.take_refusal();
            *wish = Some(Wish::Leave);
        }
        ClientEvent::ListPage(page) => {
            *is_listing = !page.last;
            for User { name, endpoint } in page.users {
                if name != identity.name {
                    console.say(format_args!("{name} is at {endpoint}"));
                }
            }
        }
        ClientEvent::Presence(presence) => {
            for change in presence.changes {
                match change {
                    Change::Joined(User { name, endpoint }) => {
                        console.say(format_args!("{name} is online at {endpoint}"));
                    }
                    Change::Left(name) => console.say(format_args!("{name} is gone")),
                }
            }
        }
        ClientEvent::Ended(ended) => {
            // There is no room to keep the list until it is complete, so it was shown in parts.
            if *is_listing {
                console.say("the list is not complete");
            }
            plan.depart(ended, console);
        }
    }
}

impl Plan {
    /// Handles the end of the connection.
    fn depart(&mut self, ended: Ended, console: &mut Console<impl Terminal>) {
        console.say(format_args!("left the community server: {ended}"));
        // Other refusals may be temporary: too many guesses, or no room.
        if let Ended::ByPeer(Close::WrongPassword) | Ended::Claimed(Close::WrongPassword) = ended {
            self.take_refusal();
        }
    }

    /// A refusal is final if this server has never accepted us.
    fn take_refusal(&mut self) {
        if self.then == Then::Return && !self.was_welcome {
            self.then = Then::Over(Outcome::Refused);
        }
    }
}
