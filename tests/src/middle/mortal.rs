//! A community server that dies while it sends the list of users.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::panic::resume_unwind;
use std::thread::{self, JoinHandle};

use p2pm_core::channel::Ended;
use p2pm_core::time::Instant;
use p2pm_posix::clock::Clock;

use super::{Deed, FramePosition, Host, Middle, Party, Relay, Source, converse};
use crate::random::Random;

/// Users online at the start. With one more, their long names fill three pages: 24, 24 and 13.
pub const RESIDENTS: usize = 60;

/// A community server with its residents, and a new connection.
pub fn crowded_host(now: Instant) -> Host {
    let names = (0..RESIDENTS).map(|number| format!("resident{number:024}"));
    Host::with_residents(now, &mut Random::new(5), names)
}

/// A [`crowded_host`] for one client, over TCP.
#[derive(Debug)]
pub struct MortalServer {
    relay: Relay,
    served: JoinHandle<io::Result<Option<Ended>>>,
}

impl MortalServer {
    /// A server that dies within this frame. The client must connect to this address.
    ///
    /// # Errors
    ///
    /// An error of the system.
    pub fn start(at: Ipv4Addr, death: FramePosition) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let relay = Relay::between(at, listener.local_addr()?.port())?;
        let relayed = relay.admit(Middle::new([(death, Deed::Cut(500))]), Source::new())?;
        let served = thread::spawn(move || {
            let (stream, _) = listener.accept()?;
            let clock = Clock::start();
            let mut host = crowded_host(clock.now());
            converse(&mut host, stream, clock)?;
            relayed.join().unwrap_or_else(|panic| resume_unwind(panic))?;
            Ok(host.report().ended)
        });
        Ok(Self { relay, served })
    }

    /// Address to connect to.
    ///
    /// # Errors
    ///
    /// An error of the system.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.relay.address()
    }

    /// Waits for its death.
    ///
    /// # Panics
    ///
    /// If it ended otherwise.
    #[track_caller]
    pub fn bury(self) {
        let ended = self.served.join().expect("the server does not panic").expect("sockets");
        assert_eq!(ended, Some(Ended::Lost));
    }
}
