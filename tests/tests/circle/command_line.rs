//! The command line: what it prints, and with which status it ends.

use std::fs;
use std::io::{BufRead, BufReader, Write, pipe};
use std::net::{Ipv4Addr, Ipv6Addr, TcpListener};
use std::os::unix::net::UnixStream;
use std::process::Stdio;

use p2pm_tests::lan::Lan;

use crate::cast::{Node, PASSPHRASE, eventually};

/// Two nodes on this machine that are linked.
fn pair() -> (Node, Node) {
    let katie = Node::start("katie", None, &["--port", "0"]);
    let abdul = Node::start("abdul", None, &["--port", "0", "--connect", &katie.address()]);
    eventually("a link", || katie.here() == 1 && abdul.here() == 1);
    (katie, abdul)
}

#[test]
fn each_end_has_its_status() {
    let (katie, mut abdul) = pair();
    let status = |arguments: &[&str]| katie.run(arguments).status.code();
    assert_eq!(status(&["send", "abdul", "dinner?"]), Some(0));
    assert_eq!(status(&["send", "--all", "dinner?"]), Some(0));
    assert_eq!(status(&["send", "nobody", "dinner?"]), Some(4));
    assert_eq!(status(&["send", "dinner?"]), Some(2));
    assert_eq!(status(&["send", "--all", ""]), Some(2), "nothing to say");
    assert_eq!(status(&["send", "abdul", ""]), Some(2), "nothing to say");
    assert_eq!(status(&["send", "abdul", &"x".repeat(16 * 1024 + 1)]), Some(2), "too long");
    assert_eq!(status(&["who", "--profile", "another"]), Some(1), "no node");
    assert_eq!(status(&["block", "abdul"]), Some(0));
    assert_eq!(status(&["send", "abdul", "dinner?"]), Some(3));
    assert_eq!(status(&["accept", "abdul"]), Some(0));
    abdul.kill();
    eventually("abdul to be missed", || katie.here() == 0);
    assert_eq!(status(&["send", "--timeout", "0.2", "abdul", "dinner?"]), Some(124));
    assert_eq!(status(&["listen", "--timeout", "0.2"]), Some(124));
    assert_eq!(status(&["down"]), Some(0));
}

#[test]
fn nothing_is_said_of_a_reader_who_has_had_enough() {
    let (katie, _abdul) = pair();
    let mut who = katie.command(&["who"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(who.stdout.take());
    let ended = who.wait_with_output().unwrap();
    assert_eq!((ended.status.code(), ended.stderr), (Some(1), Vec::new()));
}

#[test]
fn whoever_is_away_can_be_forgotten() {
    let (mut katie, mut abdul) = pair();
    assert_eq!(katie.run(&["forget", "abdul"]).status.code(), Some(2), "he is here");
    abdul.kill();
    eventually("abdul to be missed", || katie.here() == 0);
    let sent = katie.run(&["send", "--timeout", "0.2", "--all", "dinner?"]);
    assert_eq!(sent.status.code(), Some(124));
    assert_eq!(
        String::from_utf8_lossy(&sent.stderr),
        "p2pm: what is not received waits as long as the node runs\np2pm: not received in time by abdul\n"
    );
    assert_eq!(katie.run(&["forget", "abdul"]).status.code(), Some(0));
    assert_eq!(katie.run(&["forget", "abdul"]).status.code(), Some(4));
    let told = katie.output(&["listen", "--since", "0", "--timeout", "0.2"]);
    assert!(told.ends_with("-- not received by abdul\n-- abdul is forgotten\n"), "{told}");
    katie.end();
    katie.restart(&[]);
    assert_eq!(katie.says_of("abdul"), "", "not even after it has started again");
}

#[test]
fn a_tag_is_its_owners_whoever_goes_by_it() {
    let (katie, abdul) = pair();
    let known = katie.says_of("abdul");
    let tag = known.split(['(', ')']).nth(1).expect("a tag");
    let mallory = Node::start(tag, None, &["--port", "0", "--connect", &katie.address()]);
    eventually("another link", || katie.here() == 2);
    assert!(katie.run(&["send", tag, "for abdul alone"]).status.success());
    let heard = |node: &Node| node.output(&["listen", "--since", "0", "--timeout", "1"]);
    assert!(heard(&abdul).contains("for abdul alone"));
    assert!(!heard(&mallory).contains("for abdul alone"));
}

#[test]
fn a_contact_is_known_again() {
    let (mut katie, mut abdul) = pair();
    katie.kill();
    abdul.kill();
    katie.restart(&["--accept", "known"]);
    let katies = katie.says_of("abdul");
    assert!(katies.contains("away"), "{katies}");
    // Abdul listens elsewhere now, so it is he who dials.
    abdul.restart(&["--port", "0", "--accept", "known", "--connect", &katie.address()]);
    eventually("a link", || katie.here() == 1 && abdul.here() == 1);
}

#[test]
fn lines_of_standard_input_are_messages() {
    let (katie, abdul) = pair();
    let mut sending = katie.command(&["send", "abdul", "-"]).stdin(Stdio::piped()).spawn().unwrap();
    sending.stdin.take().unwrap().write_all("a\n\u{1F600} b\n".as_bytes()).unwrap();
    assert!(sending.wait().unwrap().success());
    let kept = abdul.output(&["listen", "--since", "0", "--timeout", "1"]);
    assert!(kept.contains("katie: a\nkatie: \u{1F600} b\n"), "{kept}");
}

#[test]
fn words_of_a_command_are_one_text() {
    let (katie, abdul) = pair();
    for text in [&["abdul", "at", "eight"][..], &["--all", "bring", "bread"]] {
        assert!(katie.run(&[&["send"], text].concat()).status.success());
    }
    let heard = abdul.output(&["listen", "--since", "0", "--timeout", "1"]);
    assert!(heard.ends_with("katie: at eight\nkatie to all: bring bread\n"), "{heard}");
}

#[test]
fn an_address_of_one_link_is_dialled_on_its_interface() {
    let Some(lan) = Lan::for_test(2) else { return };
    for (number, host) in (1..).zip(&lan.hosts) {
        let address = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, number);
        host.add_ipv6("lan", [address]).expect("a kernel with IPv6");
    }
    let _katie = Node::start("katie", Some(&lan.hosts[0]), &[]);
    let abdul = Node::start("abdul", Some(&lan.hosts[1]), &[]);
    for (address, why) in
        [("fe80::1", "put its interface behind it"), ("fe80::1%nowhere", "no interface \"nowhere\"")]
    {
        let refused = abdul.run(&["connect", address]);
        let said = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(2), "{said}");
        assert!(said.contains(why) && said.contains("%lan"), "{said}");
    }
    assert!(abdul.run(&["connect", "fe80::1%lan"]).status.success());
    eventually("a link", || abdul.here() == 1);
    let known = abdul.says_of("katie");
    assert!(known.ends_with("at [fe80::1%lan]:7776"), "{known}");
}

#[test]
fn a_text_of_several_lines_looks_like_no_other() {
    let (katie, abdul) = pair();
    assert!(katie.run(&["send", "abdul", "one\ntwo\n-- katie left"]).status.success());
    let heard = abdul.output(&["listen", "--since", "0", "--timeout", "1"]);
    assert!(heard.ends_with("katie: one\n   two\n   -- katie left\n"), "{heard}");
}

#[test]
fn a_manual_that_is_not_read_to_the_end_is_no_failure() {
    for command in [&["man"][..], &["completions", "bash"]] {
        let (reader, writer) = pipe().unwrap();
        drop(reader);
        let output = Node::stopped("katie").command(command).stdout(writer).output().unwrap();
        assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""));
    }
}

#[test]
fn whoever_has_listened_leaves_nothing_behind() {
    let katie = Node::start("katie", None, &["--port", "0"]);
    let before = katie.threads();
    for _ in 0..8 {
        assert_eq!(katie.run(&["listen", "--timeout", "0.1"]).status.code(), Some(124));
    }
    eventually("their threads to end", || katie.threads() <= before);
}

#[test]
fn somebody_is_here_before_they_say_anything() {
    let (mut katie, abdul) = pair();
    katie.kill();
    eventually("katie to be missed", || abdul.here() == 0);
    assert_eq!(abdul.run(&["send", "--timeout", "0.1", "katie", "dinner?"]).status.code(), Some(124));
    katie.restart(&["--port", "0", "--connect", &abdul.address()]);
    let heard = || katie.output(&["listen", "--since", "0", "--timeout", "0.2"]);
    eventually("the text", || heard().contains("abdul: dinner?"));
    assert!(heard().starts_with("-- abdul is here\nabdul: dinner?\n"), "{}", heard());
}

#[test]
fn what_a_node_cannot_have_is_named() {
    let taken = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let katie = Node::stopped("katie");
    let up = ["up", "--no-discovery", "--name", "katie", "--port"];
    let no_port = katie.command(&up).arg(&port).env("P2PM_PASSPHRASE", PASSPHRASE).output().unwrap();
    // Longer than the path of a socket may be.
    let far = katie.machine().home().join("x".repeat(100));
    fs::create_dir(&far).unwrap();
    let no_socket = katie.command(&["who"]).env("XDG_RUNTIME_DIR", &far).output().unwrap();
    for (output, culprit) in [(no_port, &*port), (no_socket, far.to_str().unwrap())] {
        let why = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{why}");
        assert!(why.contains(culprit), "{why}");
    }
}

#[test]
fn nothing_is_sent_where_receipts_cannot_be_heard() {
    let (katie, abdul) = pair();
    let connect = |_| UnixStream::connect(katie.machine().control_socket("default")).unwrap();
    // There is room for one more, and `send` needs two.
    let _clients: Vec<_> = (0..31).map(connect).collect();
    let sent = katie.run(&["send", "abdul", "dinner?"]);
    let why = String::from_utf8(sent.stderr).unwrap();
    assert_eq!(why, "p2pm: too many clients\n");
    let heard = abdul.output(&["listen", "--since", "0", "--timeout", "0.2"]);
    assert!(!heard.contains("dinner?"), "{heard}");
}

#[test]
fn a_request_that_is_no_text_is_answered_and_the_next_one_too() {
    let katie = Node::start("katie", None, &["--port", "0"]);
    let mut stream = UnixStream::connect(katie.machine().control_socket("default")).unwrap();
    let no_text = b"{\"v\":1,\"do\":\"send_file\",\"to\":\"abdul\",\"path\":\"/a\xff\"}\n";
    stream.write_all(&[&no_text[..], b"{\"v\":1,\"do\":\"files\"}\n"].concat()).unwrap();
    let mut answers = BufReader::new(stream).lines().map(|line| line.expect("an answer"));
    let wrong = answers.next().unwrap();
    assert!(wrong.contains("\"kind\":\"usage\"") && wrong.contains("UTF-8"), "{wrong}");
    assert_eq!(answers.next().unwrap(), "{\"v\":1,\"answer\":\"files\",\"files\":[]}");
}

#[test]
fn who_does_not_accept_whom_is_told_to_both() {
    let abdul = Node::start("abdul", None, &["--port", "0", "--accept", "ask"]);
    let katie = Node::start("katie", None, &["--port", "0", "--connect", &abdul.address()]);
    let heard = |node: &Node| node.output(&["listen", "--since", "0", "--timeout", "1"]);
    eventually("the wait", || heard(&katie).contains("-- abdul has not accepted you yet"));
    assert!(abdul.run(&["accept", "katie"]).status.success());
    eventually("a link", || katie.here() == 1 && abdul.here() == 1);
    assert!(abdul.run(&["deny", "katie"]).status.success());
    eventually("the end", || heard(&abdul).contains("-- katie left: you do not accept them"));
    eventually("the end", || heard(&katie).contains("-- abdul left: they do not accept you"));
}
