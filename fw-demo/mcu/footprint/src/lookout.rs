//! Discovery.

use core::hint::black_box;

use p2pm_core::discovery::{Announced, Discovery, Event, Inline, Interface, Rows, SearchFor, Setup, Uuid};
use p2pm_core::drive::exchange;
use p2pm_core::limits::DATAGRAM_BUFFER_LEN;
use p2pm_core::node::CircleId;

use crate::circle::Circle;
use crate::outside::{INTERFACE, Port, address, now, port, unknown};

/// Whoever is found on one network: with the memory that a small board has for it.
pub struct Lookout(Discovery<Inline<1, 8, 4, 4>>);

impl Lookout {
    /// For a node that listens.
    pub fn new() -> Self {
        let announced = Some(Announced { node: port(), description: port() });
        let id = Uuid::from_random(black_box([0; _]));
        Self(Discovery::new(Setup { id, announced, seed: unknown() }, Rows::default()))
    }

    /// Polls it, with every command of a shell.
    pub fn poll<const TRANSFERS: usize>(&mut self, circle: &mut Circle<TRANSFERS>) {
        let Self(discovery) = self;
        match unknown::<u8>() {
            0 => discovery.search(now(), SearchFor::Nodes),
            1 => discovery.leave(now()),
            2 => {
                let addresses = Interface::of_addresses([(address(), unknown())]);
                black_box(discovery.handle_interface(now(), INTERFACE, black_box(Some(addresses))));
                circle.node.retain_found(|host| discovery.is_on_link(host));
            }
            _ => {
                let mut buffer = [0; DATAGRAM_BUFFER_LEN];
                black_box(exchange(now(), discovery, &mut Port, &mut buffer, |_| {}));
            }
        }
        while let Some(event) = discovery.poll_event() {
            if let Event::Found(found) = event {
                circle.node.found(now(), found.endpoint, CircleId::FIRST, discovery.waits_for(&found));
            }
        }
        black_box((discovery.deadline(), discovery.has_left()));
    }
}

impl Default for Lookout {
    fn default() -> Self {
        Self::new()
    }
}
