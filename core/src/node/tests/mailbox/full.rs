//! A keeper that has no room.

use super::*;

fn letters(count: usize) -> Vec<String> {
    (1..=count).map(|number| std::format!("{number} ")).collect()
}

#[test]
fn what_there_is_no_room_for_is_entrusted_once_there_is() {
    let texts = letters(HELD + 2);
    let texts: Vec<_> = texts.iter().map(String::as_str).collect();
    let (mut cast, mut authors) = Cast::entrusted(&texts);
    let (contact, keeper) = (cast.addressee_of_author(), contact(&cast.author, &cast.keeper));
    assert_eq!(news(&mut cast.author), [News::Held { contact, keeper, sequence: 4 }]);
    assert_eq!((cast.delivery(4), cast.delivery(5)), (Delivery::Held, Delivery::Waiting));
    let mut keepers = cast.link(Keeper, Addressee);
    assert_eq!(cast.addressee.take_heard(), "1 2 3 4 ");
    cast.run(&mut authors, Author, Keeper);
    cast.run(&mut keepers, Keeper, Addressee);
    assert_eq!(cast.addressee.take_heard(), "5 6 ");
    cast.run(&mut authors, Author, Keeper);
    assert_eq!(news(&mut cast.author).last(), Some(&cast.received(6)));
}

#[test]
fn what_is_not_held_is_said_by_its_author() {
    let texts = letters(HELD + 1);
    let texts: Vec<_> = texts.iter().map(String::as_str).collect();
    let (mut cast, _authors) = Cast::entrusted(&texts);
    let _keepers = cast.link(Keeper, Addressee);
    let _directly = cast.link(Author, Addressee);
    assert_eq!(cast.addressee.take_heard(), "1 2 3 4 5 ");
    assert_eq!(news(&mut cast.author).last(), Some(&cast.received(5)));
}

#[test]
fn whoever_fills_the_room_makes_room() {
    let (mut cast, _authors) = Cast::entrusted(&["one"]);
    let mut eve = user(4, 0, &[2, 3]);
    let keeper = contact(&cast.keeper, &cast.author);
    let eves = link(&mut eve, &mut cast.keeper, cast.now);
    let to = contact(&eve, &cast.addressee);
    let mut pair = eves;
    for text in letters(2 * HELD) {
        eve.node.say(To::One(to), &text).unwrap();
        pair.run(&mut [&mut eve, &mut cast.keeper], cast.now);
    }
    let of_author = cast.keeper.node.held().filter(|(author, _)| *author == keeper).count();
    assert_eq!((of_author, cast.keeper.node.held().count()), (1, HELD));
    let upto = |news: &News| matches!(news, News::Held { sequence: 3, .. });
    let told = news(&mut eve);
    assert!(told.iter().any(upto), "{told:?}");
    assert!(
        !told.iter().any(|news| matches!(news, News::Dropped { .. })),
        "she has never had more: {told:?}"
    );
}

#[test]
fn whoever_never_comes_leaves_room_for_others() {
    let mut cast = Cast::new();
    cast.author = user(1, 0, &[5, 2, 3]);
    cast.keeper = user(2, HELD, &[1, 5, 3]);
    let (absent, _) = cast.author.node.contacts().next().unwrap();
    for text in letters(HELD) {
        cast.author.node.say(To::One(absent), &text).unwrap();
    }
    let mut authors = cast.link(Author, Keeper);
    let keeper = contact(&cast.author, &cast.keeper);
    assert_eq!(news(&mut cast.author), [News::Held { contact: absent, keeper, sequence: 4 }]);
    cast.say("hello");
    cast.run(&mut authors, Author, Keeper);
    assert!(news(&mut cast.author).contains(&News::Dropped { contact: absent, keeper, sequence: 4 }));
    let _keepers = cast.link(Keeper, Addressee);
    assert_eq!(cast.addressee.take_heard(), "hello");
}

#[test]
fn whoever_has_most_makes_room_for_others_with_the_newest() {
    let (mut cast, mut authors) = Cast::entrusted(&["1 ", "2 ", "3 ", "4 "]);
    let (contact, keeper) = (cast.addressee_of_author(), contact(&cast.author, &cast.keeper));
    news(&mut cast.author);
    let mut eve = user(4, 0, &[2, 3]);
    eve.node.say(To::One(self::contact(&eve, &cast.addressee)), "me first").unwrap();
    let _eves = link(&mut eve, &mut cast.keeper, cast.now);
    cast.run(&mut authors, Author, Keeper);
    assert_eq!(news(&mut cast.author), [News::Dropped { contact, keeper, sequence: 4 }]);
    let keepers = cast.link(Keeper, Addressee);
    assert_eq!(cast.addressee.take_heard(), "1 2 3 me first");
    cast.lose(keepers, Keeper, Addressee);
    cast.lose(authors, Author, Keeper);
    let _directly = cast.link(Author, Addressee);
    assert_eq!(cast.addressee.take_heard(), "4 ");
    assert_eq!(news(&mut cast.author).last(), Some(&cast.received(4)));
}

#[test]
fn whoever_comes_anew_has_room_whatever_is_held() {
    let mut keeper = user(2, HELD, &[]);
    // As many as it has room for, who are all away.
    for [from, to] in [[1, 3], [4, 5]] {
        let mut from = User::new(from, "katie", Policy::All);
        let mut to = User::new(to, "abdul", Policy::All);
        from.node.port = NonZeroU16::new(6000);
        to.node.port = NonZeroU16::new(6001);
        let known = Known { trust: Some(Trust::Accepted), ..Known::of(to.node.key()) };
        assert!(from.node.remember(START, known, CircleId(0)));
        let mut pair = link(&mut to, &mut keeper, START);
        lose(&mut pair, [&mut to, &mut keeper], START);
        from.node.say(To::One(contact(&from, &to)), "hello").unwrap();
        let mut pair = link(&mut from, &mut keeper, START);
        lose(&mut pair, [&mut from, &mut keeper], START);
    }
    assert_eq!(keeper.node.held().count(), 2);
    let mut newcomer = User::new(9, "zoe", Policy::All);
    let _pair = link(&mut newcomer, &mut keeper, START);
    assert_eq!(keeper.node.held().count(), 1, "of one of them nothing is held");
}
