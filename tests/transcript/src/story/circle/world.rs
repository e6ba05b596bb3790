//! All of them, their connections and their time.

use core::time::Duration;

use embedded_io::Write;
use p2pm_core::node::{News, Node, TransferNews};
use p2pm_core::suite::Entropy;
use p2pm_core::time::{Instant, earliest};
use p2pm_core::wire::{FrameLen, Refusal};

use super::super::{Log, Random};
use super::line::{Line, Side};
use super::offer::{CIPHERS, Fate};
use super::party::{Memory, Parties, Who};

/// Most connections at a time.
const LINES: usize = 6;
/// What one round takes.
const ROUND: Duration = Duration::from_millis(1);

/// Connections, most of them free.
pub(super) type Lines = [Option<Line>; LINES];

/// It borrows what is large, which would be copied elsewhere.
pub(super) struct World<'n, 'w, W> {
    pub(super) parties: Parties<'n>,
    pub(super) lines: &'n mut Lines,
    pub(super) random: &'n mut Random,
    pub(super) log: &'n mut Log<'w, W>,
    pub(super) now: Instant,
    /// Connections that there were.
    pub(super) count: u32,
}

impl<W: Write> World<'_, '_, W> {
    /// Number of ends of connections that there were.
    pub(super) fn ends(&self) -> u32 {
        self.count.saturating_mul(2)
    }

    /// Until nothing happens any more before the time does something.
    pub(super) fn settle(&mut self) {
        while self.round() {}
    }

    /// For so long, with all that is due meanwhile.
    pub(super) fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        self.settle();
        while let Some(next) = self.deadline().filter(|next| *next <= end) {
            self.now = next.max(self.now + ROUND);
            self.settle();
        }
        self.now = self.now.max(end);
    }

    /// Each does once what is possible; whether anything was.
    pub(super) fn round(&mut self) -> bool {
        self.now = self.now + ROUND;
        let mut is_busy = false;
        for who in Who::ALL {
            is_busy |= self.dial(who);
        }
        let Self { parties, lines, log, now, .. } = self;
        for place in lines.iter_mut() {
            let Some(line) = place else { continue };
            for side in [Side::Dialled, Side::Accepted] {
                is_busy |= line.pump(side, parties, *now, log);
            }
            if line.is_over() {
                *place = None;
            }
        }
        for who in Who::ALL {
            is_busy |= self.tell(who);
        }
        is_busy
    }

    fn deadline(&mut self) -> Option<Instant> {
        let Self { parties, lines, now, .. } = self;
        let mut next = None;
        for line in lines.iter_mut().flatten() {
            next = earliest(next, line.deadline(parties));
        }
        let dials = Who::ALL.into_iter().map(|who| parties.of(who).dial_deadline(*now));
        dials.fold(next, earliest)
    }

    /// Dials wherever somebody's node wants to.
    fn dial(&mut self, who: Who) -> bool {
        let Self { parties, lines, random, now, count, log } = self;
        let node = parties.of(who);
        let mut has_dialled = false;
        while let Some(dial) = node.next_dial(*now) {
            has_dialled = true;
            let address = dial.address();
            log.tell(who, address);
            let place = lines.iter_mut().find(|place| place.is_none());
            let (Some(place), Some(to)) = (place, Who::at(address.ip())) else {
                node.dial_failed(*now, dial);
                continue;
            };
            let outgoing = node.dialled(*now, dial, Entropy::new(random.bytes()));
            let accepted = (to, Entropy::new(random.bytes()));
            *place = outgoing.map(|outgoing| Line::new(*now, (who, outgoing), accepted));
            *count += 1;
        }
        has_dialled
    }

    /// Tells somebody the news.
    fn tell(&mut self, who: Who) -> bool {
        let node = self.parties.of(who);
        let mut has_news = false;
        while let Some(news) = node.poll_news() {
            has_news = true;
            self.log.tell(who, news);
            decide(node, news);
        }
        has_news
    }

    /// Cuts the connection between two.
    pub(super) fn cut(&mut self, one: Who, other: Who) {
        self.lines.iter_mut().flatten().filter(|line| line.is_between(one, other)).for_each(Line::cut);
    }

    /// Somebody says goodbye to all.
    pub(super) fn leave(&mut self, who: Who) {
        let Self { parties, lines, now, log, .. } = self;
        for line in lines.iter_mut().flatten() {
            line.leave(who, parties, *now, log);
        }
    }
}

/// What becomes of an offer is said by its number.
fn decide(node: &mut Node<Memory>, news: News) {
    let News::Transfer(key, TransferNews::Offered) = news else { return };
    let Some(offered) = node.transfer(key) else { return };
    match Fate::of(offered.id()) {
        Fate::Taken => node.take(key, offered.best(CIPHERS, FrameLen::Short)),
        Fate::Refused => node.refuse(key, Refusal::Denied),
        Fate::Withdrawn => {}
    }
}
