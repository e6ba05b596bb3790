//! Two devices on an Ethernet in memory, on virtual time.

use std::net::IpAddr;
use std::time::Duration;

use embedded_nal::TcpClientStack;
use p2pm_core::time::Instant;
use p2pm_fw::app::Network;
use p2pm_fw::net::Socket;
use p2pm_tests::device::{self, Faults, Stack, ip};
use p2pm_tests::ethernet::Ethernet;

use crate::bench::{Bench, Host};

const SOCKETS: usize = 12;
const BUFFER: usize = 4096;

pub(crate) struct Lan {
    ethernet: Ethernet,
    now: Instant,
    stacks: [Stack<SOCKETS>; 2],
}

impl Bench for Lan {
    type Stack = Stack<SOCKETS>;

    fn new() -> Self {
        let ethernet = Ethernet::new(2);
        let stacks = [0, 1]
            .map(|n| device::stack::<SOCKETS, BUFFER>(&ethernet, n, 7 + u64::from(n), Faults::default()));
        Self { ethernet, now: Instant::default(), stacks }
    }

    fn stack(&mut self, host: Host) -> &mut Self::Stack {
        &mut self.stacks[usize::from(host == Host::Calling)]
    }

    fn listening_ip() -> IpAddr {
        ip(0).into()
    }

    fn calling_ip() -> IpAddr {
        ip(1).into()
    }

    fn local_port(listener: &Socket) -> u16 {
        listener.local_port().expect("it is bound")
    }

    /// Time goes by only where nothing else happens.
    fn pass(&mut self) {
        self.stacks.iter_mut().for_each(|stack| stack.poll(self.now));
        let is_quiet = !(0..2).any(|number| self.ethernet.has_frames(number));
        let deadline = self.stacks.iter_mut().filter_map(Network::deadline).min();
        if is_quiet {
            let most = self.now + Duration::from_secs(1);
            self.now = deadline.unwrap_or(most).clamp(self.now, most);
        }
    }

    /// By taking the socket for others before it can say goodbye.
    fn reset(&mut self, host: Host, socket: Socket) {
        let stack = self.stack(host);
        stack.close(socket).expect("it closes");
        let others: Vec<_> = std::iter::from_fn(|| stack.socket().ok()).collect();
        for other in others {
            stack.close(other).expect("it closes");
        }
    }

    /// There are never many.
    fn with_few_sockets(_case: &str, play: fn()) {
        play();
    }
}
