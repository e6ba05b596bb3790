//! Client side of a community connection.

use core::num::NonZeroU16;

use crate::channel::{Channel, Conversing, Ended, InitiatorHandshake, Received, Request};
use crate::error::{Fault, SendError};
use crate::limits::USERS_MAX;
use crate::suite::{Entropy, Password, Sealed, Suite, Xor};
use crate::time::Instant;
use crate::wire::{Close, CommunityMessage, Endpoint, JoinRefusal, ListPage, Message, Name, Presence};

/// Machine of a client: authenticates, joins, requests the list, receives presence changes.
pub struct Client<S: Suite> {
    channel: Channel<S, InitiatorHandshake<S>>,
    membership: Membership,
    /// Upper bound on the rows still to come while a list is being received, so that an endless list is a
    /// fault.
    list_rows_left: Option<usize>,
    subscribed: bool,
}

// One per program: mostly the password and the entropy of the handshake.
const _: () = assert!(size_of::<Client<Sealed>>() <= 464 && size_of::<Client<Xor>>() <= 304);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Membership {
    Outside,
    Asked,
    Joined,
}

/// Events of a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientEvent<'f> {
    /// The handshake is over: the password was right.
    Welcome,
    /// The join was accepted.
    Joined {
        /// Endpoint under which others can call us.
        endpoint: Endpoint,
        /// Number of users online, including this one.
        online: u32,
    },
    /// The join was refused; another one may follow.
    JoinRefused(JoinRefusal),
    /// A page of the requested list.
    ListPage(ListPage<'f>),
    /// Presence changes.
    Presence(Presence<'f>),
    /// The connection is over.
    Ended(Ended),
}

impl<S: Suite> Client<S> {
    /// A client on a connection just opened.
    pub fn new(now: Instant, password: Password, entropy: Entropy) -> Self {
        Self {
            channel: Channel::initiate(now, Request::Community, password, entropy),
            membership: Membership::Outside,
            list_rows_left: None,
            subscribed: false,
        }
    }

    /// Whether we are on the list of users online.
    pub fn is_joined(&self) -> bool {
        self.channel.is_open() && self.membership == Membership::Joined
    }

    /// Fills the next frame to send with `Join`: `name`, whose node listens on `port`.
    ///
    /// # Errors
    ///
    /// [`SendError::NotNow`] if the channel is not open, or a join is pending or done.
    pub fn join(
        &mut self,
        now: Instant,
        name: Name,
        port: NonZeroU16,
        out: &mut [u8],
    ) -> Result<(), SendError> {
        if self.membership != Membership::Outside {
            return Err(SendError::NotNow);
        }
        self.send(now, CommunityMessage::Join { name, port }, out)?;
        self.membership = Membership::Asked;
        Ok(())
    }

    /// Fills the next frame to send with `List`, a request for the whole list.
    ///
    /// # Errors
    ///
    /// [`SendError::NotNow`] if the channel is not open, or another list is being received.
    pub fn request_list(&mut self, now: Instant, out: &mut [u8]) -> Result<(), SendError> {
        if self.list_rows_left.is_some() {
            return Err(SendError::NotNow);
        }
        self.send(now, CommunityMessage::List, out)?;
        self.list_rows_left = Some(USERS_MAX);
        Ok(())
    }

    /// Fills the next frame to send with `Subscribe`: presence changes are sent from now on.
    ///
    /// # Errors
    ///
    /// [`SendError::NotNow`] if the channel is not open.
    pub fn subscribe(&mut self, now: Instant, out: &mut [u8]) -> Result<(), SendError> {
        self.send(now, CommunityMessage::Subscribe(true), out)?;
        self.subscribed = true;
        Ok(())
    }

    /// Ends the connection with [`Close::Goodbye`]; the server removes us from the list.
    pub fn leave(&mut self, now: Instant) -> Option<ClientEvent<'static>> {
        self.end(now, Close::Goodbye)
    }

    /// Rows left after this page, which counts as one row at least. A name is unique within a page, which is
    /// a snapshot, but may be on several pages, which are written at different times.
    fn rows_left_after(&self, page: &ListPage<'_>) -> Result<Option<usize>, Fault> {
        let left = self.list_rows_left.ok_or(Fault::State)?;
        if page.users.repeats_a_name() {
            return Err(Fault::Value);
        }
        let rows = page.users.clone().count().max(1);
        left.checked_sub(rows).map(Some).ok_or(Fault::Value)
    }

    fn send<'m>(
        &mut self,
        now: Instant,
        message: impl Into<Message<'m>>,
        out: &mut [u8],
    ) -> Result<(), SendError> {
        if !self.channel.is_open() {
            return Err(SendError::NotNow);
        }
        self.channel.send(now, message, out);
        Ok(())
    }
}

impl<S: Suite> Conversing for Client<S> {
    type Suite = S;
    type Stage = InitiatorHandshake<S>;
    type Event<'f> = ClientEvent<'f>;

    fn channel(&self) -> &Channel<S, InitiatorHandshake<S>> {
        &self.channel
    }

    fn channel_mut(&mut self) -> &mut Channel<S, InitiatorHandshake<S>> {
        &mut self.channel
    }

    fn receive<'f>(&mut self, now: Instant, frame: &'f mut [u8]) -> Received<'f> {
        self.channel.receive(now, frame)
    }

    fn on_authenticated<'f>(&mut self) -> Option<ClientEvent<'f>> {
        Some(ClientEvent::Welcome)
    }

    fn on_message<'f>(
        &mut self,
        _now: Instant,
        message: Message<'f>,
    ) -> Result<Option<ClientEvent<'f>>, Fault> {
        Ok(Some(match (message, self.membership) {
            (Message::Community(CommunityMessage::Joined { endpoint, online }), Membership::Asked) => {
                self.membership = Membership::Joined;
                ClientEvent::Joined { endpoint, online }
            }
            (Message::Community(CommunityMessage::JoinRefused(refusal)), Membership::Asked) => {
                self.membership = Membership::Outside;
                ClientEvent::JoinRefused(refusal)
            }
            (Message::Community(CommunityMessage::ListPage(page)), _) => {
                self.list_rows_left = self.rows_left_after(&page)?.filter(|_| !page.last);
                ClientEvent::ListPage(page)
            }
            (Message::Community(CommunityMessage::Presence(presence)), _) if self.subscribed => {
                ClientEvent::Presence(presence)
            }
            _ => return Err(Fault::State),
        }))
    }

    fn on_ended<'f>(&mut self, _now: Instant, ended: Ended) -> ClientEvent<'f> {
        ClientEvent::Ended(ended)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::Machine;
    use crate::limits::ENTROPY_LEN;
    use crate::suite::Protection;
    use crate::wire::{EMPTY_FRAME, Frame, Hello, SuiteId, User, emit_list_page};

    const NOW: Instant = Instant::from_millis(0);

    /// The event for a frame from the server.
    fn hear<'f>(client: &mut Client<Xor>, frame: &'f mut Frame) -> Option<ClientEvent<'f>> {
        Xor.seal(frame);
        client.handle_frame(NOW, frame)
    }

    /// A client with a list requested.
    fn listing() -> Client<Xor> {
        let (mut out, mut frame) = (EMPTY_FRAME, EMPTY_FRAME);
        let password = Password::new(b"sesame").unwrap();
        let mut client = Client::<Xor>::new(NOW, password, Entropy::new([0; ENTROPY_LEN]));
        assert!(client.poll_frame(NOW, &mut out));
        Message::Hello(Hello::new(SuiteId::Xor, crate::wire::Service::Community, [0; 32])).emit(&mut frame);
        assert_eq!(client.handle_frame(NOW, &mut frame), None);
        assert!(client.poll_frame(NOW, &mut out));
        Message::Welcome(&[]).emit(&mut frame);
        assert_eq!(hear(&mut client, &mut frame), Some(ClientEvent::Welcome));
        client.request_list(NOW, &mut out).unwrap();
        client
    }

    fn page(last: bool, names: &[&str]) -> Frame {
        let mut frame = EMPTY_FRAME;
        emit_list_page(&mut frame, 3, |page| {
            for (name, port) in names.iter().zip(1..) {
                let endpoint = Endpoint::new([192, 0, 2, 1].into(), NonZeroU16::new(port).unwrap());
                assert!(page.push(&User { name: name.parse().unwrap(), endpoint }));
            }
            last
        });
        frame
    }

    #[test]
    fn a_name_is_on_a_page_once_and_may_be_on_another_again() {
        let mut client = listing();
        for last in [false, true] {
            let mut page = page(last, &["abdul", "abd", "katie"]);
            assert!(matches!(hear(&mut client, &mut page), Some(ClientEvent::ListPage(_))));
        }
        let mut twice = page(true, &["abdul", "katie", "abdul"]);
        let fault = Ended::ByUs(Close::Fault(Fault::Value));
        assert_eq!(hear(&mut listing(), &mut twice), Some(ClientEvent::Ended(fault)));
    }
}
