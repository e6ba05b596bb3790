//! A LAN of network namespaces: hosts on one switch.

use std::process;

use crate::namespace::Namespace;

/// Hosts on one switch, which ends with them. Nothing else is on it.
#[derive(Debug)]
pub struct Lan {
    /// The hosts. Each has an interface `lan` with the address of its number.
    pub hosts: Vec<Namespace>,
    _switch: Namespace,
}

impl Lan {
    /// A LAN for a test. `None` if that is not possible here, which is reported: the test is then skipped.
    ///
    /// # Panics
    ///
    /// If it is not possible, and `P2PM_REQUIRE_ROOT_TESTS` is set.
    #[track_caller]
    pub fn for_test(hosts: usize) -> Option<Self> {
        let switch = Namespace::for_test()?;
        switch
            .ip_batch("link add switch type bridge\nlink set switch up\n")
            .expect("a namespace can have a bridge");
        let hosts = (0..hosts).map(|number| plug(&switch, number)).collect::<Option<_>>()?;
        Some(Self { hosts, _switch: switch })
    }

    /// Address of a host.
    pub fn address(number: usize) -> String {
        format!("10.79.0.{}", number + 1)
    }
}

/// A new host, plugged into the switch.
#[track_caller]
fn plug(switch: &Namespace, number: usize) -> Option<Namespace> {
    let host = Namespace::for_test()?;
    let there = host.path(process::id());
    let cable = format!(
        "link add port{number} type veth peer name lan netns {there}\nlink set port{number} master switch up\n"
    );
    switch.ip_batch(&cable).expect("a switch has room");
    let address = Lan::address(number);
    let commands = format!("address add {address}/24 dev lan\nlink set lan up\n");
    host.ip_batch(&commands).expect("a host can have an address");
    Some(host)
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use super::*;

    #[test]
    fn every_host_reaches_every_other() {
        let Some(lan) = Lan::for_test(3) else { return };
        for (number, host) in lan.hosts.iter().enumerate() {
            let address = (Lan::address(number), 5000);
            let _listener = host.run(|| TcpListener::bind(address.clone())).unwrap();
            for other in &lan.hosts {
                other.run(|| TcpStream::connect(address.clone())).unwrap();
            }
        }
    }
}
