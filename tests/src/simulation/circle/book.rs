//! Texts: what was said to whom, what was shown, and what its sender was told of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use p2pm_core::node::ContactId;
use p2pm_core::wire::Scope;

/// A host, in one run of its node.
pub type Run = (usize, u32);

/// Every text of a simulation.
#[derive(Default)]
pub struct Book(BTreeMap<Run, BTreeMap<u32, Text>>);

/// A text, and what became of it.
struct Text {
    words: String,
    scope: Scope,
    recipients: BTreeMap<usize, Delivery>,
}

#[derive(Default)]
struct Delivery {
    /// Runs of the recipient in which it was shown.
    shown: BTreeSet<u32>,
    is_confirmed: bool,
    is_failed: bool,
    /// Whether its sender has forgotten the recipient since.
    is_forgotten: bool,
}

/// A whole text, as it was received.
pub struct Heard {
    pub contact: ContactId,
    /// Who has kept it, if it does not come from the contact itself.
    pub keeper: Option<ContactId>,
    pub scope: Scope,
    pub sequence: u32,
    pub missed: bool,
    pub text: String,
}

impl fmt::Debug for Heard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { scope, sequence, text, .. } = self;
        write!(f, "text {sequence} of {} bytes for {scope:?}", text.len())
    }
}

impl Book {
    /// A text was said to these hosts.
    pub fn said(&mut self, from: Run, sequence: u32, scope: Scope, to: BTreeSet<usize>, text: String) {
        let recipients = to.into_iter().map(|host| (host, Delivery::default())).collect();
        let texts = self.0.entry(from).or_default();
        let last = texts.last_key_value().map_or(0, |(last, _)| *last);
        assert_eq!(sequence, last + 1, "messages are numbered one after the other");
        texts.insert(sequence, Text { words: text, scope, recipients });
    }

    /// A text was shown: to the right one, once, whole, unchanged and in order. Texts before it are called missing if they were
    /// never shown, but not if an earlier run of the recipient has confirmed them, or a later one: then it has called them
    /// missing.
    pub fn shown(&mut self, from: Run, to: Run, heard: &Heard) {
        let texts = self.0.get_mut(&from).expect("somebody who has said something");
        let of = |delivery: &Delivery| delivery.shown.contains(&to.1);
        let shown = |text: &Text| text.recipients.get(&to.0).is_some_and(of);
        let last = texts.iter().filter(|(_, text)| shown(text)).map(|(sequence, _)| *sequence).max();
        assert!(last.is_none_or(|last| last < heard.sequence), "{heard:?} was shown after {last:?}");
        let before = texts.range(last.map_or(0, |last| last + 1)..heard.sequence);
        let skipped = before.filter_map(|(_, text)| text.recipients.get(&to.0));
        // What a keeper brings may be from before its author has forgotten whom it is for.
        let is_old = heard.missed && heard.keeper.is_some();
        let mut unconfirmed =
            skipped.rev().take_while(|delivery| !delivery.is_confirmed && (is_old || !delivery.is_forgotten));
        let is_right = if heard.missed {
            unconfirmed.next().is_some()
        } else {
            unconfirmed.all(|delivery| !delivery.shown.is_empty())
        };
        assert!(is_right, "{heard:?} from {from:?} follows {last:?} at {to:?}");
        let text = texts.get_mut(&heard.sequence).expect("a text that was said");
        assert!((&text.words, text.scope) == (&heard.text, heard.scope), "{heard:?} was said otherwise");
        text.recipients.get_mut(&to.0).expect("a text for this one").shown.insert(to.1);
    }

    /// The run of a host in which it has said a text that a keeper passes on.
    pub fn run_of(&self, host: usize, heard: &Heard) -> Run {
        let is_it = |texts: &BTreeMap<u32, Text>| {
            texts.get(&heard.sequence).is_some_and(|text| text.words == heard.text)
        };
        let mut runs = self.0.iter().filter(|((index, _), texts)| *index == host && is_it(texts));
        *runs.next_back().expect("a text that was said").0
    }

    /// The sender was told that every text up to this one was received, unless it has failed.
    pub fn confirmed(&mut self, from: Run, to: usize, sequence: u32) {
        for (sequence, delivery) in self.open(from, to, sequence) {
            assert!(
                !delivery.shown.is_empty(),
                "{from:?}: {sequence} is confirmed by {to}, which did not show it"
            );
            delivery.is_confirmed = true;
        }
    }

    /// The sender was told that every text up to this one has failed, unless it was received; returns which.
    pub fn failed(&mut self, from: Run, to: usize, sequence: u32) -> Vec<u32> {
        let failed = self.open(from, to, sequence).map(|(sequence, delivery)| {
            delivery.is_failed = true;
            sequence
        });
        failed.collect()
    }

    /// The sender has forgotten the recipient: it does not tell that any of its texts up to now are missing.
    #[allow(dead_code, reason = "nobody forgets in the simulation, but in the fuzz target")]
    pub fn forgotten(&mut self, from: Run, to: usize) {
        let texts = self.0.entry(from).or_default().values_mut();
        texts.filter_map(|text| text.recipients.get_mut(&to)).for_each(|it| it.is_forgotten = true);
    }

    /// Texts up to `sequence` of which their sender was told nothing yet.
    fn open(&mut self, from: Run, to: usize, sequence: u32) -> impl Iterator<Item = (u32, &mut Delivery)> {
        let texts = self.0.entry(from).or_default().range_mut(..=sequence);
        texts.filter_map(move |(sequence, text)| {
            let delivery = text.recipients.get_mut(&to)?;
            (!delivery.is_confirmed && !delivery.is_failed).then_some((*sequence, delivery))
        })
    }

    /// The first text from one to the other of which its sender was told nothing.
    pub fn first_open(&mut self, from: Run, to: usize) -> Option<u32> {
        self.open(from, to, u32::MAX).map(|(sequence, _)| sequence).next()
    }

    /// Whether the sender was told that the recipient has received a text.
    pub fn is_confirmed(&self, from: Run, to: usize, sequence: u32) -> bool {
        let text = self.0.get(&from).and_then(|texts| texts.get(&sequence));
        text.and_then(|text| text.recipients.get(&to)).is_some_and(|delivery| delivery.is_confirmed)
    }
}
