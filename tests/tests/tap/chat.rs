//! Chats between the device and Linux.

use p2pm_tests::namespace::LINUX;
use p2pm_tests::pty::Terminal;
use rustix::process::Signal;

use crate::cast::{NewSite, PASSWORD, WRONG, assert_ends};

pub fn a_client_and_a_node_on_the_device_take_turns(new_site: NewSite) {
    let Some(site) = new_site() else { return };
    let mut node = site.listening("node");
    let mut client = site.call("--name katie");
    node.expect("chat with katie at 10.77.0.1\n");
    // It waits for its turn.
    node.send_line("hello Linux!");
    client.expect_nothing_for(std::time::Duration::from_millis(200));
    client.send_line("hello device!");
    node.expect("THEM: hello device!\n");
    client.expect("THEM: hello Linux!\n");
    client.expect("YOU: ");
    client.send_line("quit");
    node.expect("chat over: the other side ended it: goodbye\n");
    node.expect("listening\n");
    assert_eq!(client.wait().code(), Some(0));

    let mut client = site.call("");
    node.expect("chat with 10.77.0.1\n");
    node.send_line("quit");
    client.expect("chat over: the other side said goodbye");
    node.expect("chat over: we ended it: goodbye\n");
    assert_eq!(client.wait().code(), Some(0));
}

pub fn a_client_and_a_node_on_the_device_write_at_any_time(new_site: NewSite) {
    let Some(site) = new_site() else { return };
    let mut node = site.listening("node --free");
    let mut client = site.call("--free");
    for line in ["one", "two", "three"] {
        node.send_line(line);
        client.expect(&format!("THEM: {line}\n"));
    }
    for line in ["four", "five"] {
        client.send_line(line);
        node.expect(&format!("THEM: {line}\n"));
    }
}

pub fn the_device_sends_back_what_it_hears(new_site: NewSite) {
    for turns in ["", "--free"] {
        let Some(site) = new_site() else { return };
        let mut node = site.listening(&format!("node --echo {turns}"));
        let mut client = site.call(turns);
        let longest = "x".repeat(1000);
        for line in ["one", "  two  spaces", "déjà vu", &longest] {
            client.send_line(line);
            // The screen is narrower than the longest.
            client.expect(&format!("THEM: {}", &line[..line.len().min(60)]));
            client.expect("YOU: ");
        }
        client.send_line("quit");
        node.expect("chat over: the other side ended it: goodbye\n");
        // The device's console is not involved.
        assert!(!node.screen().contains("THEM"), "{}", node.screen());
    }
}

pub fn what_a_terminal_would_obey_is_not_shown(new_site: NewSite) {
    let Some(site) = new_site() else { return };
    let mut node = site.listening("node");
    let mut client = site.caller("", PASSWORD);
    client.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::null());
    let mut client = client.spawn().unwrap();
    std::io::Write::write_all(client.stdin.as_mut().unwrap(), b"\x1b[2Jgone\x07\n").unwrap();
    node.expect("THEM: \u{FFFD}[2Jgone\u{FFFD}\n");
    node.send_line("quit");
    assert!(client.wait().unwrap().success());
    assert!(!node.screen().contains('\x1b'));
}

pub fn the_device_calls_a_node_on_linux(new_site: NewSite) {
    let Some(site) = new_site() else { return };
    let (mut node, port) = site.linux.node(PASSWORD);
    let mut device = Terminal::spawn(site.device(&format!("chat {LINUX}:{port} --name device")));
    device.expect("chat accepted: you write first\n");
    node.expect("call from device");
    device.send_line("hello Linux!");
    node.expect("THEM: hello Linux!\n");
    node.expect("YOU: ");
    node.send_line("hello device!");
    device.expect("THEM: hello device!\n");
    device.send_line("quit");
    node.expect("chat over: the other side said goodbye");
    node.expect("listening...");
    assert_eq!(device.wait().code(), Some(0));
}

pub fn input_that_ends_ends_a_call_but_only_after_the_answer(new_site: NewSite) {
    let Some(site) = new_site() else { return };
    let (mut node, port) = site.linux.node(PASSWORD);
    let mut device = site.device(&format!("chat {LINUX}:{port}"));
    device.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
    let mut device = device.spawn().unwrap();
    std::io::Write::write_all(&mut device.stdin.take().unwrap(), b"dinner?\n").unwrap();
    node.expect("THEM: dinner?\n");
    node.expect("YOU: ");
    node.send_line("gladly");
    let output = device.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(shown.contains("THEM: gladly\n"), "{shown}");
}

pub fn a_second_caller_is_told_busy_by_device_and_linux(new_site: NewSite) {
    let Some(site) = new_site() else { return };
    let mut node = site.listening("node");
    let mut first = site.call("");
    assert_ends(site.caller("", PASSWORD), 3, "no chat: busy in another chat");
    node.expect("another caller, 10.77.0.1, was told that you are busy\n");
    first.send_line("still here");
    node.expect("THEM: still here\n");
    drop((node, first));

    let (mut node, port) = site.linux.node(PASSWORD);
    let mut first = site.linux.command("client");
    first.args(["--call", &format!("{LINUX}:{port}")]).env("P2PM_CHAT_PASSWORD", PASSWORD);
    let mut first = Terminal::spawn(first);
    first.expect("YOU: ");
    assert_ends(site.device(&format!("chat {LINUX}:{port}")), 3, "no chat: the other side ended it: busy");
    first.send_line("still here");
    node.expect("THEM: still here\n");
}

pub fn a_wrong_password_is_refused_both_ways(new_site: NewSite) {
    let Some(site) = new_site() else { return };
    let mut node = site.listening("node");
    assert_ends(site.caller("", WRONG), 3, "no chat: wrong password");
    node.expect("no chat with 10.77.0.1: wrong password\n");
    _ = site.call("");
    drop(node);

    let (mut node, port) = site.linux.node(PASSWORD);
    let mut device = site.device(&format!("chat {LINUX}:{port}"));
    device.env("P2PM_CHAT_PASSWORD", WRONG);
    assert_ends(device, 3, "no chat: the other side ended it: wrong password");
    node.expect("wrong password\nlistening...");
}

pub fn a_call_that_cannot_connect_is_a_failure(new_site: NewSite) {
    let Some(site) = new_site() else { return };
    let nobody = site.device(&format!("chat {LINUX}:1"));
    assert_ends(nobody, 1, "no connection to 10.77.0.1:1: connection refused\n");
    assert_ends(site.device("chat 10.77.0.9:5460"), 1, "no connection to 10.77.0.9:5460: no answer\n");
    let far = "no connection to 10.88.0.1:1: it is in another network, and there is no gateway\n";
    assert_ends(site.device("chat 10.88.0.1:1"), 1, far);
}

pub fn the_way_to_another_network_is_through_the_gateway(new_site: NewSite) {
    let Some(site) = new_site() else { return };
    let far = "10.88.0.1";
    let added = site.network.command("ip").args(["address", "add", far, "dev", "lo"]).status();
    assert!(added.unwrap().success());
    let (mut node, port) = site.linux.node(PASSWORD);
    let mut device = Terminal::spawn(site.device(&format!("--gateway {LINUX} chat {far}:{port}")));
    device.expect("chat accepted");
    device.send_line("hello from afar!");
    node.expect("THEM: hello from afar!\n");
}

pub fn told_to_end_the_device_says_goodbye(new_site: NewSite) {
    let Some(site) = new_site() else { return };
    for signal in [Signal::INT, Signal::TERM] {
        let mut node = site.listening("node");
        let mut client = site.call("");
        node.signal(signal);
        client.expect("chat over: the other side said goodbye");
        assert_eq!(node.wait().code(), Some(0));
    }
    let (mut node, port) = site.linux.node(PASSWORD);
    let mut device = Terminal::spawn(site.device(&format!("chat {LINUX}:{port}")));
    device.expect("chat accepted");
    // Ctrl-C, as typed.
    device.send(b"\x03");
    node.expect("chat over: the other side said goodbye");
    assert_eq!(device.wait().code(), Some(130));
    // A peer that sends nothing.
    let listener = site.network.run(|| std::net::TcpListener::bind((LINUX, 0))).unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut device = Terminal::spawn(site.device(&format!("chat {LINUX}:{port}")));
    let (mut silent, _) = listener.accept().unwrap();
    device.send(b"\x03");
    // The device hangs up, and waits until the other side does.
    std::io::copy(&mut silent, &mut std::io::sink()).unwrap();
    drop(silent);
    assert_eq!(device.wait().code(), Some(130));
    // No peer to send a goodbye to.
    let mut node = site.listening("node");
    node.signal(Signal::INT);
    assert_eq!(node.wait().code(), Some(0));
}
