//! Node: answers private chats, one at a time.

use core::net::IpAddr;

use embedded_nal::{TcpClientStack, TcpFullStack};
use heapless::Vec;
use p2pm_core::chat::{Callee, CalleeEvent};
use p2pm_core::door::{Door, HalfOpen, LogLimit, Room};
use p2pm_core::drive::Pumped;
use p2pm_core::suite::{Password, Suite};
use p2pm_core::time::{Instant, earliest};
use p2pm_core::wire::{Close, Name, Turns};

use super::board::SocketOf;
use super::peer::Peer;
use super::talk::Talk;
use super::{Board, Clock, Listener, Outcome, Platform, Polled, Role, Voice};

/// Role that listens for private chats and takes one at a time. Up to `DOOR` other connections can
/// authenticate meanwhile.
pub struct Node<S: Suite, P: Platform, const DOOR: usize> {
    /// `None` once it has stopped listening.
    listener: Option<SocketOf<P>>,
    door: Door,
    /// Oldest first.
    callers: Vec<AtDoor<S, P>, DOOR>,
    talk: Option<Talk<S, P>>,
    strangers: LogLimit,
    turns: Turns,
    voice: Voice,
}

struct AtDoor<S: Suite, P: Platform> {
    from: IpAddr,
    peer: Peer<P>,
    callee: Callee<S>,
}

impl<S: Suite, P: Platform> AtDoor<S, P> {
    /// Closes the connection with [`Close::Full`].
    fn refuse(&mut self, door: &mut Door, board: &mut Board<P>, now: Instant) {
        self.callee.refuse(now, Close::Full);
        self.peer.poll(&mut board.network, &mut self.callee.at(door), now, |_| ());
        self.peer.hang_up(&mut board.network);
    }
}

impl<S: Suite, P: Platform, const DOOR: usize> Node<S, P, DOOR> {
    const HAS_A_DOOR: () = assert!(DOOR > 0);

    /// A listening node with this password. It is constructed in place, since there may be no room to move
    /// it.
    pub fn new(
        board: &mut Board<P>,
        listener: Listener<P>,
        password: Password,
        turns: Turns,
        voice: Voice,
    ) -> Self {
        const { Self::HAS_A_DOOR };
        let Listener { socket, port } = listener;
        board.console.say(format_args!("listening on port {port}"));
        Self {
            listener: Some(socket),
            door: Door::new(password),
            callers: Vec::new(),
            talk: None,
            strangers: LogLimit::default(),
            turns,
            voice,
        }
    }

    /// Whether there is a chat.
    pub fn is_busy(&self) -> bool {
        self.talk.is_some()
    }

    /// Accepts one connection; true if there was one.
    fn admit(&mut self, board: &mut Board<P>, now: Instant) -> bool {
        let Some(listener) = &mut self.listener else { return false };
        // A connection that cannot be accepted now waits until a socket is free.
        let Ok((socket, address)) = board.network.accept(listener) else { return false };
        self.step_up(board, now, socket, address.ip());
        true
    }

    #[inline(never)] // it has a caller on the stack, which should not be there during every poll
    fn step_up(&mut self, board: &mut Board<P>, now: Instant, socket: SocketOf<P>, from: IpAddr) {
        self.make_room(board, now, from);
        let callee = Callee::new(now, from, board.entropy());
        if let Err(mut newcomer) = self.callers.push(AtDoor { from, peer: Peer::new(socket), callee }) {
            newcomer.refuse(&mut self.door, board, now);
        }
    }

    /// Evicts a half-open connection in favour of a new one; none if all are authenticated.
    fn make_room(&mut self, board: &mut Board<P>, now: Instant, newcomer: IpAddr) {
        let callers = self.callers.iter().enumerate();
        let strangers = callers.filter(|(_, caller)| !caller.callee.is_authenticated());
        let half_open: HalfOpen<_, DOOR> = strangers.map(|(index, caller)| (caller.from, index)).collect();
        if let Room::InPlaceOf(index) = half_open.room_for(newcomer, self.callers.is_full(), || None)
            && let Some(caller) = self.callers.get_mut(index)
        {
            caller.refuse(&mut self.door, board, now);
            self.send_away(index);
        }
    }

    /// Whether the chat has ended but its connection is not closed yet. Callers wait for that, a second at
    /// most, and can have the next chat.
    fn is_between_chats(&self) -> bool {
        self.talk.as_ref().is_some_and(Talk::has_ended)
    }

    /// Polls every caller; true if there may be more to do at once.
    fn attend(&mut self, board: &mut Board<P>, now: Instant) -> bool {
        if self.is_between_chats() {
            return false;
        }
        let mut again = false;
        let mut index = 0;
        while let Some(caller) = self.callers.get_mut(index) {
            let (from, machine) = (caller.from, &mut caller.callee.at(&mut self.door));
            match caller.peer.poll(&mut board.network, machine, now, |event| event) {
                Pumped::Closed => {
                    self.send_away(index);
                    continue;
                }
                Pumped::Event(CalleeEvent::Ringing { from: name, .. }) => {
                    self.answer(board, now, index, name.as_ref());
                    return true;
                }
                Pumped::Event(CalleeEvent::Ended(ended)) => {
                    // A user in a chat is not disturbed.
                    if self.talk.is_none() && self.strangers.take_line(now) {
                        board.console.say(format_args!("no chat with {from}: {}", ended.reason()));
                    }
                    again = true;
                }
                Pumped::Again => again = true,
                Pumped::Blocked => {}
            }
            index += 1;
        }
        again
    }

    #[inline(never)] // as above
    fn send_away(&mut self, index: usize) {
        self.callers.remove(index);
    }

    /// Answers an authenticated call: the first one gets the chat.
    fn answer(&mut self, board: &mut Board<P>, now: Instant, index: usize, name: Option<&Name>) {
        let Some(caller) = self.callers.get_mut(index) else { return };
        if self.talk.is_some() {
            board.console.say(format_args!("another caller, {}, was told that you are busy", caller.from));
            caller.callee.refuse(now, Close::Busy);
            return;
        }
        match name {
            Some(name) => board.console.say(format_args!("chat with {name} at {}", caller.from)),
            None => board.console.say(format_args!("chat with {}", caller.from)),
        }
        self.begin_chat(board, index);
    }

    #[inline(never)] // as above
    fn begin_chat(&mut self, board: &mut Board<P>, index: usize) {
        let mut caller = self.callers.remove(index);
        match caller.callee.accept(self.turns) {
            Ok(conversation) => _ = self.talk.insert(Talk::new(caller.peer, conversation, self.voice)),
            Err(_) => caller.peer.hang_up(&mut board.network),
        }
    }
}

impl<S: Suite, P: Platform, const DOOR: usize> Role<P> for Node<S, P, DOOR> {
    fn poll(&mut self, board: &mut Board<P>) -> Polled {
        let now = board.clock.now();
        let mut again = self.admit(board, now) | self.attend(board, now);
        if let Some(warning) = self.door.take_warning() {
            board.console.say(warning);
        }
        match self.talk.as_mut().map(|talk| talk.poll(board)) {
            Some(Polled::Over(_)) => {
                self.talk = None;
                if self.listener.is_some() {
                    board.console.say("listening");
                }
                again = true;
            }
            Some(Polled::Again) => again = true,
            Some(Polled::Idle) | None => {}
        }
        if self.listener.is_none() && self.callers.is_empty() && self.talk.is_none() {
            return Polled::Over(Outcome::Done);
        }
        if again { Polled::Again } else { Polled::Idle }
    }

    fn deadline(&self) -> Option<Instant> {
        let talk = self.talk.as_ref().and_then(Talk::deadline);
        if self.is_between_chats() {
            return talk;
        }
        self.callers.iter().map(|caller| caller.peer.deadline()).fold(talk, earliest)
    }

    fn stop(&mut self, board: &mut Board<P>) {
        if let Some(listener) = self.listener.take() {
            _ = board.network.close(listener);
        }
        if let Some(talk) = &mut self.talk {
            talk.quit(board);
        }
        let now = board.clock.now();
        for caller in &mut self.callers {
            caller.callee.refuse(now, Close::Goodbye);
        }
    }
}
