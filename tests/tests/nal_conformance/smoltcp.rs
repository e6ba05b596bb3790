//! Two devices on an Ethernet in memory, on virtual time.

use std::net::IpAddr;
use std::time::Duration;

use embedded_nal::TcpClientStack;
use p2pm_fw::net::Socket;
use p2pm_tests::device::{Lan, Stack, ip};

use crate::bench::{Bench, Host};

const SOCKETS: usize = 12;
const BUFFER: usize = 4096;

pub(crate) struct Devices(Lan<SOCKETS, BUFFER>);

impl Bench for Devices {
    type Stack = Stack<SOCKETS>;

    fn new() -> Self {
        Self(Lan::new(2))
    }

    fn stack(&mut self, host: Host) -> &mut Self::Stack {
        &mut self.0.stacks[usize::from(host == Host::Calling)]
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

    fn pass(&mut self) {
        self.0.pass(Duration::from_secs(1));
    }

    /// Takes the socket for other uses before it can send FIN.
    fn reset(&mut self, host: Host, socket: Socket) {
        let stack = self.stack(host);
        stack.close(socket).expect("it closes");
        let others: Vec<_> = std::iter::from_fn(|| stack.socket().ok()).collect();
        for other in others {
            stack.close(other).expect("it closes");
        }
    }

    /// There are always few.
    fn with_few_sockets(_case: &str, play: fn()) {
        play();
    }
}
