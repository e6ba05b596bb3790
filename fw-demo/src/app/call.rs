//! Call: a chat that the device asks for.

use core::mem;
use core::net::SocketAddr;

use p2pm_core::channel::Ended;
use p2pm_core::chat::{Caller, CallerEvent};
use p2pm_core::drive::Pumped;
use p2pm_core::suite::{Password, Suite};
use p2pm_core::time::Instant;
use p2pm_core::wire::{Name, Turns};

use super::board::NetworkError;
use super::dial::{Dial, Dialed};
use super::peer::Peer;
use super::talk::Talk;
use super::{Board, Clock, Outcome, Platform, Polled, Role, Voice};

/// Role that calls a node and chats.
pub struct Call<S: Suite, P: Platform> {
    stage: Stage<S, P>,
    voice: Voice,
}

enum Stage<S: Suite, P: Platform> {
    Dialing { dial: Dial<P>, password: Password, offer: Turns, name: Option<Name> },
    Ringing { peer: Peer<P>, caller: Caller<S>, ended: Option<Ended> },
    Talking(Talk<S, P>),
    Over(Outcome),
}

impl<S: Suite, P: Platform> Call<S, P> {
    /// Calls the node at `remote`.
    pub fn new(
        board: &mut Board<P>,
        remote: SocketAddr,
        password: Password,
        offer: Turns,
        name: Option<Name>,
        voice: Voice,
    ) -> Result<Self, NetworkError<P>> {
        let dial = Dial::new(board, remote)?;
        Ok(Self { stage: Stage::Dialing { dial, password, offer, name }, voice })
    }

    /// Connected: starts the handshake and the call.
    fn ask(&mut self, peer: Peer<P>, board: &mut Board<P>) -> Polled {
        let stage = mem::replace(&mut self.stage, Stage::Over(Outcome::Failed));
        if let Stage::Dialing { password, offer, name, .. } = stage {
            let caller = Caller::new(board.clock.now(), password, offer, name, board.entropy());
            self.stage = Stage::Ringing { peer, caller, ended: None };
        }
        Polled::Again
    }

    /// Accepted: starts the chat.
    fn begin(&mut self, board: &mut Board<P>) -> Polled {
        let stage = mem::replace(&mut self.stage, Stage::Over(Outcome::Failed));
        if let Stage::Ringing { peer, caller, .. } = stage
            && let Ok(conversation) = caller.into_conversation()
        {
            board.console.say("chat accepted: you write first");
            self.stage = Stage::Talking(Talk::new(peer, conversation, self.voice));
        }
        Polled::Again
    }
}

impl<S: Suite, P: Platform> Role<P> for Call<S, P> {
    fn poll(&mut self, board: &mut Board<P>) -> Polled {
        let now = board.clock.now();
        match &mut self.stage {
            Stage::Dialing { dial, .. } => match dial.poll(board) {
                Dialed::Waiting => Polled::Idle,
                Dialed::Failed => Polled::Over(Outcome::Failed),
                Dialed::Connected(peer) => self.ask(peer, board),
            },
            Stage::Ringing { peer, caller, ended } => {
                match peer.poll(&mut board.network, caller, now, |event| event) {
                    Pumped::Event(CallerEvent::Accepted(_)) => return self.begin(board),
                    Pumped::Event(CallerEvent::Ringing) => board.console.say("ringing"),
                    Pumped::Event(CallerEvent::Ended(how)) => {
                        board.console.say(format_args!("no chat: {how}"));
                        *ended = Some(how);
                    }
                    Pumped::Closed => return Polled::Over(ended.unwrap_or(Ended::Lost).into()),
                    Pumped::Blocked => return Polled::Idle,
                    Pumped::Again => {}
                }
                Polled::Again
            }
            Stage::Talking(talk) => talk.poll(board),
            Stage::Over(outcome) => Polled::Over(*outcome),
        }
    }

    fn deadline(&self) -> Option<Instant> {
        match &self.stage {
            Stage::Dialing { dial, .. } => dial.deadline(),
            Stage::Ringing { peer, .. } => peer.deadline(),
            Stage::Talking(talk) => talk.deadline(),
            Stage::Over(_) => None,
        }
    }

    fn stop(&mut self, board: &mut Board<P>) {
        match &mut self.stage {
            Stage::Dialing { dial, .. } => {
                dial.hang_up(&mut board.network);
                self.stage = Stage::Over(Outcome::Done);
            }
            Stage::Ringing { caller, ended, .. } => {
                if let Some(CallerEvent::Ended(how)) = caller.hang_up(board.clock.now()) {
                    *ended = Some(how);
                }
            }
            Stage::Talking(talk) => talk.quit(board),
            Stage::Over(_) => {}
        }
    }
}
