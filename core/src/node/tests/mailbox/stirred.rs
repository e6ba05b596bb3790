//! What other links have to do because of what one has heard.

use super::*;

impl User {
    /// Whether other links are to be polled, and not because of news.
    fn is_stirred(&mut self) -> bool {
        assert_eq!(news(self), []);
        self.node.poll_stirred()
    }
}

#[test]
fn a_keeper_passes_a_letter_on_and_tells_its_author() {
    let mut cast = Cast::new();
    let mut keepers = cast.link(Keeper, Addressee);
    let mut authors = cast.link(Author, Keeper);
    cast.run(&mut keepers, Keeper, Addressee);
    cast.keeper.is_stirred();
    cast.say("dinner?");
    cast.run(&mut authors, Author, Keeper);
    assert!(cast.keeper.is_stirred(), "it is to be passed on");
    cast.run(&mut keepers, Keeper, Addressee);
    assert!(cast.keeper.is_stirred(), "its author is to be told");
    cast.run(&mut authors, Author, Keeper);
    assert!(!cast.keeper.is_stirred());
}

#[test]
fn an_author_goes_to_another_keeper_with_what_one_refuses() {
    let mut cast = Cast::new();
    let mut other = user(4, HELD, &[1]);
    let mut refused = link(&mut cast.author, &mut other, START);
    let mut authors = cast.link(Author, Keeper);
    cast.author.is_stirred();
    cast.say("one");
    refused.run(&mut [&mut cast.author, &mut other], cast.now);
    assert!(cast.author.is_stirred());
    cast.run(&mut authors, Author, Keeper);
    assert_eq!(cast.delivery(1), Delivery::Held);
}

#[test]
fn an_author_goes_to_a_keeper_once_somebody_leaves_who_has_yet_to_accept_it() {
    let mut cast = Cast::new();
    let mut authors = cast.link(Author, Keeper);
    cast.addressee = User { node: node_with(3, "abdul", Policy::Ask, 0), heard: Vec::new(), ended: None };
    cast.addressee.node.port = NonZeroU16::new(5003);
    let undecided = cast.link(Author, Addressee);
    cast.say("one");
    cast.run(&mut authors, Author, Keeper);
    assert_eq!(cast.delivery(1), Delivery::Waiting);
    cast.author.is_stirred();
    cast.lose(undecided, Author, Addressee);
    assert!(cast.author.is_stirred());
    cast.run(&mut authors, Author, Keeper);
    assert_eq!(cast.delivery(1), Delivery::Held);
}
