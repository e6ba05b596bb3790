//! The last news of a node, numbered, and those who listen to them.

use std::collections::VecDeque;
use std::io;
use std::sync::mpsc::{SyncSender, TrySendError};
use std::time::{SystemTime, UNIX_EPOCH};

use super::news::{News, Numbered};
use crate::doctor::not_looking;

/// News kept for a face that comes later.
const NEWS_KEPT: usize = TEXTS_KEPT + RECEIPTS_KEPT + OTHERS_KEPT;
/// Texts among them, of others and ours.
const TEXTS_KEPT: usize = 1000;
/// What has become of ours, among them.
const RECEIPTS_KEPT: usize = 300;
/// Others among them. They have room of their own, since whoever knows the passphrase can cause any number of them.
const OTHERS_KEPT: usize = 200;
const _: () = assert!(NEWS_KEPT < super::NEWS_QUEUE, "a face that comes later loses none of them");

/// The last news, and those who listen.
#[derive(Default)]
pub(super) struct Journal {
    last: u64,
    has_met: bool,
    texts: VecDeque<Numbered>,
    receipts: VecDeque<Numbered>,
    /// In place of the receipts that were dropped: the number of the last one. Without a word, those that are kept would seem to
    /// be about the same messages.
    lost_receipts: Option<Numbered>,
    others: VecDeque<Numbered>,
    listeners: Vec<Listener>,
}

/// Number of a subscription in its node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SubscriptionId(pub(super) u64);

struct Listener {
    sender: SyncSender<Numbered>,
    subscription: Option<SubscriptionId>,
    lost: u64,
}

impl Journal {
    /// Number of the last news.
    pub(super) fn last(&self) -> u64 {
        self.last
    }

    /// Whether anybody has come in this run, or has asked to or been asked to.
    pub(super) fn has_met(&self) -> bool {
        self.has_met
    }

    /// Tells all listeners, and keeps the news for later ones. A listener whose queue is full loses the news, and is told how
    /// many it has lost.
    pub(super) fn tell(&mut self, news: News) {
        self.last += 1;
        self.has_met |= matches!(news, News::Came { .. } | News::Asks { .. } | News::Undecided { .. });
        let numbered = Numbered { n: self.last, at: unix_seconds(), news };
        self.listeners.retain_mut(|listener| listener.tell(&numbered));
        let (kept, most) = match &numbered.news {
            News::Said { .. } | News::WeSaid { .. } => (&mut self.texts, TEXTS_KEPT),
            news if news.receipt_of().is_some() => {
                self.drop_replaced(news);
                (&mut self.receipts, RECEIPTS_KEPT)
            }
            _ => (&mut self.others, OTHERS_KEPT),
        };
        let dropped = if kept.len() == most { kept.pop_front() } else { None };
        kept.push_back(numbered);
        if let Some(dropped) = dropped.filter(|it| it.news.receipt_of().is_some()) {
            self.lose_receipt(&dropped);
        }
    }

    fn lose_receipt(&mut self, receipt: &Numbered) {
        let count = match &self.lost_receipts {
            Some(Numbered { news: News::Lost { count }, .. }) => count + 1,
            _ => 1,
        };
        self.lost_receipts = Some(Numbered { news: News::Lost { count }, ..*receipt });
    }

    /// Tells those who listen now, and keeps nothing: the next of its kind stands for it. It has the number of the news before
    /// it. A listener whose queue is full does without.
    pub(super) fn tell_in_passing(&mut self, news: News) {
        let numbered = Numbered { n: self.last, at: unix_seconds(), news };
        for listener in self.listeners.iter().filter(|listener| listener.lost == 0) {
            let _ = listener.sender.try_send(numbered.clone());
        }
    }

    /// A receipt stands for all before it of the same kind and person, unless one of another kind came between.
    fn drop_replaced(&mut self, receipt: &News) {
        let last = self.receipts.iter().rposition(|it| it.news.receipt_of() == receipt.receipt_of());
        if let Some(index) = last
            && std::mem::discriminant(&self.receipts[index].news) == std::mem::discriminant(receipt)
        {
            self.receipts.remove(index);
        }
    }

    /// The news that are kept after a number, in their order.
    fn kept_after(&self, number: u64) -> Vec<&Numbered> {
        let all = self.texts.iter().chain(&self.lost_receipts).chain(&self.receipts).chain(&self.others);
        let mut kept: Vec<_> = all.filter(|it| it.n > number).collect();
        kept.sort_unstable_by_key(|it| it.n);
        kept
    }

    /// What finds others, once it is started. Where the system does not let it start, as in some sandboxes, a node is alone
    /// and says why, since it can be told addresses.
    pub(super) fn or_alone<T>(&mut self, started: io::Result<T>) -> Option<T> {
        started.map_err(|error| self.tell(News::Alone { finding: not_looking(&error) })).ok()
    }

    /// Adds a listener, which is told the news kept after the number `since` first. It stays until it is gone, or
    /// [unsubscribed](Self::unsubscribe).
    pub(super) fn listen(
        &mut self,
        since: u64,
        sender: SyncSender<Numbered>,
        subscription: Option<SubscriptionId>,
    ) {
        let mut listener = Listener { sender, subscription, lost: 0 };
        if self.kept_after(since).into_iter().all(|it| listener.tell(it)) {
            self.listeners.push(listener);
        }
    }

    /// Drops the listener of a subscription: whoever waits for its next news learns that there are no more.
    pub(super) fn unsubscribe(&mut self, subscription: SubscriptionId) {
        self.listeners.retain(|listener| listener.subscription != Some(subscription));
    }
}

fn unix_seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

impl Listener {
    /// False once it is gone.
    fn tell(&mut self, numbered: &Numbered) -> bool {
        if self.lost > 0 {
            let lost = Numbered { n: numbered.n - 1, at: numbered.at, news: News::Lost { count: self.lost } };
            match self.sender.try_send(lost) {
                Ok(()) => self.lost = 0,
                Err(TrySendError::Full(_)) => {
                    self.lost += 1;
                    return true;
                }
                Err(TrySendError::Disconnected(_)) => return false,
            }
        }
        match self.sender.try_send(numbered.clone()) {
            Ok(()) => true,
            Err(TrySendError::Full(_)) => {
                self.lost += 1;
                true
            }
            Err(TrySendError::Disconnected(_)) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::sync_channel;

    use super::super::news::Person;
    use super::*;

    fn news(number: u32) -> News {
        News::NotStored { why: number.to_string() }
    }

    #[test]
    fn a_slow_listener_is_told_how_much_it_has_lost() {
        let mut journal = Journal::default();
        let (sender, receiver) = sync_channel(2);
        journal.tell(news(1));
        journal.listen(0, sender, None);
        for number in 2..=5 {
            journal.tell(news(number));
        }
        let heard: Vec<_> = receiver.try_iter().collect();
        assert_eq!(heard.iter().map(|it| it.n).collect::<Vec<_>>(), [1, 2]);
        journal.tell(news(6));
        let heard: Vec<_> = receiver.try_iter().map(|it| it.news).collect();
        assert_eq!(heard, [News::Lost { count: 3 }, news(6)]);
        drop(receiver);
        journal.tell(news(7));
        assert!(journal.listeners.is_empty());
    }

    #[test]
    fn a_node_that_cannot_look_for_others_says_why() {
        let mut journal = Journal::default();
        assert_eq!(journal.or_alone(Ok(1)), Some(1));
        assert_eq!(
            (journal.or_alone::<u8>(Err(io::ErrorKind::PermissionDenied.into())), journal.last()),
            (None, 1)
        );
        let News::Alone { finding } = &journal.others[0].news else { panic!("other news") };
        assert!(finding.text.contains("permission denied"), "{}", finding.text);
    }

    #[test]
    fn whoever_was_here_was_met() {
        let who = || Person { name: None, tag: "tag".into() };
        let mut journal = Journal::default();
        journal.tell(News::NotReached { address: "192.0.2.7:7776".into(), why: "timeout".into() });
        assert!(!journal.has_met());
        journal.tell(News::Came { who: who() });
        journal.tell(News::Left { who: who(), why: "goodbye".into() });
        assert!(journal.has_met());
    }

    #[test]
    fn the_last_news_are_kept() {
        let mut journal = Journal::default();
        for number in 0..OTHERS_KEPT + 10 {
            journal.tell(news(u32::try_from(number).unwrap()));
        }
        let (sender, receiver) = sync_channel(NEWS_KEPT);
        journal.listen(15, sender, None);
        let heard: Vec<_> = receiver.try_iter().map(|it| it.n).collect();
        assert_eq!((heard[0], heard.len()), (16, OTHERS_KEPT - 5));
    }

    #[test]
    fn what_strangers_do_does_not_push_out_what_was_said() {
        let who = || Person { name: None, tag: "tag".into() };
        let said =
            News::Said { from: who(), to_all: false, circle: None, text: "dinner?".into(), missed: false };
        let mut journal = Journal::default();
        journal.tell(news(1));
        journal.tell(said.clone());
        for _ in 0..2 * NEWS_KEPT {
            journal.tell(News::Asks { who: who() });
        }
        journal.tell(said.clone());
        let (sender, receiver) = sync_channel(NEWS_KEPT);
        journal.listen(0, sender, None);
        let heard: Vec<_> = receiver.try_iter().collect();
        assert!(heard.is_sorted_by_key(|it| it.n));
        assert_eq!([&heard[0].news, &heard[heard.len() - 1].news], [&said, &said]);
        assert!(heard.len() <= NEWS_KEPT);
    }

    #[test]
    fn the_last_receipt_of_somebody_is_kept_in_place_of_those_before_it() {
        let who = |tag: &str| Person { name: None, tag: tag.into() };
        let received = |message, tag| News::Received { message, by: who(tag) };
        let failed = News::Failed { message: 1500, to: who("abdul") };
        let mut journal = Journal::default();
        for message in 0..1000 {
            journal.tell(received(message, "abdul"));
            journal.tell(received(message, "zoe"));
        }
        journal.tell(failed.clone());
        journal.tell(received(1600, "abdul"));
        journal.tell(received(1601, "abdul"));
        let (sender, queue) = sync_channel(NEWS_KEPT);
        journal.listen(0, sender, None);
        let kept: Vec<_> = queue.try_iter().map(|it| it.news).collect();
        assert_eq!(kept, [received(999, "abdul"), received(999, "zoe"), failed, received(1601, "abdul")]);
    }

    #[test]
    fn that_receipts_were_dropped_is_told() {
        let receipt =
            |number: usize| News::Failed { message: 7, to: Person { name: None, tag: number.to_string() } };
        let mut journal = Journal::default();
        for number in 0..RECEIPTS_KEPT + 3 {
            journal.tell(receipt(number));
        }
        let mut heard_after = |number| {
            let (sender, queue) = sync_channel(NEWS_KEPT);
            journal.listen(number, sender, None);
            queue.try_iter().map(|it| (it.n, it.news)).collect::<Vec<_>>()
        };
        assert_eq!(heard_after(0)[..2], [(3, News::Lost { count: 3 }), (4, receipt(3))]);
        assert_eq!(heard_after(3)[0], (4, receipt(3)), "whoever knows those has lost nothing");
    }
}
