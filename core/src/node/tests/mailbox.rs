//! Texts that a keeper holds for somebody who is away.

mod attacks;
mod full;
mod stirred;

use super::*;
use crate::limits::{HELD_TEXT_MAX, RACE_WINDOW};
use crate::wire::LinkMessage;

/// Letters that the keeper has room for.
const HELD: usize = 4;

/// An author, a keeper and an addressee, who know and accept each other, and the links between them.
struct Cast {
    author: User,
    keeper: User,
    addressee: User,
    now: Instant,
}

/// Which of the three.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Who {
    Author,
    Keeper,
    Addressee,
}

use Who::{Addressee, Author, Keeper};

/// A user with room for so many letters, who accepts those of these numbers.
fn user(seed: u8, held: usize, others: &[u8]) -> User {
    let name = ["", "katie", "zoe", "abdul", "eve"][usize::from(seed)];
    let mut node = node_with(seed, name, Policy::All, held);
    node.port = NonZeroU16::new(5000 + u16::from(seed));
    for other in others {
        let key = Identity::from_seed(&[*other; 32]).key();
        let known = Known { trust: Some(Trust::Accepted), ..Known::of(key) };
        assert!(node.remember(START, known, CircleId(0)));
    }
    User { node, heard: Vec::new(), ended: None }
}

/// One user dials another one, and they say what they have to say.
fn link(from: &mut User, to: &mut User, now: Instant) -> Pair {
    let port = to.node.port.unwrap();
    from.node.connect(now, Endpoint::new(Ipv4Addr::LOCALHOST.into(), port), CircleId(0));
    let mut dials = core::iter::from_fn(|| from.node.next_dial(now));
    let dial = dials.find(|dial| dial.address().port() == port.get()).expect("it is dialled");
    let entropy = |byte| Entropy::new([byte; ENTROPY_LEN]);
    let outgoing = from.node.dialled(now, dial, entropy(1)).unwrap();
    let acceptor = Acceptor::new(now, Ipv4Addr::LOCALHOST.into(), entropy(2));
    let mut pair = Pair { ends: [End::Outgoing(outgoing), End::Accepting(acceptor)] };
    pair.run(&mut [from, to], now);
    assert!(matches!(pair.ends, [End::Link(_), End::Link(_)]), "{:?} {:?}", from.ended, to.ended);
    pair
}

/// The contact that a user knows by the key of another one.
fn contact(of: &User, other: &User) -> ContactId {
    of.node.contacts.find(&other.node.key()).expect("a contact")
}

/// What a user is told, but for who comes and leaves.
fn news(user: &mut User) -> Vec<News> {
    let news = core::iter::from_fn(|| user.node.poll_news());
    news.filter(|news| !matches!(news, News::Came(_) | News::Left(_))).collect()
}

impl Cast {
    fn new() -> Self {
        Self {
            author: user(1, 0, &[2, 3]),
            keeper: user(2, HELD, &[1, 3]),
            addressee: user(3, 0, &[1, 2, 4]),
            now: START,
        }
    }

    fn two(&mut self, from: Who, to: Who) -> [&mut User; 2] {
        let Self { author, keeper, addressee, .. } = self;
        match (from, to) {
            (Author, Keeper) => [author, keeper],
            (Author, Addressee) => [author, addressee],
            (Keeper, Addressee) => [keeper, addressee],
            (Keeper, Author) => [keeper, author],
            _ => panic!("nobody dials like this"),
        }
    }

    /// Some time has passed, so that another link is no race, and one dials another.
    fn link(&mut self, from: Who, to: Who) -> Pair {
        self.now = self.now + RACE_WINDOW;
        let now = self.now;
        let [from, to] = self.two(from, to);
        link(from, to, now)
    }

    fn run(&mut self, pair: &mut Pair, from: Who, to: Who) {
        let now = self.now;
        pair.run(&mut self.two(from, to), now);
    }

    fn lose(&mut self, mut pair: Pair, from: Who, to: Who) {
        let now = self.now;
        lose(&mut pair, self.two(from, to), now);
    }

    /// The author says a text to the addressee alone.
    fn say(&mut self, text: &str) -> u32 {
        let to = self.addressee_of_author();
        self.author.node.say(To::One(to), text).unwrap()
    }

    fn addressee_of_author(&self) -> ContactId {
        contact(&self.author, &self.addressee)
    }

    fn delivery(&self, sequence: u32) -> Delivery {
        self.author.node.delivery(self.addressee_of_author(), sequence).unwrap()
    }

    fn received(&self, sequence: u32) -> News {
        News::Received { contact: self.addressee_of_author(), sequence }
    }

    /// The author has entrusted these texts, and what was told of it.
    fn entrusted(texts: &[&str]) -> (Self, Pair) {
        let mut cast = Self::new();
        for text in texts {
            cast.say(text);
        }
        let pair = cast.link(Author, Keeper);
        (cast, pair)
    }
}

#[test]
fn a_text_is_held_for_whoever_is_away_and_passed_on_once() {
    let (mut cast, mut authors) = Cast::entrusted(&["one", "two"]);
    let (contact, keeper) = (cast.addressee_of_author(), contact(&cast.author, &cast.keeper));
    assert_eq!(news(&mut cast.author), [News::Held { contact, keeper, sequence: 2 }]);
    assert_eq!(cast.delivery(2), Delivery::Held);
    assert_eq!(cast.keeper.node.held().count(), 2);
    let _keepers = cast.link(Keeper, Addressee);
    assert_eq!(cast.addressee.take_heard(), "onetwo");
    assert_eq!(cast.keeper.node.held().count(), 0);
    assert!(cast.keeper.heard.is_empty(), "a keeper shows nothing");
    cast.run(&mut authors, Author, Keeper);
    assert_eq!(news(&mut cast.author), [cast.received(2)]);
    assert_eq!(cast.delivery(2), Delivery::Received);
    // What was passed on is not said again.
    let _directly = cast.link(Author, Addressee);
    assert_eq!(cast.addressee.take_heard(), "");
}

#[test]
fn a_text_for_whoever_is_linked_with_the_keeper_is_passed_on_at_once() {
    let mut cast = Cast::new();
    let mut keepers = cast.link(Keeper, Addressee);
    cast.say("dinner?");
    let mut authors = cast.link(Author, Keeper);
    cast.run(&mut keepers, Keeper, Addressee);
    assert_eq!(cast.addressee.take_heard(), "dinner?");
    cast.run(&mut authors, Author, Keeper);
    assert!(news(&mut cast.author).contains(&cast.received(1)));
}

#[test]
fn what_is_said_to_all_reaches_those_who_were_here() {
    let mut cast = Cast::new();
    let directly = cast.link(Author, Addressee);
    cast.lose(directly, Author, Addressee);
    cast.author.node.say(To::All(CircleId(0)), "fire!").unwrap();
    let _authors = cast.link(Author, Keeper);
    let _keepers = cast.link(Keeper, Addressee);
    assert_eq!(cast.addressee.take_heard(), "fire!");
}

#[test]
fn nothing_is_entrusted_to_a_node_that_does_not_keep() {
    let mut cast = Cast::new();
    cast.keeper = user(2, 0, &[1, 3]);
    cast.say("one");
    let _authors = cast.link(Author, Keeper);
    assert_eq!((cast.delivery(1), cast.keeper.ended), (Delivery::Waiting, None));
}

#[test]
fn a_long_text_and_all_after_it_wait_for_the_addressee() {
    let long = "x".repeat(HELD_TEXT_MAX + 1);
    let longest = "y".repeat(HELD_TEXT_MAX);
    let (mut cast, _authors) = Cast::entrusted(&[&longest, &long, "three"]);
    let _keepers = cast.link(Keeper, Addressee);
    assert_eq!(cast.addressee.take_heard(), longest);
    let _directly = cast.link(Author, Addressee);
    assert_eq!(cast.addressee.take_heard(), long + "three");
}

#[test]
fn what_is_not_held_comes_from_the_author_without_a_gap() {
    let (mut cast, authors) = Cast::entrusted(&["one"]);
    cast.lose(authors, Author, Keeper);
    cast.say("two");
    let _keepers = cast.link(Keeper, Addressee);
    assert_eq!(cast.addressee.take_heard(), "one");
    let _directly = cast.link(Author, Addressee);
    assert_eq!(cast.addressee.take_heard(), "two");
    assert_eq!(news(&mut cast.author).last(), Some(&cast.received(2)));
}

#[test]
fn an_author_that_comes_first_says_it_itself() {
    let (mut cast, mut authors) = Cast::entrusted(&["one", "two"]);
    let mut directly = cast.link(Author, Addressee);
    assert_eq!(cast.addressee.take_heard(), "onetwo");
    let _keepers = cast.link(Keeper, Addressee);
    assert_eq!(cast.addressee.take_heard(), "", "linked with both");
    cast.run(&mut authors, Author, Keeper);
    cast.run(&mut directly, Author, Addressee);
    assert_eq!(cast.keeper.node.held().count(), 0);
    assert_eq!((cast.author.ended, cast.keeper.ended, cast.addressee.ended), (None, None, None));
}

#[test]
fn a_keeper_that_has_started_again_is_told_again() {
    let (mut cast, authors) = Cast::entrusted(&["one", "two"]);
    cast.lose(authors, Author, Keeper);
    cast.keeper = user(2, HELD, &[1, 3]);
    cast.keeper.node.run += 1;
    let _authors = cast.link(Author, Keeper);
    let _keepers = cast.link(Keeper, Addressee);
    assert_eq!(cast.addressee.take_heard(), "onetwo");
}

#[test]
fn a_letter_that_is_entrusted_twice_is_held_once() {
    let (mut cast, authors) = Cast::entrusted(&["one", "two"]);
    cast.lose(authors, Author, Keeper);
    cast.say("three");
    let _authors = cast.link(Author, Keeper);
    assert_eq!(cast.keeper.node.held().count(), 3);
    let _keepers = cast.link(Keeper, Addressee);
    assert_eq!(cast.addressee.take_heard(), "onetwothree");
}

#[test]
fn an_addressee_that_has_started_again_takes_a_first_letter() {
    let (mut cast, _authors) = Cast::entrusted(&["one"]);
    cast.addressee = user(3, 0, &[1, 2]);
    cast.addressee.node.run += 1;
    let _keepers = cast.link(Keeper, Addressee);
    assert_eq!(cast.addressee.take_heard(), "one");
}

#[test]
fn an_author_that_has_started_again_is_heard_in_its_new_run() {
    let (mut cast, authors) = Cast::entrusted(&["one"]);
    let keepers = cast.link(Keeper, Addressee);
    assert_eq!(cast.addressee.take_heard(), "one");
    cast.lose(keepers, Keeper, Addressee);
    cast.lose(authors, Author, Keeper);
    cast.author = user(1, 0, &[2, 3]);
    cast.author.node.run += 1;
    cast.say("again");
    let _authors = cast.link(Author, Keeper);
    let _keepers = cast.link(Keeper, Addressee);
    assert_eq!(cast.addressee.take_heard(), "again");
}

#[test]
fn what_was_heard_of_an_earlier_run_is_not_heard_again() {
    let (mut cast, authors) = Cast::entrusted(&["one"]);
    let directly = cast.link(Author, Addressee);
    assert_eq!(cast.addressee.take_heard(), "one");
    cast.lose(authors, Author, Keeper);
    cast.lose(directly, Author, Addressee);
    cast.author = user(1, 0, &[2, 3]);
    cast.author.node.run += 1;
    let directly = cast.link(Author, Addressee);
    cast.lose(directly, Author, Addressee);
    let _keepers = cast.link(Keeper, Addressee);
    assert_eq!(cast.addressee.take_heard(), "");
    assert_eq!(cast.keeper.node.held().count(), 0);
}

#[test]
fn what_an_author_has_entrusted_before_it_has_started_again_is_not_lost() {
    let (mut cast, authors) = Cast::entrusted(&["one"]);
    cast.lose(authors, Author, Keeper);
    cast.author = user(1, 0, &[2, 3]);
    cast.author.node.run += 1;
    let mut directly = cast.link(Author, Addressee);
    cast.say("two");
    let _keepers = cast.link(Keeper, Addressee);
    assert_eq!(cast.addressee.take_heard(), "one");
    cast.run(&mut directly, Author, Addressee);
    assert_eq!(cast.addressee.take_heard(), "two");
}

#[test]
fn an_author_that_has_started_again_is_not_told_of_its_earlier_run() {
    let (mut cast, authors) = Cast::entrusted(&["one"]);
    cast.lose(authors, Author, Keeper);
    cast.author = user(1, 0, &[2, 3]);
    cast.author.node.run += 1;
    let mut authors = cast.link(Author, Keeper);
    let _keepers = cast.link(Keeper, Addressee);
    assert_eq!(cast.addressee.take_heard(), "one");
    cast.run(&mut authors, Author, Keeper);
    assert_eq!(cast.author.ended, None, "it has said nothing of what was delivered");
}

#[test]
fn an_addressee_that_is_not_known_there_is_refused() {
    let mut cast = Cast::new();
    cast.keeper = user(2, HELD, &[1]);
    for text in ["one", "two"] {
        cast.say(text);
    }
    let _authors = cast.link(Author, Keeper);
    assert_eq!((cast.keeper.node.held().count(), cast.delivery(1)), (0, Delivery::Waiting));
    assert_eq!((cast.author.ended, cast.keeper.ended), (None, None));
    let _directly = cast.link(Author, Addressee);
    assert_eq!(cast.addressee.take_heard(), "onetwo");
}

#[test]
fn another_keeper_takes_what_one_refuses() {
    let mut cast = Cast::new();
    let mut other = user(4, HELD, &[1]);
    cast.say("one");
    let mut refused = link(&mut cast.author, &mut other, START);
    let _authors = cast.link(Author, Keeper);
    refused.run(&mut [&mut cast.author, &mut other], START);
    assert_eq!((cast.delivery(1), cast.keeper.node.held().count()), (Delivery::Held, 1));
}

#[test]
fn whoever_is_refused_is_held_nothing_for() {
    let (mut cast, mut authors) = Cast::entrusted(&["one"]);
    let refused = contact(&cast.keeper, &cast.addressee);
    cast.keeper.node.set_trust(cast.now, refused, Trust::Denied);
    assert_eq!(cast.keeper.node.held().count(), 0);
    cast.run(&mut authors, Author, Keeper);
    cast.say("two");
    cast.run(&mut authors, Author, Keeper);
    assert_eq!(cast.keeper.node.held().count(), 0, "nothing more is entrusted");
    let author = contact(&cast.keeper, &cast.author);
    assert_eq!(cast.keeper.node.forget(refused), Ok(None));
    assert!(cast.keeper.node.contact(author).is_some());
}
