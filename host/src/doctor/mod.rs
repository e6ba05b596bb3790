//! `p2pm doctor`: why nobody is found, and what mends it. It needs no rights beyond the user's.

mod diagnose;
mod firewall;
mod look;
mod neighbours;
mod network;

use std::io;
use std::net::SocketAddr;
use std::thread;

pub use self::diagnose::{Company, Finding, first_hint, not_looking};
use self::diagnose::{Findings, diagnose};
pub use self::look::Device;
use crate::discovery::Choice;
use crate::node::{Answer, Trust};

/// Looks at the network, and says what is wrong. `node` is what a running node says of itself, `hears` asks it what those who
/// are linked with it hear of it, `others` are addresses of nodes that should be reached.
pub fn examine(
    choice: Choice,
    node: Option<&Answer>,
    hears: impl FnOnce() -> Option<Answer> + Send,
    others: &[SocketAddr],
) -> Vec<Finding> {
    let before = network::multicasts_received();
    let (look, hears) = thread::scope(|scope| {
        let hears = scope.spawn(hears);
        (look::nodes(choice), hears.join())
    });
    let look = match look {
        Ok(look) => look,
        Err(error) => return vec![not_looking(&error)],
    };
    let findings = Findings {
        seen: look.seen,
        found: look.found,
        multicasts: network::multicasts_received().saturating_sub(before),
        route: network::route_of_the_group(),
        neighbours: neighbours::probe(others),
        links: node.map(links),
        hears: match hears {
            Ok(Some(Answer::Reception { of })) => of,
            _ => Vec::new(),
        },
        tool: firewall::Tool::detect(),
    };
    diagnose(&findings)
}

/// Devices and services of UPnP on the network.
pub fn devices(choice: Choice) -> io::Result<Vec<Device>> {
    look::devices(choice)
}

/// Number of those who are linked with a running node, or ask to be.
fn links(node: &Answer) -> usize {
    match node {
        Answer::Who { people, .. } => {
            people.iter().filter(|person| person.here || person.trust == Trust::Asks).count()
        }
        _ => 0,
    }
}
