//! Connections that come in crowds, hang, or are of somebody else.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use p2pm_host::reactor::descriptors;
use socket2::{Domain, Socket, Type};

use super::http::connect;
use super::page::Page;

/// Number of the user `nobody`.
const NOBODY: u32 = 65_534;
const CROWD: usize = 10_000;

/// Begins to connect, and waits for nothing.
fn begin(port: u16) -> Socket {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    socket.set_nonblocking(true).expect("a socket");
    // It says that it is not done yet.
    let _ = socket.connect(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)).into());
    socket
}

#[test]
fn a_crowd_that_says_nothing_is_let_go() {
    descriptors::allow(CROWD, 64).expect("open files");
    let mut page = Page::of("katie");
    let crowd: Vec<_> = (0..CROWD).map(|_| begin(page.port)).collect();
    assert!(page.command(&["who"]).starts_with("katie ("), "the node is unmoved");
    drop(crowd);
    assert_eq!(page.get("/api/state").status, 200);
    assert!(page.is_alive());
}

#[test]
fn whoever_says_half_a_request_is_hung_up_on() {
    let page = Page::of("katie");
    let beginnings = ["", "GET /api/sta", "GET /api/state HTTP/1.1\r\nHost: x\r\n"];
    let slow = beginnings.map(|beginning| {
        let mut stream = connect(page.port);
        stream.write_all(beginning.as_bytes()).expect("a server");
        (beginning, stream)
    });
    for (beginning, mut stream) in slow {
        // It fails if nothing has happened by then.
        stream.read_to_end(&mut Vec::new()).unwrap_or_else(|error| panic!("after {beginning:?}: {error}"));
    }
}

#[test]
fn what_another_user_has_found_out_is_worth_nothing() {
    let page = Page::of("katie");
    let request = format!("{}\r\n", page.head("GET", "/api/state"));
    let script = "exec 3<>\"/dev/tcp/127.0.0.1/$1\" && printf '%s' \"$2\" >&3 && cat <&3";
    let answered = |user: Option<u32>| {
        let mut command = Command::new("bash");
        command.args(["-c", script, "bash", &page.port.to_string(), &request]).stdin(Stdio::null());
        user.map(|user| command.uid(user).gid(user));
        command.output().map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
    };
    assert!(answered(None).expect("bash").contains("running"), "with the same cookie the user is served");
    match answered(Some(NOBODY)) {
        Ok(answer) => assert_eq!(answer, ""),
        Err(error) => {
            assert!(std::env::var_os("P2PM_REQUIRE_ROOT_TESTS").is_none(), "{error}");
            eprintln!("skipped: nobody but root can be somebody else: {error}");
        }
    }
}
