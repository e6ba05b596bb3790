//! What the user of a node is told.

use p2pm_core::node::{Contact, Delivery, News};

use super::World;

impl World {
    pub(super) fn hear_news(&mut self) {
        for _ in 0..100 {
            let Some(news) = self.node.poll_news() else { return };
            let model = &mut self.model;
            match news {
                News::Came(id) => model.tell_came(id),
                News::Left(id) => model.tell_left(id),
                News::Asks(id) => {
                    assert!(self.node.contact(id).is_some_and(Contact::asks));
                    model.asking.insert(id);
                }
                News::Transfer(key, news) => model.transfers.tell(key, news, &self.node),
                News::Held { contact, keeper, sequence } => model.tell_held(contact, keeper, sequence),
                News::Dropped { contact, keeper, sequence } => model.tell_dropped(contact, keeper, sequence),
                News::Undecided(id) => {
                    let contact = self.node.contact(id).expect("it is known");
                    assert!(contact.known().is_accepted() && !contact.is_here());
                }
                News::Received { contact, sequence } => {
                    assert_eq!(sequence, model.last_confirmed(contact), "received, and not confirmed");
                    let last = model.received.insert(contact, sequence);
                    assert!(last.is_none_or(|last| last < sequence), "received twice");
                    model.end(contact, sequence);
                }
                News::Failed { contact, sequence } => {
                    assert!(model.said.contains_key(&sequence), "failed, and never said");
                    for failed in model.end(contact, sequence) {
                        let delivery = self.node.delivery(contact, failed);
                        assert_eq!(delivery, Some(Delivery::Failed), "{failed} is said to fail");
                    }
                }
            }
        }
        panic!("the news have no end");
    }
}
