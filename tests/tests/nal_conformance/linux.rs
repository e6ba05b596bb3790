//! TCP of Linux, on the loopback interface.

use std::env;
use std::net::{IpAddr, Ipv4Addr};
use std::process::Command;
use std::thread;
use std::time::Duration;

use embedded_nal::TcpClientStack;
use p2pm_host::triad::net::{Socket, Stack};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use socket2::SockRef;

use crate::bench::{Bench, Host};

/// Set in a process with few descriptors.
const FEW: &str = "P2PM_FEW_DESCRIPTORS";

pub(crate) struct Linux([Stack; 2]);

impl Bench for Linux {
    type Stack = Stack;

    fn new() -> Self {
        Self(Default::default())
    }

    fn stack(&mut self, host: Host) -> &mut Stack {
        &mut self.0[usize::from(host == Host::Calling)]
    }

    fn listening_ip() -> IpAddr {
        Ipv4Addr::LOCALHOST.into()
    }

    fn calling_ip() -> IpAddr {
        Ipv4Addr::LOCALHOST.into()
    }

    fn local_port(listener: &Socket) -> u16 {
        listener.local_port().expect("it is bound")
    }

    fn pass(&mut self) {
        thread::park_timeout(Duration::from_millis(1));
    }

    fn reset(&mut self, host: Host, socket: Socket) {
        let fd = socket.as_fd().expect("it is connected");
        SockRef::from(&fd).set_linger(Some(Duration::ZERO)).expect("it is a socket");
        self.stack(host).close(socket).expect("it closes");
    }

    /// The limit on descriptors is per process, so the case runs in a process of its own, which is this
    /// program again.
    fn with_few_sockets(case: &str, play: fn()) {
        if env::var_os(FEW).is_some() {
            let limit = Rlimit { current: Some(64), ..getrlimit(Resource::Nofile) };
            setrlimit(Resource::Nofile, limit).expect("it may be lowered");
            return play();
        }
        let program = env::current_exe().expect("the program has a name");
        let name = format!("on_linux::{case}");
        let output = Command::new(program).args([&name, "--exact"]).env(FEW, "").output().expect("it runs");
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && said.contains("1 passed"), "{said}");
    }
}
