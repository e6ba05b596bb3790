//! The stream of news.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Stdio};

use p2pm_tests::machine::Machine;

use super::http::connect;
use super::page::{PASSPHRASE, Page, QUIET, eventually};

/// More streams than a server has room for, or a node for clients.
const STREAMS: usize = 48;

/// Begins to listen, and reads as far as the run. False if there is no room.
fn listens(page: &Page) -> Option<impl Read> {
    let mut stream = connect(page.port);
    let request = page.head("GET", "/api/news?since=0") + "\r\n";
    stream.write_all(request.as_bytes()).expect("a server");
    let mut lines = BufReader::new(stream);
    let mut line = String::new();
    while lines.read_line(&mut line).is_ok_and(|len| len > 0) && !line.ends_with("event: run\n") {
        if line.starts_with("HTTP/1.1 503") {
            return None;
        }
    }
    Some(lines)
}

fn state(page: &Page) -> String {
    page.get("/api/state").text()
}

/// A node that runs by itself. It is killed on drop.
struct Up(Child);

impl Up {
    fn on(machine: &Machine) -> Self {
        let mut command = machine.command("p2pm");
        command.arg("up").args(QUIET).args(["--name", "katie"]).env("P2PM_PASSPHRASE", PASSPHRASE);
        let up = Self(command.stdin(Stdio::null()).stderr(Stdio::null()).spawn().expect("p2pm starts"));
        let who = || machine.command("p2pm").arg("who").stdout(Stdio::null()).stderr(Stdio::null()).status();
        eventually("it can be asked", || who().is_ok_and(|status| status.success()));
        up
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn whoever_does_not_listen_any_more_leaves_room_for_others() {
    let machine = Machine::new();
    let _up = Up::on(&machine);
    for page in [Page::of("katie"), Page::of_node_on(machine)] {
        for _ in 0..STREAMS {
            eventually("there is room", || listens(&page).is_some());
        }
    }
}

#[test]
fn there_is_room_for_so_many_and_no_more() {
    let page = Page::of("katie");
    let streams: Vec<_> = (0..STREAMS).filter_map(|_| listens(&page)).collect();
    assert!((1..STREAMS).contains(&streams.len()), "{}", streams.len());
    assert!(state(&page).contains("running"), "everything else goes on");
}

#[test]
fn the_end_of_a_node_is_told_and_the_next_one_is_shown() {
    let machine = Machine::new();
    let up = Up::on(&machine);
    let page = Page::of_node_on(machine);
    let first = state(&page);
    let mut stream = listens(&page).expect("room");
    drop(up);
    let mut rest = String::new();
    stream.read_to_string(&mut rest).expect("an end");
    assert!(rest.contains("event: stopped"), "{rest}");
    eventually("it has ended", || state(&page).contains("stopped"));
    let _up = Up::on(&page.machine);
    eventually("the next one is shown", || state(&page).contains("running"));
    assert_ne!(state(&page), first, "it is another run");
}
