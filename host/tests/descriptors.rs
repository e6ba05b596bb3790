//! A test program of its own, since it lowers the process's limit on open files.

use std::fs::File;
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

use embedded_nal::{TcpClientStack, TcpFullStack, nb};
use p2pm_host::triad::net::{Socket, Stack};
use p2pm_host::wait::Waiter;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

fn wait_readable(socket: &Socket) {
    let mut waiter = Waiter::new();
    let token = waiter.read(socket.as_fd());
    assert!(waiter.wait(Some(Duration::from_secs(10))).unwrap().contains(token));
}

/// Opens files until the process has no descriptor left.
fn use_up() -> Vec<File> {
    std::iter::from_fn(|| File::open("/dev/null").ok()).collect()
}

#[test]
fn without_descriptors_accept_is_an_error_and_a_caller_waits_until_there_are_some() {
    let limit = Rlimit { current: Some(64), ..getrlimit(Resource::Nofile) };
    setrlimit(Resource::Nofile, limit).unwrap();
    let mut stack = Stack::default();
    let mut listener = stack.socket().unwrap();
    stack.bind(&mut listener, 0).unwrap();
    let port = listener.local_port().unwrap();

    let caller = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
    wait_readable(&listener);
    let used_up = use_up();
    for _ in 0..2 {
        assert!(matches!(stack.accept(&mut listener), Err(nb::Error::Other(_))));
    }
    drop(used_up);
    let (_socket, peer) = stack.accept(&mut listener).unwrap();
    assert_eq!(peer, caller.local_addr().unwrap());
}
