//! Two nodes on a network that find each other and part, while others search, and say what makes no sense.

mod party;
mod strangers;

use core::net::{IpAddr, Ipv4Addr, SocketAddr};
use core::time::Duration;

use embedded_io::Write;
use p2pm_core::discovery::{GROUPS_IPV4, Outgoing, SearchFor};
use p2pm_core::limits::{DATAGRAM_BUFFER_LEN, MAX_AGE, SSDP_PORT};
use p2pm_core::time::{Instant, earliest};

use self::party::{Party, Who, ipv4};
use self::strangers::{NOISE, SEARCH, SILENT};
use super::{Log, Random};
use crate::Error;

const A_WHILE: Duration = Duration::from_secs(20);
/// Bytes of a datagram, whatever they are.
const NOISE_LEN: usize = 300;
/// Address of another network.
const ELSEWHERE: IpAddr = IpAddr::V4(Ipv4Addr::new(198, 51, 100, 1));

struct Network<'l, 'w, W> {
    ann: Party,
    bob: Party,
    now: Instant,
    random: &'l mut Random,
    log: &'l mut Log<'w, W>,
}

/// Plays the story, which has no conversations.
#[inline(never)]
pub(super) fn play<W: Write>(random: &mut Random, log: &mut Log<'_, W>) -> Result<u32, Error> {
    let (ann, bob) = (Party::new(Who::Ann, random), Party::new(Who::Bob, random));
    let mut network = Network { ann, bob, now: Instant::from_millis(0), random, log };
    network.come();
    network.hear_strangers();
    network.search();
    network.move_away();
    network.part()?;
    Ok(0)
}

impl<W: Write> Network<'_, '_, W> {
    fn come(&mut self) {
        self.ann.attach(self.now, 1);
        self.pass(A_WHILE);
        self.bob.attach(self.now, 2);
        self.pass(A_WHILE);
    }

    fn hear_strangers(&mut self) {
        let group = GROUPS_IPV4.map(IpAddr::from)[0];
        let stranger = SocketAddr::new(ipv4(9).into(), 40_000);
        for from in [stranger, SocketAddr::new(ELSEWHERE, SSDP_PORT)] {
            for datagram in NOISE.into_iter().chain([SEARCH, SILENT]) {
                self.deliver((from, group), datagram);
            }
        }
        // What is cut, and what is nothing at all.
        for len in 0..SEARCH.len() {
            self.deliver((stranger, group), SEARCH.get(..len).unwrap_or_default());
        }
        for _ in 0..8 {
            let datagram: [u8; NOISE_LEN] = self.random.bytes();
            self.deliver((stranger, group), &datagram);
        }
        self.deliver((stranger, self.bob.address()), SEARCH);
        self.pass(A_WHILE);
    }

    fn search(&mut self) {
        self.ann.discovery.search(self.now, SearchFor::All);
        self.pass(A_WHILE);
        let mut buffer = [0; DATAGRAM_BUFFER_LEN];
        let outgoing = self.ann.search_host(self.bob.address(), &mut buffer);
        if let Some(outgoing) = outgoing {
            self.send(Who::Ann, &outgoing, &buffer);
        }
        self.pass(A_WHILE);
    }

    /// Bob has another address, and the silent one is not there any more.
    fn move_away(&mut self) {
        self.bob.attach(self.now, 3);
        self.pass(A_WHILE);
        self.pass(MAX_AGE);
    }

    /// Bob says that he leaves; Ann just falls silent.
    fn part(&mut self) -> Result<(), Error> {
        self.bob.discovery.leave(self.now);
        self.pass(A_WHILE);
        if self.bob.discovery.has_left() { Ok(()) } else { Err(Error::Misplaced) }
    }

    /// For so long, with all that is due meanwhile.
    fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        self.exchange();
        while let Some(next) = self.deadline().filter(|next| *next <= end) {
            self.now = next.max(self.now + Duration::from_millis(1));
            self.exchange();
        }
        self.now = self.now.max(end);
    }

    fn deadline(&self) -> Option<Instant> {
        let [ann, bob] = [&self.ann, &self.bob].map(|party| party.discovery.deadline());
        earliest(ann, bob)
    }

    /// Whatever is due now is sent, and heard.
    fn exchange(&mut self) {
        let mut buffer = [0; DATAGRAM_BUFFER_LEN];
        for who in [Who::Ann, Who::Bob] {
            let now = self.now;
            self.party(who).discovery.handle_timeout(now);
            while let Some(outgoing) = self.next_datagram(who, &mut buffer) {
                self.send(who, &outgoing, &buffer);
            }
            let Self { ann, bob, log, .. } = self;
            ann.tell(log);
            bob.tell(log);
        }
    }

    fn next_datagram(&mut self, who: Who, buffer: &mut [u8]) -> Option<Outgoing> {
        let now = self.now;
        self.party(who).discovery.poll_datagram(now, buffer)
    }

    fn party(&mut self, who: Who) -> &mut Party {
        match who {
            Who::Ann => &mut self.ann,
            Who::Bob => &mut self.bob,
        }
    }

    fn send(&mut self, who: Who, outgoing: &Outgoing, buffer: &[u8]) {
        self.log.tell(who, outgoing);
        let datagram = buffer.get(..outgoing.len).unwrap_or_default();
        self.log.put(datagram);
        let from = self.party(who).source(outgoing);
        self.deliver((from, outgoing.to.ip()), datagram);
    }

    /// Everybody hears it, whoever has sent it included.
    fn deliver(&mut self, (from, to): (SocketAddr, IpAddr), datagram: &[u8]) {
        let Self { ann, bob, now, log, .. } = self;
        for party in [ann, bob] {
            party.hear(*now, (from, to), datagram, log);
        }
    }
}
