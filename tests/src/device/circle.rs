//! Nodes of a circle, on boards.

use std::cell::Cell;
use std::net::SocketAddr;
use std::rc::Rc;

use p2pm_core::discovery;
use p2pm_core::door::Door;
use p2pm_core::identity::{Identity, Tag};
use p2pm_core::node;
use p2pm_fw::app::{Admission, Board, Circle, CircleSetup, Lookout, Membership, NoFiles, Thermometer};
use p2pm_fw::settings::field;

use super::Virtual;
use super::model::{InUse, Model, Sight};

/// Passphrase of the circle.
pub const PASSPHRASE: &str = "47-coral-tulip-anvil-mocha";
/// Port of its nodes.
pub const CIRCLE_PORT: u16 = 7776;

/// The role of a node with so many connections.
pub type Member<M, const SOCKETS: usize, const PLACES: usize> =
    Circle<'static, Virtual<SOCKETS, M>, PLACES, 0>;

/// Somebody who has a node.
#[derive(Clone, Debug)]
pub struct Person<'a> {
    /// Their name, which decides their key.
    pub name: &'a str,
    /// What they take for the passphrase of the circle.
    pub passphrase: &'a str,
    /// Address of another node, if they were told one.
    pub to: Option<SocketAddr>,
    /// Whether they find others, and are found.
    pub finds: bool,
    /// Whom they accept.
    pub admission: Admission,
}

impl<'a> Person<'a> {
    /// Somebody who finds others by themselves, and accepts everybody.
    pub fn new(name: &'a str) -> Self {
        Self { name, passphrase: PASSPHRASE, to: None, finds: true, admission: Admission::All }
    }

    /// Somebody who dials this address, and finds nobody else.
    pub fn dialling(name: &'a str, to: SocketAddr) -> Self {
        Self { to: Some(to), finds: false, ..Self::new(name) }
    }

    /// Their node on this board, and how much there is of what it keeps. Its memory is leaked.
    ///
    /// # Panics
    ///
    /// If the name or the passphrase is none, or the port is in use.
    pub fn node<M: Model, const SOCKETS: usize, const PLACES: usize>(
        self,
        board: &mut Board<Virtual<SOCKETS, M>>,
    ) -> (&'static mut Member<M, SOCKETS, PLACES>, Rc<Cell<InUse>>)
    where
        node::Rows<M::Memory>: Default,
        discovery::Rows<M::Neighbours>: Default,
    {
        let (number, passphrase) = field::passphrase(self.passphrase.as_bytes()).expect("a passphrase");
        let port = CIRCLE_PORT.try_into().expect("a port");
        let membership = Membership {
            identity: identity(self.name),
            name: self.name.parse().expect("a name"),
            port,
            number,
            door: Door::with_guessers(passphrase, M::guessers(), [0; 16]),
            connect: self.to,
            policy: self.admission.policy(),
        };
        // They are large, so they stay where they are.
        let node = Box::leak(Box::new(membership.node(board)));
        let listener = board.listen(CIRCLE_PORT).expect("a free port");
        let lookout = self.finds.then(|| Lookout::new(board, port, discovery::Rows::default()));
        let finder = Sight::new(lookout);
        let in_use = finder.in_use();
        let (admission, application) = (self.admission, Thermometer::default());
        let setup = CircleSetup { finder, addressee: None, admission, application, files: NoFiles };
        (Box::leak(Box::new(Circle::new(board, listener, node, setup))), in_use)
    }
}

/// The key of whoever has this name.
pub fn identity(name: &str) -> Identity {
    let mut seed = [0; 32];
    seed[..name.len()].copy_from_slice(name.as_bytes());
    Identity::from_seed(&seed)
}

/// The tag of whoever has this name.
pub fn tag(name: &str) -> Tag {
    identity(name).key().tag()
}
