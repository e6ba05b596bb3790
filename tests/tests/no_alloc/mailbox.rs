//! A node that holds texts for others: for somebody who is there, to whom it passes them on, and for somebody who never comes, until
//! it has no room.

use p2pm_core::identity::Identity;
use p2pm_core::node::{Contact, Known, To, Trust};
use p2pm_core::wire::PublicKey;
use p2pm_tests::counting::allocations_in;

use crate::links::{End, HELD, Line, pump_all};
use crate::{NonZeroU16, START};

/// Texts to each of the two.
const TEXTS: usize = HELD + 2;

impl End {
    fn accept(&mut self, key: PublicKey) {
        let known = Known { trust: Some(Trust::Accepted), ..Known::of(key) };
        assert!(self.node.remember(START, known, self.circle), "there is room");
    }

    fn say(&mut self, to: PublicKey, text: &str) {
        let is_it = |contact: &Contact| contact.known().key == to;
        let (id, _) = self.node.contacts().find(|(_, contact)| is_it(contact)).expect("a contact");
        self.node.say(To::One(id), text).expect("it is accepted");
    }
}

#[test]
fn a_keeper_allocates_nothing_and_neither_do_those_whose_texts_it_holds() {
    let (mut keeper, mut others) = (End::new(0), vec![End::new(1), End::new(2)]);
    let [author, addressee] = [0, 1].map(|index: usize| others[index].node.key());
    let absent = Identity::from_seed(&[9; 32]).key();
    keeper.accept(absent);
    others[0].accept(absent);
    others[0].accept(addressee);
    others[1].accept(author);
    let ports = [5001, 5002].map(|port| NonZeroU16::new(port).expect("it is not 0"));
    let mut lines = ports.map(|port| Line::new(&mut keeper, port));

    let allocations = allocations_in(|| {
        pump_all(&mut keeper, &mut others, &mut lines);
        for _ in 0..TEXTS {
            for to in [absent, addressee] {
                others[0].say(to, "all right");
            }
        }
        pump_all(&mut keeper, &mut others, &mut lines);
    });

    assert_eq!(allocations, 0);
    assert_eq!(others[1].told.texts, TEXTS);
    let told = &others[0].told;
    assert!(told.held > 0 && told.dropped > 0 && told.received > 0, "{told:?}");
    assert!((1..=HELD).contains(&keeper.node.held().count()));
}
