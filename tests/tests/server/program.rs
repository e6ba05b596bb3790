//! The program `communityserver`: output, options and end.

use std::io::{BufRead, BufReader, PipeReader, PipeWriter, Read, Write, pipe};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::thread;
use std::time::Instant;

use p2pm_core::wire::{Close, Message};
use p2pm_tests::process::program;
use p2pm_tests::pty::{DEADLINE, Terminal};
use rustix::process::{Pid, Signal, kill_process};

use crate::peer::Peer;

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(program("communityserver"));
    command.args(arguments).env("P2PM_PASSWORD", "password").stdin(Stdio::null());
    command
}

fn run(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap()
}

/// The running program, killed on drop.
struct Running(Child);

impl Running {
    /// Sends SIGTERM, and waits for its exit status.
    fn terminate(mut self) -> Option<i32> {
        kill_process(Pid::from_child(&self.0), Signal::TERM).unwrap();
        self.0.wait().unwrap().code()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended.
        _ = self.0.kill();
        _ = self.0.wait();
    }
}

/// The program on a free port, its address, and its further output. The clients here use xor.
fn start() -> (Running, SocketAddr, BufReader<ChildStdout>) {
    start_on("127.0.0.1:0")
}

fn start_on(address: &str) -> (Running, SocketAddr, BufReader<ChildStdout>) {
    let arguments = ["--listen", address, "--suite", "xor"];
    let mut child = Running(command(&arguments).stdout(Stdio::piped()).spawn().unwrap());
    let mut output = BufReader::new(child.0.stdout.take().unwrap());
    let mut line = String::new();
    output.read_line(&mut line).unwrap();
    let address = line.trim_end().strip_prefix("listening on ").expect(&line).parse().unwrap();
    (child, address, output)
}

#[test]
fn it_shows_its_address_the_caution_of_xor_and_joins_and_leaves() {
    let (server, address, mut output) = start();
    let mut katie = Peer::join(address, "katie");
    let port = katie.stream.local_addr().unwrap().port();
    katie.send(&Message::Close(Close::Goodbye));
    // The server hangs up once it has taken her off the list.
    assert_eq!(katie.stream.read(&mut [0]).unwrap(), 0);
    let mut abdul = Peer::join(address, "abdul");
    let abduls = abdul.stream.local_addr().unwrap().port();
    let hearing = thread::spawn(move || abdul.expect_close(Close::Goodbye));
    assert_eq!(server.terminate(), Some(0));
    hearing.join().unwrap();
    let mut text = String::new();
    output.read_to_string(&mut text).unwrap();
    let (caution, text) = text.split_once('\n').unwrap();
    assert!(caution.contains("obfuscation, not protection"), "{caution}");
    let expected = format!(
        "new connection from 127.0.0.1 on port {port}\n\
         katie joined: 127.0.0.1:5806 (1 online)\n\
         katie left: goodbye (0 online)\n\
         new connection from 127.0.0.1 on port {abduls}\n\
         abdul joined: 127.0.0.1:5806 (1 online)\n\
         goodbye to 1 online\n"
    );
    assert_eq!(text, expected);
}

#[test]
fn without_a_password_it_asks_for_one_and_does_not_show_it() {
    let mut asked = command(&["--listen", "127.0.0.1:0"]);
    asked.env_remove("P2PM_PASSWORD");
    let mut terminal = Terminal::spawn(asked);
    terminal.expect("Please choose a password: ");
    terminal.send_line("");
    terminal.expect("a password cannot be empty");
    terminal.expect("Please choose a password: ");
    terminal.send_line("a secret");
    terminal.expect("listening on 127.0.0.1:");
    terminal.send(b"\x03");
    assert_eq!(terminal.wait().code(), Some(0));
    assert!(!terminal.screen().contains("secret"), "{}", terminal.screen());
}

#[test]
fn it_goes_on_without_a_reader_of_its_output() {
    let (server, address, output) = start();
    drop(output);
    for name in ["katie", "abdul", "barbeau"] {
        Peer::join(address, name);
    }
    Peer::join(address, "the last");
    assert_eq!(server.terminate(), Some(0));
}

/// A full pipe.
fn full_pipe() -> (PipeReader, PipeWriter) {
    let (reader, mut writer) = pipe().unwrap();
    rustix::io::ioctl_fionbio(&writer, true).unwrap();
    while writer.write(&[0; 4096]).is_ok() {}
    rustix::io::ioctl_fionbio(&writer, false).unwrap();
    (reader, writer)
}

#[test]
fn it_serves_while_its_output_takes_nothing() {
    // It cannot print where it listens.
    let address: SocketAddr = "127.5.0.1:5000".parse().unwrap();
    let (_reader, writer) = full_pipe();
    let arguments = ["--listen", &address.to_string(), "--suite", "xor"];
    let server = Running(command(&arguments).stdout(writer).spawn().unwrap());
    let start = Instant::now();
    while TcpStream::connect(address).is_err() {
        assert!(start.elapsed() < DEADLINE, "it does not listen");
        thread::yield_now();
    }
    Peer::join(address, "katie");
    assert_eq!(server.terminate(), Some(0));
}

#[test]
fn it_says_what_is_wrong_with_its_options() {
    for users in ["0", "65537", "many"] {
        assert_eq!(run(&["--users", users]).status.code(), Some(2));
    }
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = run(&["--listen", &address]);
    assert_eq!(output.status.code(), Some(1));
    let problem = String::from_utf8(output.stderr).unwrap();
    assert!(problem.contains(&address) && problem.contains("in use"), "{problem}");
}

#[test]
fn it_listens_where_a_name_says() {
    let (_server, address, _output) = start_on("localhost:0");
    assert!(address.ip().is_loopback());
    Peer::join(address, "katie");
}

#[test]
fn it_says_where_it_cannot_listen() {
    for (listen, why) in [
        ("[fe80::1%eth0]:5000", "\"fe80::1%eth0\" is of one link alone: give an address without a zone"),
        ("[::1%1]:5000", "\"::1%1\" is of one link alone: give an address without a zone"),
        ("a b:5000", "\"a b\" is neither an IP address nor the name of a host"),
        ("localhost:65536", "\"65536\" is no port: a port is a number from 1 to 65535"),
    ] {
        let output = run(&["--listen", listen]);
        assert_eq!(output.status.code(), Some(2));
        let problem = String::from_utf8(output.stderr).unwrap();
        assert!(problem.contains(why), "{problem}");
    }
}

#[test]
fn it_does_not_start_for_more_users_than_files_can_be_open() {
    let script = "ulimit -n 500 && exec \"$0\" --listen 127.0.0.1:0 --users 200";
    let mut command = Command::new("sh");
    command.args(["-c", script]).arg(program("communityserver")).env("P2PM_PASSWORD", "password");
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let problem = String::from_utf8(output.stderr).unwrap();
    assert!(problem.contains("520 open files, and a process may have 500"), "{problem}");
}
