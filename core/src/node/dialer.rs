//! Dialer: which address to dial, and when.

#[cfg(test)]
mod tests;

use core::net::IpAddr;
use core::time::Duration;

use super::CircleId;
use super::table::Table;
use crate::limits::{DIAL_BACK_OFF_MAX, DIAL_BACK_OFF_MIN, DIAL_INTERVAL, DIALS_BURST, YIELD_DELAY};
use crate::time::{Bucket, Instant, Jitter};
use crate::wire::{Endpoint, PublicKey};

/// Rate limit of dials that others have caused, and not the user.
const CAUSED_BY_OTHERS: Bucket = Bucket::new(DIALS_BURST, DIAL_INTERVAL);

/// Where an address is from, the least reliable first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Source {
    /// A linked node says that somebody is there.
    Roster,
    /// Somebody was found on the network.
    Found,
    /// A community server says that somebody is there.
    Listed,
    /// A contact was there before.
    Remembered,
    /// The user has said so.
    Typed,
    /// The user has said that a community server is there.
    Meeting,
}

/// An address to dial.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    address: Option<Address>,
    source: Source,
    state: State,
    failures: u8,
}

/// Whom to find where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) endpoint: Endpoint,
    pub(super) circle: u8,
    /// Whose it is, if that is known.
    pub(super) key: Option<PublicKey>,
}

impl Address {
    /// The address of whoever is there.
    pub(super) const fn of_anybody(endpoint: Endpoint, circle: CircleId) -> Self {
        Self { endpoint, circle: circle.0, key: None }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// To be dialled at this moment, if it is wanted then.
    Due(Instant),
    /// Being dialled, or linked.
    Busy,
    /// Being dialled, and forgotten then unless it answers.
    Last,
    /// Not to be dialled again in this run, unless the user says so.
    Given,
}

/// Why a dial ended, as far as it matters for the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Try again later.
    Failed,
    /// Never try again in this run.
    Hopeless,
}

/// Whether the node at an address is to be linked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Demand {
    Wanted,
    /// It is linked already.
    Linked,
    /// It is refused.
    Refused,
}

/// The addresses of a node.
pub(super) struct Dialer<R> {
    rows: Table<R>,
    debts: Debts,
    jitter: Jitter,
}

/// When the dials are paid off that others have caused, of [`CAUSED_BY_OTHERS`]: those of contacts, and those that follow
/// hints, of which there may be any number, and which do not keep contacts from being dialled.
struct Debts {
    contacts: Instant,
    hints: Instant,
}

impl Debts {
    /// When an address from this source may be dialled.
    fn allowed_at(&self, now: Instant, source: Source) -> Instant {
        match source {
            Source::Roster | Source::Found | Source::Listed => CAUSED_BY_OTHERS.allowed_at(now, self.hints),
            Source::Remembered => CAUSED_BY_OTHERS.allowed_at(now, self.contacts),
            Source::Typed | Source::Meeting => now,
        }
    }

    fn charge(&mut self, now: Instant, source: Source) {
        match source {
            Source::Roster | Source::Found | Source::Listed => CAUSED_BY_OTHERS.charge(now, &mut self.hints),
            Source::Remembered => CAUSED_BY_OTHERS.charge(now, &mut self.contacts),
            Source::Typed | Source::Meeting => {}
        }
    }
}

impl Target {
    /// A row to initialise storage with.
    pub const EMPTY: Self = Self { address: None, source: Source::Roster, state: State::Given, failures: 0 };
}

impl<R: AsRef<[Target]> + AsMut<[Target]>> Dialer<R> {
    pub(super) fn new(now: Instant, mut rows: R, seed: u64) -> Self {
        rows.as_mut().fill(Target::EMPTY);
        Self { rows: Table::new(rows), debts: Debts { contacts: now, hints: now }, jitter: Jitter::new(seed) }
    }

    /// Adds an address, to be dialled after `delay`. One that is known is dialled at once if the user says so; else it
    /// waits out its back-off. Where there is no room, a less reliable address goes; false if there is none.
    pub(super) fn add(&mut self, now: Instant, address: Address, source: Source, delay: Duration) -> bool {
        let is_same = |target: &Target| {
            (target.source == Source::Meeting) == (source == Source::Meeting)
                && target
                    .address
                    .is_some_and(|it| (it.endpoint, it.circle) == (address.endpoint, address.circle))
        };
        let at = now + delay;
        match self.rows.used_mut().iter_mut().find(|target| is_same(target)) {
            Some(target) => {
                target.add_source(address, source, at);
                true
            }
            None => {
                self.insert(Target { address: Some(address), source, state: State::Due(at), failures: 0 })
            }
        }
    }

    /// Takes a row for a new target; false if there is none.
    fn insert(&mut self, target: Target) -> bool {
        if let Some(free) = self.rows.used_mut().iter_mut().find(|it| it.address.is_none()) {
            *free = target;
            return true;
        }
        let Err(new) = self.rows.push(target) else { return true };
        let dispensable = self.rows.used_mut().iter_mut().filter(|it| it.is_dispensable(new.source));
        let least = dispensable.min_by_key(|target| target.worth());
        least.map(|target| *target = new).is_some()
    }

    /// How long to wait before a node with `theirs` is dialled: the node with the smaller key dials, the other one only
    /// if nothing comes of it.
    pub(super) fn delay(&mut self, ours: &PublicKey, theirs: &PublicKey) -> Duration {
        let base = if ours < theirs { Duration::ZERO } else { YIELD_DELAY };
        base.saturating_add(self.jitter.up_to(YIELD_DELAY / 4))
    }

    /// The next address that is due and wanted, which is busy from now on.
    pub(super) fn next(
        &mut self,
        now: Instant,
        demand: impl Fn(&Address) -> Demand,
    ) -> Option<(u16, Address)> {
        let Self { rows, debts, .. } = self;
        loop {
            let due = (0..).zip(rows.used_mut()).filter_map(|(index, target)| {
                let urgency = target.urgency(now)?;
                (debts.allowed_at(now, target.source) <= now).then_some((urgency, index, target))
            });
            let (_, index, target) = due.min_by_key(|(urgency, ..)| *urgency)?;
            let address = target.address?;
            let is_node = target.source != Source::Meeting;
            target.state = match if is_node { demand(&address) } else { Demand::Wanted } {
                Demand::Wanted => State::Busy,
                Demand::Linked => State::Due(now + DIAL_BACK_OFF_MAX),
                Demand::Refused => State::Given,
            };
            if target.state == State::Busy {
                debts.charge(now, target.source);
                return Some((index, address));
            }
        }
    }

    /// When [`Dialer::next`] may have something to give.
    pub(super) fn deadline(&self, now: Instant) -> Option<Instant> {
        let due = |target: &Target| match target.state {
            State::Due(due) => Some(due.max(self.debts.allowed_at(now, target.source))),
            State::Busy | State::Last | State::Given => None,
        };
        self.rows.used().iter().filter_map(due).min()
    }

    /// Where the address of this row is from.
    pub(super) fn source(&self, index: u16) -> Option<Source> {
        self.rows.used().get(usize::from(index)).map(|target| target.source)
    }

    /// Whether no dial of this row has failed since the last one that has led to something.
    pub(super) fn has_not_failed(&self, index: u16) -> bool {
        self.rows.used().get(usize::from(index)).is_some_and(|target| target.failures == 0)
    }

    /// Where the node of this row was dialled.
    pub(super) fn endpoint(&self, index: u16) -> Option<Endpoint> {
        let target = self.rows.used().get(usize::from(index))?;
        target.address.map(|address| address.endpoint)
    }

    /// Whether an address is given up, in all circles in which somebody was looked for there.
    pub(super) fn has_given_up(&self, endpoint: Endpoint) -> bool {
        let is_there = |target: &&Target| target.address.is_some_and(|address| address.endpoint == endpoint);
        let mut targets = self.rows.used().iter().filter(is_there).peekable();
        targets.peek().is_some() && targets.all(|target| target.state == State::Given)
    }

    /// The node with `key` has answered the dial of this row.
    pub(super) fn answered(&mut self, index: u16, key: PublicKey) {
        if let Some(target) = self.rows.used_mut().get_mut(usize::from(index))
            && let Some(address) = &mut target.address
        {
            address.key = Some(key);
            target.keep();
        }
    }

    /// Forgets where nodes were found of which nobody knows who they are, except where this holds. What was given up stays
    /// so.
    pub(super) fn retain_found(&mut self, holds: impl Fn(IpAddr) -> bool) {
        let is_gone = |target: &&mut Target| {
            let of_nobody = target.address.filter(|address| address.key.is_none());
            target.source == Source::Found
                && target.state != State::Given
                && of_nobody.is_some_and(|it| !holds(it.endpoint.ip()))
        };
        self.rows.used_mut().iter_mut().filter(is_gone).for_each(Target::forget);
    }

    /// The node with `key` is elsewhere now: whoever is at its old address, is another one.
    pub(super) fn left(&mut self, endpoint: Endpoint, key: &PublicKey) {
        let addresses = self.rows.used_mut().iter_mut().filter_map(|target| target.address.as_mut());
        for address in addresses.filter(|it| it.endpoint == endpoint && it.key == Some(*key)) {
            address.key = None;
        }
    }

    /// The dial of this row has led to a link on which texts may cross.
    pub(super) fn succeeded(&mut self, index: u16) {
        if let Some(target) = self.rows.used_mut().get_mut(usize::from(index)) {
            target.failures = 0;
        }
    }

    /// Nobody is to be looked for any more where a node was.
    pub(super) fn forget(&mut self, is_its: impl Fn(&Address) -> bool) {
        self.targets_of(is_its).for_each(Target::forget);
    }

    /// The user wants a node again: its addresses are dialled, those that were given up, too.
    pub(super) fn revive(&mut self, now: Instant, is_its: impl Fn(&Address) -> bool) {
        for target in self.targets_of(is_its).filter(|target| target.state == State::Given) {
            (target.state, target.failures) = (State::Due(now), 0);
        }
    }

    /// The addresses of a node, but for those of servers.
    fn targets_of(&mut self, is_its: impl Fn(&Address) -> bool) -> impl Iterator<Item = &mut Target> {
        let nodes = self.rows.used_mut().iter_mut().filter(|target| target.source != Source::Meeting);
        nodes.filter(move |target| target.address.is_some_and(|address| is_its(&address)))
    }

    /// The dial of this row, or the link that came of it, is over.
    pub(super) fn ended(&mut self, now: Instant, index: u16, outcome: Outcome) {
        let Some(target) = self.rows.used_mut().get_mut(usize::from(index)) else { return };
        match (target.state, outcome) {
            (State::Due(_) | State::Given, _) => {}
            (State::Busy | State::Last, Outcome::Hopeless) => target.state = State::Given,
            (State::Last, Outcome::Failed) => *target = Target::EMPTY,
            (State::Busy, Outcome::Failed) => target.back_off(now, &mut self.jitter),
        }
    }
}

impl Target {
    /// Somebody else, or the user, says that it is to be dialled at `at`.
    fn add_source(&mut self, address: Address, source: Source, at: Instant) {
        if source >= Source::Typed {
            // The user means whoever is there now.
            self.address = Some(address);
        }
        self.is_said_to_be_of(address.key);
        self.source = self.source.max(source);
        self.keep();
        match self.state {
            State::Due(_) | State::Given if source >= Source::Typed => {
                (self.state, self.failures) = (State::Due(at), 0);
            }
            // It was put off because its node was linked.
            State::Due(due) if self.failures == 0 => self.state = State::Due(due.min(at)),
            State::Due(_) | State::Busy | State::Last | State::Given => {}
        }
    }

    fn is_busy(&self) -> bool {
        matches!(self.state, State::Busy | State::Last)
    }

    /// Nothing is known of it any more, once a dial under way has led to nothing.
    fn forget(&mut self) {
        if self.is_busy() {
            // Whoever answers is not somebody whom the user wants, even where the user has named the address.
            (self.state, self.source) = (State::Last, Source::Found);
        } else {
            *self = Self::EMPTY;
        }
    }

    /// It is dialled again, the later the more dials have failed.
    fn back_off(&mut self, now: Instant, jitter: &mut Jitter) {
        let wait = DIAL_BACK_OFF_MIN.saturating_mul(1 << self.failures.min(16)).min(DIAL_BACK_OFF_MAX);
        self.failures = self.failures.saturating_add(1);
        self.state = State::Due(now + wait * 3 / 4 + jitter.up_to(wait / 2));
    }

    /// It is not forgotten once its dial is over.
    fn keep(&mut self) {
        if self.state == State::Last {
            self.state = State::Busy;
        }
    }

    /// Somebody says whose the address is. Where two say different things, nobody knows until it has answered.
    fn is_said_to_be_of(&mut self, key: Option<PublicKey>) {
        if let Some(address) = &mut self.address
            && key.is_some()
        {
            let is_agreed = address.key.is_none() || address.key == key;
            address.key = key.filter(|_| is_agreed);
        }
    }

    /// Whether it is dialled because of what others do.
    fn is_caused(&self) -> bool {
        self.source < Source::Typed
    }

    /// Whether others alone know of it, and nobody was reached there.
    fn is_failed_hint(&self) -> bool {
        self.source < Source::Remembered && self.failures > 0
    }

    /// Whether it may give way to an address from `for_source`. A hint that has failed gives way to any: whoever tells of
    /// nodes that are not there would fill the table for good.
    fn is_dispensable(&self, for_source: Source) -> bool {
        let is_worse = self.source <= for_source || self.is_failed_hint();
        !self.is_busy() && is_worse && self.is_caused()
    }

    /// Order in which addresses give way, the first one first.
    fn worth(&self) -> (bool, Source, u8) {
        (!self.is_failed_hint(), self.source, u8::MAX - self.failures)
    }

    /// Order in which addresses that are due are dialled, the first one first; `None` if it is not due. What the user has
    /// named, then what has failed least: else a few addresses at which there is nobody would take up all dials that others
    /// may cause. Of those that have not failed the newest, since whoever tells of it is there now.
    fn urgency(&self, now: Instant) -> Option<(bool, u8, u64)> {
        let State::Due(due) = self.state else { return None };
        let overdue = now.millis_since(due);
        let wait = if self.failures == 0 { overdue } else { u64::MAX - overdue };
        (due <= now).then_some((self.is_caused(), self.failures, wait))
    }
}

/// Whether a node may be dialled there on the word of a peer at `from`: not at addresses that stand for more or less
/// than one host elsewhere, and on this machine only if the peer is on it.
pub(super) fn is_plausible(endpoint: &Endpoint, from: Option<IpAddr>) -> bool {
    let ip = endpoint.ip();
    let is_elsewhere = match ip {
        IpAddr::V4(ip) => {
            !ip.is_unspecified() && !ip.is_multicast() && !ip.is_broadcast() && !ip.is_link_local()
        }
        IpAddr::V6(ip) => !ip.is_unspecified() && !ip.is_multicast() && !ip.is_unicast_link_local(),
    };
    is_elsewhere && (!ip.is_loopback() || from.is_some_and(|from| from.is_loopback()))
}
