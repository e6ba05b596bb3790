//! One end of a connection as a shell has it: waits for what the machine waits for, and pumps.

use std::mem;

use p2pm_core::channel::{Ended, Machine};
use p2pm_core::drive::{Connection, Pumped};
use p2pm_core::error::SendError;
use p2pm_core::time::Instant;
use p2pm_transcript::Action;

use super::link::{Link, Side};
use super::tap::{Ends, Log, Record, Tapped};
use super::tape::Spot;
use super::world::Wake;

/// A connection, and what its machine was seen to do.
pub struct Port {
    side: Side,
    /// Its connection's position on the tape.
    spot: Spot,
    connection: Connection,
    log: Log,
    /// An event that the link does not know of.
    poked: bool,
    dropped: bool,
}

impl Port {
    pub fn new(side: Side, spot: Spot) -> Self {
        let (connection, log) = (Connection::default(), Log::default());
        Self { side, spot, connection, log, poked: true, dropped: false }
    }

    /// How the machine reported its end.
    pub fn ended(&self) -> Option<Ended> {
        self.log.ended()
    }

    /// Whether the peer sent two frames before the end.
    pub fn has_heard_two_frames(&self) -> bool {
        self.log.has_heard_two_frames()
    }

    pub fn is_dropped(&self) -> bool {
        self.dropped
    }

    pub fn take_records(&mut self) -> Vec<Record> {
        mem::take(&mut self.log.records)
    }

    /// What a shell would wait for.
    pub fn wake(&self, link: &Link, machine: &impl Machine, now: Instant) -> Option<Wake> {
        if self.dropped {
            return None;
        }
        let interest = self.connection.interest(machine);
        let deadline = self.connection.deadline(machine);
        let ready = self.poked
            || deadline.is_some_and(|deadline| now >= deadline)
            || interest.readable && link.is_readable(self.side, now)
            || interest.writable && link.is_writable(self.side, now);
        Some(Wake { ready, deadline, honest: true })
    }

    /// Records an action without an event.
    pub fn note(&mut self, now: Instant, action: &Action<'_>) {
        self.spot.note(now, action);
    }

    /// Marks an event that the link does not know of.
    pub fn poke(&mut self) {
        self.poked = true;
    }

    /// Records the event of a command of the user's or the shell's.
    pub fn heard(&mut self, now: Instant, action: &Action<'_>, event: Option<&impl Ends>) {
        self.poked = true;
        if let Some(event) = event {
            self.spot.note(now, action);
            self.log.heard(event.ended());
        }
    }

    pub fn pump<M, R>(
        &mut self,
        link: &mut Link,
        machine: &mut M,
        now: Instant,
        on_event: impl FnOnce(M::Event<'_>) -> R,
    ) -> Pumped<R>
    where
        M: Machine,
        for<'f> M::Event<'f>: Ends,
    {
        let mut transport = self.spot.listen_in(link.end(self.side, now));
        let mut tapped = Tapped::new(machine, &mut self.log);
        let pumped = self.connection.pump(&mut transport, &mut tapped, now, on_event);
        transport.note(now, &Action::Poll);
        self.poked = matches!(pumped, Pumped::Event(_) | Pumped::Again);
        if matches!(pumped, Pumped::Closed) {
            assert!(self.log.ended().is_some(), "a machine closed without saying why");
            self.dropped = true;
            self.spot.close();
            link.hang_up(self.side);
        }
        pumped
    }

    pub fn send(
        &mut self,
        link: &mut Link,
        now: Instant,
        action: &Action<'_>,
        command: impl FnOnce(&mut [u8]) -> Result<(), SendError>,
    ) -> Result<(), SendError> {
        let Self { connection, log, .. } = self;
        self.poked = true;
        let mut transport = self.spot.listen_in(link.end(self.side, now));
        connection.send(&mut transport, now, |out| {
            command(out)?;
            log.emitted(now, out);
            Ok(())
        })?;
        transport.note(now, action);
        Ok(())
    }
}
