//! Handshake of a transfer's connection.

use std::io;

use p2pm_core::channel::{Acceptor, Ended, Machine};
use p2pm_core::drive::Pumped;
use p2pm_core::suite::Entropy;
use p2pm_core::suite::aead::Aead;
use p2pm_core::transfer::{Incoming, Opened, Outgoing, Ticket};
use p2pm_posix::random;

use super::control::Wish;
use super::line::Line;

/// Opens a connection: one that was dialled, or one whose Hello an acceptor has read.
pub(super) fn open<A: Aead>(
    line: &mut Line<'_>,
    acceptor: Option<Box<Acceptor>>,
    ticket: &Ticket,
) -> io::Result<Result<Opened<A>, Ended>> {
    let opened = match acceptor {
        None => {
            let mut outgoing = Outgoing::<A>::new(line.now(), ticket, Entropy::new(random::bytes()?));
            match shake(line, &mut outgoing, Outgoing::is_authenticated)? {
                Some(ended) => Err(ended),
                None => outgoing.into_opened().map_err(|_| Ended::Lost),
            }
        }
        Some(acceptor) => match Incoming::<A>::of_acceptor(*acceptor, line.now(), ticket) {
            Ok((_, Some(ended))) => Err(ended),
            Ok((mut incoming, None)) => match shake(line, &mut incoming, Incoming::is_authenticated)? {
                Some(ended) => Err(ended),
                None => incoming.into_opened().map_err(|_| Ended::Lost),
            },
            Err(_) => Err(Ended::Lost),
        },
    };
    line.lengthen(ticket);
    Ok(opened)
}

/// Drives a handshake to its end; returns how the connection ended if it has failed, once the other end can know why.
fn shake<M>(
    line: &mut Line<'_>,
    machine: &mut M,
    is_authenticated: impl Fn(&M) -> bool,
) -> io::Result<Option<Ended>>
where
    M: for<'f> Machine<Event<'f> = Ended>,
{
    let mut ended = None;
    while !(is_authenticated(machine) && line.is_idle()) {
        match line.pump(machine, |ended| ended) {
            Pumped::Event(how) => ended = ended.or(Some(how)),
            Pumped::Closed => return Ok(Some(ended.unwrap_or(Ended::Lost))),
            Pumped::Again => {}
            Pumped::Blocked => line.wait(machine)?,
        }
        // To pause or to cancel is something to say, over the connection that is open then.
        if line.control.asked() == Some(Wish::Drop) {
            return Ok(Some(Ended::Lost));
        }
    }
    Ok(None)
}
