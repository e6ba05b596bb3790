//! One side of a chat from its first frame to its last, with a model of what it may send and receive.

use arbitrary::Arbitrary;
use p2pm_core::channel::{Ended, Machine};
use p2pm_core::chat::{Callee, CalleeEvent, Caller, CallerEvent, Conversation, ConversationEvent};
use p2pm_core::door::Door;
use p2pm_core::error::{Fault, SendError};
use p2pm_core::limits::TEXT_MAX;
use p2pm_core::suite::{Password, Suite};
use p2pm_core::time::Instant;
use p2pm_core::wire::{Close, EMPTY_FRAME, Frame, Service, Turns};

use crate::speech::{close, turns};
use crate::watched::Watched;
use crate::witness::{Act, Witness};
use crate::{address, entropy, name, password};

/// Operation on one side of a chat.
#[derive(Arbitrary, Debug)]
pub enum Command<'a> {
    /// See [`Act`].
    Act(Act<'a>),
    /// The call is accepted, with free turns or linear ones; ignored by a caller.
    Accept {
        /// Free turns, else linear ones.
        free: bool,
    },
    /// The call is refused or cancelled, or the chat quit.
    Leave(u8),
    /// The user sends this text.
    Write(&'a str),
    /// The user sends a text of this many letters.
    WriteLong(u16),
}

enum Role<S: Suite> {
    Caller(Caller<Watched<S>>),
    Callee(Callee<Watched<S>>),
    Chat(Conversation<Watched<S>>),
    /// Only while one role becomes another.
    None,
}

/// One side of a chat.
pub struct Party<S: Suite> {
    role: Role<S>,
    door: Door,
    witness: Witness<S>,
    talk: Talk,
}

/// What was sent and received, and the state that follows from it.
#[derive(Debug)]
pub struct Talk {
    offer: Turns,
    is_ringing: bool,
    /// The agreed turns, once there is a chat.
    pub agreed: Option<Turns>,
    our_turn: bool,
    answer_due: bool,
    /// Texts sent.
    pub sent: Vec<String>,
    /// Texts received.
    pub heard: Vec<String>,
    /// How it ended.
    pub ended: Option<Ended>,
}

impl Talk {
    fn new(offer: Turns, our_turn: bool) -> Self {
        Self {
            offer,
            is_ringing: false,
            agreed: None,
            our_turn,
            answer_due: false,
            sent: Vec::new(),
            heard: Vec::new(),
            ended: None,
        }
    }

    fn caller_hears(&mut self, event: CallerEvent) {
        match event {
            CallerEvent::Ringing => assert!(!std::mem::replace(&mut self.is_ringing, true), "rings twice"),
            CallerEvent::Accepted(agreed) => {
                assert!(self.is_ringing, "accepted, and was never asked");
                assert!(agreed == Turns::Linear || agreed == self.offer, "not what was offered");
                assert_eq!(self.agreed.replace(agreed), None, "accepted twice");
            }
            CallerEvent::Ended(ended) => self.ended = Some(ended),
        }
    }

    fn callee_hears(&mut self, event: &CalleeEvent) {
        match event {
            CalleeEvent::Ringing { offer, .. } => {
                assert!(!std::mem::replace(&mut self.is_ringing, true), "rings twice");
                self.offer = *offer;
            }
            CalleeEvent::Ended(ended) => self.ended = Some(*ended),
        }
    }

    fn chat_hears(&mut self, event: ConversationEvent<'_>) {
        match event {
            ConversationEvent::Text(text) => {
                assert!(self.agreed == Some(Turns::Free) || !self.our_turn, "it was our turn");
                self.our_turn = true;
                self.heard.push(text.to_owned());
            }
            ConversationEvent::Ended(ended) => self.ended = Some(ended),
        }
    }

    /// Expected result of sending a text of this many bytes.
    fn verdict(&self, len: usize) -> Result<(), SendError> {
        if self.ended.is_some() || self.answer_due {
            Err(SendError::NotNow)
        } else if self.agreed == Some(Turns::Linear) && !self.our_turn {
            Err(SendError::NotYourTurn)
        } else if len > TEXT_MAX {
            Err(SendError::TooLong)
        } else {
            Ok(())
        }
    }
}

impl<S: Suite> Party<S> {
    /// A caller with this password.
    pub fn caller(password: Password, free: bool, from: Option<u8>) -> Self {
        let caller = Caller::new(Instant::default(), password, turns(free), from.map(name), entropy(7));
        Self::new(Role::Caller(caller), Talk::new(turns(free), true))
    }

    /// A callee.
    pub fn callee() -> Self {
        let callee = Callee::new(Instant::default(), address(1), entropy(8));
        Self::new(Role::Callee(callee), Talk::new(Turns::Linear, false))
    }

    fn new(role: Role<S>, talk: Talk) -> Self {
        Self { role, door: Door::new(password()), witness: Witness::default(), talk }
    }

    /// What was sent and received.
    pub fn talk(&self) -> &Talk {
        &self.talk
    }

    /// Performs an operation; returns the frame that this side then sends, if any.
    pub fn happen(&mut self, now: &mut Instant, command: &Command<'_>) -> Option<Frame> {
        match command {
            Command::Act(Act::Poll) => return self.poll(*now),
            Command::Act(act) => self.act(now, act),
            Command::Accept { free } => self.accept(turns(*free)),
            Command::Leave(reason) => self.leave(*now, close(*reason)),
            Command::Write(text) => return self.write(*now, text),
            Command::WriteLong(len) => return self.write(*now, &"w".repeat(usize::from(*len) % 2048)),
        }
        None
    }

    fn act(&mut self, now: &mut Instant, act: &Act<'_>) {
        let Self { role, door, witness, talk } = self;
        let service = Service::Chat;
        match role {
            Role::Caller(caller) => witness.act(caller, now, service, act, |event| talk.caller_hears(event)),
            Role::Callee(callee) => {
                witness.act(&mut callee.at(door), now, service, act, |event| talk.callee_hears(&event))
            }
            Role::Chat(chat) => witness.act(chat, now, service, act, |event| talk.chat_hears(event)),
            Role::None => None,
        };
        self.converse();
    }

    /// Whether it has nothing to send before it receives more.
    pub fn listens(&mut self) -> bool {
        match &mut self.role {
            Role::Caller(caller) => !caller.wants_send(),
            Role::Callee(callee) => !callee.at(&mut self.door).wants_send(),
            Role::Chat(chat) => !chat.wants_send(),
            Role::None => false,
        }
    }

    /// Receives a frame, if it can receive one now.
    pub fn hear(&mut self, now: Instant, frame: &mut Frame) {
        let Self { role, door, witness, talk } = self;
        match role {
            Role::Caller(caller) => witness.hear(caller, now, frame, |event| talk.caller_hears(event)),
            Role::Callee(callee) => {
                witness.hear(&mut callee.at(door), now, frame, |event| talk.callee_hears(&event))
            }
            Role::Chat(chat) => witness.hear(chat, now, frame, |event| talk.chat_hears(event)),
            Role::None => None,
        };
        self.converse();
    }

    fn poll(&mut self, now: Instant) -> Option<Frame> {
        let Self { role, door, witness, talk } = self;
        let frame = match role {
            Role::Caller(caller) => witness.poll(caller, now),
            Role::Callee(callee) => witness.poll(&mut callee.at(door), now),
            Role::Chat(chat) => witness.poll(chat, now),
            Role::None => None,
        };
        // `CallAccepted` precedes everything else.
        talk.answer_due &= frame.is_none();
        frame
    }

    /// Turns a caller whose call is accepted into a conversation.
    fn converse(&mut self) {
        self.role = match std::mem::replace(&mut self.role, Role::None) {
            Role::Caller(caller) => match caller.into_conversation() {
                Ok(chat) => {
                    assert_eq!(Some(chat.turns()), self.talk.agreed, "nobody accepted that");
                    Role::Chat(chat)
                }
                Err(caller) => {
                    assert_eq!(self.talk.agreed, None, "accepted, and no chat");
                    Role::Caller(caller)
                }
            },
            role => role,
        };
    }

    fn accept(&mut self, allowed: Turns) {
        let may = self.talk.is_ringing && self.talk.ended.is_none();
        self.role = match std::mem::replace(&mut self.role, Role::None) {
            Role::Callee(callee) => match callee.accept(allowed) {
                Ok(chat) => {
                    assert!(may, "nobody asked");
                    let is_free = allowed == Turns::Free && self.talk.offer == Turns::Free;
                    assert_eq!(chat.turns(), turns(is_free));
                    self.talk.agreed = Some(chat.turns());
                    self.talk.answer_due = true;
                    Role::Chat(chat)
                }
                Err(callee) => {
                    assert!(!may, "asked, and no chat");
                    Role::Callee(callee)
                }
            },
            role => role,
        };
    }

    fn leave(&mut self, now: Instant, reason: Close) {
        let Self { role, door, witness, talk } = self;
        match role {
            Role::Caller(caller) => {
                witness.tell(caller.hang_up(now), |event| talk.caller_hears(event));
                witness.check(caller);
            }
            Role::Callee(callee) => {
                witness.tell(callee.refuse(now, reason), |event| talk.callee_hears(&event));
                witness.check(&callee.at(door));
            }
            Role::Chat(chat) => {
                witness.tell(chat.quit(now), |event| talk.chat_hears(event));
                witness.check(chat);
            }
            Role::None => {}
        }
    }

    fn write(&mut self, now: Instant, text: &str) -> Option<Frame> {
        let Self { role: Role::Chat(chat), witness, talk, .. } = self else { return None };
        let mut frame = EMPTY_FRAME;
        let verdict = talk.verdict(text.len());
        assert_eq!(chat.send_text(now, text, &mut frame), verdict);
        verdict.ok()?;
        witness.check_frame(&frame);
        witness.check(chat);
        talk.our_turn = false;
        talk.sent.push(text.to_owned());
        Some(frame)
    }
}

/// The fault with which one side ended the conversation, if it did.
pub fn fault_of(ended: Option<Ended>) -> Option<Fault> {
    match ended? {
        Ended::ByUs(Close::Fault(fault))
        | Ended::ByPeer(Close::Fault(fault))
        | Ended::Claimed(Close::Fault(fault)) => Some(fault),
        _ => None,
    }
}
