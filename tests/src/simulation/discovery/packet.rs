//! A datagram on its way.

use std::net::SocketAddr;
use std::rc::Rc;

use p2pm_core::discovery::{Arrival, InterfaceId, Reach};

/// A datagram as it arrives at a node.
#[derive(Clone)]
pub struct Packet {
    pub interface: InterfaceId,
    pub from: SocketAddr,
    pub reach: Reach,
    pub bytes: Rc<[u8]>,
}

impl Packet {
    pub fn arrival(&self) -> Arrival {
        Arrival { interface: self.interface, from: self.from, reach: self.reach }
    }
}
