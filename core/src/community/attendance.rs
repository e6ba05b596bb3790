//! What the server knows of one client and owes it, whatever protects the connection.

use core::net::IpAddr;

use super::SessionEvent;
use crate::error::Fault;
use crate::limits::PRESENCE_INTERVAL;
use crate::registry::{ClaimError, Cursor, RegistryInner, Storage, UserId, Version};
use crate::time::Instant;
use crate::wire::{
    CommunityMessage, Endpoint, JoinRefusal, Message, Name, User, emit_list_page, emit_presence,
};

/// One client's user, subscription and pending reply.
pub(super) struct Attendance {
    user: Option<UserId>,
    reply: Option<Reply>,
    subscription: Option<Subscription>,
    /// Earliest moment of the next presence update.
    update_after: Instant,
}

/// Pending reply, one at most. The peer is not read until it is sent.
#[derive(Clone, Copy, Debug)]
enum Reply {
    Joined(Endpoint),
    Refused(JoinRefusal),
    ListFrom(Cursor),
}

#[derive(Clone, Copy, Debug)]
struct Subscription {
    /// Version up to which changes are sent.
    seen: Version,
    due: bool,
}

impl Attendance {
    /// A client that has asked for nothing yet.
    pub(super) fn new(now: Instant) -> Self {
        Self { user: None, reply: None, subscription: None, update_after: now }
    }

    pub(super) fn is_subscribed(&self) -> bool {
        self.subscription.is_some()
    }

    /// Handles a message of the client, which connects from the address `from`.
    pub(super) fn on_message<M: Storage>(
        &mut self,
        registry: &mut RegistryInner<M>,
        from: IpAddr,
        message: Message<'_>,
    ) -> Result<Option<SessionEvent>, Fault> {
        match message {
            Message::Community(CommunityMessage::Join { name, port }) if self.user.is_none() => {
                return Ok(self.join(registry, name, Endpoint::new(from, port)));
            }
            Message::Community(CommunityMessage::List) => self.reply = Some(Reply::ListFrom(Cursor::START)),
            Message::Community(CommunityMessage::Subscribe(on)) => self.subscribe(registry, on),
            _ => return Err(Fault::State),
        }
        Ok(None)
    }

    fn join<M: Storage>(
        &mut self,
        registry: &mut RegistryInner<M>,
        name: Name,
        endpoint: Endpoint,
    ) -> Option<SessionEvent> {
        let refusal = match registry.claim(name.clone(), endpoint) {
            Ok(id) => {
                self.user = Some(id);
                self.reply = Some(Reply::Joined(endpoint));
                return Some(SessionEvent::Joined(User { name, endpoint }));
            }
            Err(ClaimError::NameTaken) => JoinRefusal::NameTaken,
            Err(ClaimError::Full) => JoinRefusal::Full,
        };
        self.reply = Some(Reply::Refused(refusal));
        None
    }

    /// Subscribing again keeps the subscription, so that changes not yet sent are not lost.
    fn subscribe<M: Storage>(&mut self, registry: &RegistryInner<M>, on: bool) {
        if on != self.subscription.is_some() {
            let seen = registry.version();
            self.subscription = on.then_some(Subscription { seen, due: false });
        }
    }

    /// The session is over: its user leaves the registry.
    pub(super) fn end<M: Storage>(&mut self, registry: &mut RegistryInner<M>) -> Option<User> {
        self.user.take().and_then(|id| registry.release(id))
    }

    /// When changes that the client has not been told of are due.
    pub(super) fn update_due<M: Storage>(&self, registry: &RegistryInner<M>) -> Option<Instant> {
        let subscription = self.subscription?;
        let has_news = subscription.seen != registry.version() && !subscription.due;
        has_news.then_some(self.update_after)
    }

    /// [`Attendance::update_due`] has come.
    pub(super) fn on_update_due(&mut self) {
        if let Some(subscription) = &mut self.subscription {
            subscription.due = true;
        }
    }

    /// Whether the next message is a page of the list.
    pub(super) fn is_sending_list(&self) -> bool {
        matches!(self.reply, Some(Reply::ListFrom(_)))
    }

    /// Whether [`Attendance::emit_message`] has a message to give.
    pub(super) fn wants_message(&self) -> bool {
        self.reply.is_some() || self.subscription.is_some_and(|it| it.due)
    }

    /// Emits the pending reply, or an update that is due; false if there is neither.
    pub(super) fn emit_message<M: Storage>(
        &mut self,
        now: Instant,
        registry: &RegistryInner<M>,
        out: &mut [u8],
    ) -> bool {
        let is_due = self.wants_message();
        match self.reply.take() {
            Some(reply) => self.emit_reply(registry, reply, out),
            None if is_due => self.emit_update(now, registry, out),
            None => {}
        }
        is_due
    }

    fn emit_reply<M: Storage>(&mut self, registry: &RegistryInner<M>, reply: Reply, out: &mut [u8]) {
        let online = online(registry);
        let message = match reply {
            Reply::Joined(endpoint) => CommunityMessage::Joined { endpoint, online },
            Reply::Refused(refusal) => CommunityMessage::JoinRefused(refusal),
            Reply::ListFrom(from) => {
                self.reply = emit_list(registry, from, out).map(Reply::ListFrom);
                return;
            }
        };
        Message::Community(message).emit(out);
    }

    /// Emits the oldest changes that fit into one frame; the rest follows with the next update.
    fn emit_update<M: Storage>(&mut self, now: Instant, registry: &RegistryInner<M>, out: &mut [u8]) {
        let Some(subscription) = &mut self.subscription else { return };
        let (missed, changes) = registry.changes_since(subscription.seen);
        let missed = u32::try_from(missed).unwrap_or(u32::MAX);
        emit_presence(out, online(registry), missed, |frame| {
            for (change, after) in changes {
                if !frame.push(change) {
                    return;
                }
                subscription.seen = after;
            }
        });
        subscription.due = false;
        self.update_after = now + PRESENCE_INTERVAL;
    }
}

/// Emits the users that fit into one page; where the next page begins, unless this is the last one.
fn emit_list<M: Storage>(registry: &RegistryInner<M>, from: Cursor, out: &mut [u8]) -> Option<Cursor> {
    let mut next = from;
    let is_last = emit_list_page(out, online(registry), |page| {
        registry.users(from).all(|(user, after)| {
            let fits = page.push(user);
            if fits {
                next = after;
            }
            fits
        })
    });
    (!is_last).then_some(next)
}

fn online<M: Storage>(registry: &RegistryInner<M>) -> u32 {
    u32::try_from(registry.len()).unwrap_or(u32::MAX)
}
