//! One user of many.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::num::NonZeroU16;

use mio::net::TcpStream;
use p2pm_core::community::{Client, ClientEvent};
use p2pm_core::drive::{Connection, Pumped};
use p2pm_core::limits::ENTROPY_LEN;
use p2pm_core::suite::{Entropy, Password, Suite};
use p2pm_core::time::Instant;
use p2pm_core::wire::Name;
use p2pm_host::reactor::transport::StdTransport;
use rustix::io::Errno;
use socket2::{Domain, Socket, Type};

const USERS_PER_ADDRESS: usize = 2000;
const PORT: NonZeroU16 = NonZeroU16::new(5460).unwrap();

/// Name of the user with this number.
pub fn name_of(index: usize) -> String {
    format!("user-{index:05}")
}

/// Starts to connect, with a new local address for every few users. An address has a limited number of ports,
/// and the search for a free one takes longer, the fewer there are.
fn connect(server: SocketAddr, index: usize) -> io::Result<std::net::TcpStream> {
    let offset = u32::try_from(index / USERS_PER_ADDRESS).unwrap_or_default();
    let address = Ipv4Addr::from_bits(Ipv4Addr::LOCALHOST.to_bits() + offset);
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    socket.set_tcp_nodelay(true)?;
    socket.bind(&SocketAddr::from((address, 0)).into())?;
    match socket.connect(&server.into()) {
        Err(e) if Errno::from_io_error(&e) != Some(Errno::INPROGRESS) => Err(e),
        _ => Ok(socket.into()),
    }
}

/// A user's side of the connection to the server.
pub struct User<S: Suite> {
    /// The connection, to be registered.
    pub stream: StdTransport<TcpStream>,
    client: Client<S>,
    connection: Connection,
    name: Name,
    wants_presence: bool,
    /// `Presence` frames received.
    pub presence_frames: u32,
    /// Names received of the list.
    pub listed: Vec<String>,
    /// Whether the list is complete.
    pub has_list: bool,
}

impl<S: Suite> User<S> {
    /// Starts to connect.
    pub fn connect(
        now: Instant,
        server: SocketAddr,
        password: Password,
        index: usize,
        wants_presence: bool,
    ) -> io::Result<Self> {
        // Nothing is secret here, so the entropy need only be unique. Zeros would be a secret scalar that the
        // peer rejects.
        let mut entropy = [7; ENTROPY_LEN];
        entropy[..8].copy_from_slice(&(index as u64).to_be_bytes());
        let stream = TcpStream::from_std(connect(server, index)?);
        Ok(Self {
            stream: StdTransport(stream),
            client: Client::new(now, password, Entropy::new(entropy)),
            connection: Connection::default(),
            name: name_of(index).parse().map_err(io::Error::other)?,
            wants_presence,
            presence_frames: 0,
            listed: Vec::new(),
            has_list: false,
        })
    }

    /// Whether the user is on the list.
    pub fn is_joined(&self) -> bool {
        self.client.is_joined()
    }

    /// Whether a timer is due.
    pub fn is_due(&self, now: Instant) -> bool {
        self.connection.deadline(&self.client).is_some_and(|deadline| now >= deadline)
    }

    /// Requests the whole list.
    pub fn request_list(&mut self, now: Instant) -> io::Result<()> {
        let Self { stream, client, connection, .. } = self;
        connection.send(stream, now, |out| client.request_list(now, out)).map_err(io::Error::other)
    }

    /// Does what is possible now. Fails if the connection has ended, which it never should.
    pub fn pump(&mut self, now: Instant) -> io::Result<()> {
        loop {
            let Self { stream, client, connection, presence_frames, listed, has_list, .. } = self;
            let pumped = connection.pump(stream, client, now, |event| match event {
                ClientEvent::Welcome => Ok(Next::Join),
                ClientEvent::Joined { .. } => Ok(Next::Subscribe),
                ClientEvent::JoinRefused(refusal) => Err(format!("not let in: {refusal:?}")),
                ClientEvent::ListPage(page) => {
                    *has_list = page.last;
                    listed.extend(page.users.map(|user| user.name.as_str().to_owned()));
                    Ok(Next::Wait)
                }
                ClientEvent::Presence(_) => {
                    *presence_frames += 1;
                    Ok(Next::Wait)
                }
                ClientEvent::Ended(ended) => Err(ended.to_string()),
            });
            match pumped {
                Pumped::Blocked => return Ok(()),
                Pumped::Again => {}
                Pumped::Closed => return Err(io::Error::other("closed")),
                Pumped::Event(next) => self.go_on(now, next.map_err(io::Error::other)?)?,
            }
        }
    }

    fn go_on(&mut self, now: Instant, next: Next) -> io::Result<()> {
        let Self { stream, client, connection, name, .. } = self;
        match next {
            Next::Join => connection.send(stream, now, |out| client.join(now, name.clone(), PORT, out)),
            Next::Subscribe if self.wants_presence => {
                connection.send(stream, now, |out| client.subscribe(now, out))
            }
            Next::Subscribe | Next::Wait => Ok(()),
        }
        .map_err(io::Error::other)
    }
}

/// Reaction to an event.
#[derive(Clone, Copy)]
enum Next {
    Join,
    Subscribe,
    Wait,
}
