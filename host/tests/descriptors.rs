//! A program of its own, for it lowers the limit on open files, which is the process's.

use std::fs::File;
use std::io::Read;
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

use embedded_nal::{TcpClientStack, TcpFullStack, nb};
use p2pm_host::triad::net::{Socket, Stack};
use p2pm_host::triad::wait::Waiter;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

fn readable(socket: &Socket, timeout: Duration) -> bool {
    let mut waiter = Waiter::new();
    let token = waiter.read(socket.as_fd());
    waiter.wait(Some(timeout)).unwrap().contains(token)
}

/// Every descriptor the process may still have.
fn use_up() -> Vec<File> {
    std::iter::from_fn(|| File::open("/dev/null").ok()).collect()
}

#[test]
fn without_descriptors_a_caller_is_turned_away_and_the_listener_lives() {
    const LONG: Duration = Duration::from_secs(10);
    let limit = Rlimit { current: Some(64), ..getrlimit(Resource::Nofile) };
    setrlimit(Resource::Nofile, limit).unwrap();
    let mut stack = Stack::new().unwrap();
    let mut listener = stack.socket().unwrap();
    stack.bind(&mut listener, 0).unwrap();
    let port = listener.local_port().unwrap();

    for _ in 0..2 {
        let mut caller = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
        caller.set_read_timeout(Some(LONG)).unwrap();
        assert!(readable(&listener, LONG));
        let used_up = use_up();
        assert!(matches!(stack.accept(&mut listener), Err(nb::Error::WouldBlock)));
        assert_eq!(caller.read(&mut [0]).unwrap(), 0, "closed");
        assert!(!readable(&listener, Duration::ZERO), "nothing to spin on");
        drop(used_up);
    }

    let _caller = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
    assert!(readable(&listener, LONG));
    assert!(stack.accept(&mut listener).is_ok());
}
