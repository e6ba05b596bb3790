//! The session of the 2015 report.

use std::net::TcpStream;

use p2pm_tests::pty::Terminal;

use crate::cast::{KATIES_PASSWORD, Machine, call, meet, meet_again, server};

/// Everything that three people do in the report, prompt by prompt.
#[test]
fn the_session_of_the_report() {
    let (mut community, community_port) = server(16);
    let (katies, abduls) = (Machine::new(), Machine::new());
    let (mut katies_node, katies_port) = katies.node(KATIES_PASSWORD);
    let (mut abduls_node, abduls_port) = abduls.node("ottawa");

    let mut katie = katies.client();
    katie.expect("Please pick an option from the menu\n-----\n");
    katie.expect("[1] --- Connect community server\n[2] --- Start a private chat\n[3] --- Exit\n");
    meet(&mut katie, community_port, katies_port, "katie");
    community.expect("katie joined");
    let mut abdul = abduls.client();
    meet(&mut abdul, community_port, abduls_port, "abdul");
    let list = abdul.screen();
    assert!(list.contains(&format!("katie\n127.0.0.1\n{katies_port}\n")), "{list}");
    assert!(list.contains(&format!(", you] abdul\n127.0.0.1\n{abduls_port}\n")), "{list}");
    katie.expect("abdul is online");

    abdul.send_line("katie");
    abdul.expect("Please enter password:\n");
    abdul.send_line(KATIES_PASSWORD);
    abdul.expect("YOU: ");
    katies_node.expect("connection accepted\nWaiting for password\n");
    katies_node.expect("waiting for client...");
    // Both have left the list by themselves.
    katie.expect("left the community server");
    community.expect("(0 online)");

    talk(&mut abdul, &mut katies_node);
    abdul.expect("YOU: ");
    abdul.send_line("quit");
    katies_node.expect("the other side said goodbye");
    katies_node.expect("listening...");

    meet_again(&mut katie, community_port, katies_port, "katie");
    meet_again(&mut abdul, community_port, abduls_port, "abdul");
    community.expect("(2 online)");
    abduls_node.signal(rustix::process::Signal::TERM);
    assert!(abduls_node.wait().success());
}

/// The chat of the report, with the white space that it lost.
fn talk(abdul: &mut Terminal, katie: &mut Terminal) {
    abdul.send_line("hello user!");
    katie.expect("THEM: hello user!\n");
    katie.expect("YOU: ");
    katie.send_line("hello other user!");
    katie.expect("waiting for client...");
    abdul.expect("THEM: hello other user!\n");
    abdul.expect("YOU: ");
    abdul.send_line("  two  spaces\tand a tab ");
    katie.expect("THEM:   two  spaces and a tab \n");
    katie.expect("YOU: ");
    katie.send_line("ok");
}

#[test]
fn writing_out_of_turn_is_refused_and_costs_nothing() {
    let machine = Machine::new();
    let (mut node, port) = machine.node(KATIES_PASSWORD);
    let mut client = machine.client();
    call(&mut client, port, KATIES_PASSWORD);
    client.expect("YOU: ");
    node.expect("waiting for client...");
    node.send_line("me first");
    node.expect("it is the other side's turn to write");
    client.send_line("hello user!");
    node.expect("THEM: hello user!\n");
    client.send_line("me again");
    client.expect("it is the other side's turn to write");
    node.send_line("quit");
    client.expect("the other side said goodbye");
    client.expect("Selection: ");
}

#[test]
fn a_wrong_password_ends_the_call_and_not_the_node() {
    let machine = Machine::new();
    let (mut node, port) = machine.node(KATIES_PASSWORD);
    let mut client = machine.client();
    call(&mut client, port, "guess");
    client.expect("no chat: wrong password\n");
    node.expect("wrong password\nlistening...");
    // The address is offered again, the wrong password is not.
    client.expect("Selection: ");
    client.send_line("2");
    client.expect(&format!("Enter the ip address to connect to [0.0.0.0:{port}]: "));
    client.send_line("");
    client.expect("Please enter password:\n");
    client.send_line(KATIES_PASSWORD);
    client.expect("YOU: ");
    client.send_line("quit");
    client.expect("Selection: ");
    client.send_line("2");
    client.expect("Enter the ip address to connect to [");
    client.send_line("127.0.0.1");
    client.expect(&format!("Enter port number to of server [{port}]: "));
    client.send_line("");
    client.expect("Please enter password:\n");
    client.send_line(KATIES_PASSWORD);
    client.expect("YOU: ");
    client.send_line("quit");
    client.expect("Selection: ");
    client.send_line("2");
    client.expect("Enter the ip address to connect to [");
    client.send_line("");
    client.expect("Please enter password (Enter for the same):\n");
    client.send_line("");
    client.expect("YOU: ");
}

#[test]
fn the_menu_can_be_left_and_explains_itself() {
    let machine = Machine::new();
    for leave in ["3", "q", "quit"] {
        let mut client = machine.client();
        client.expect("Selection: ");
        client.send_line("help");
        client.expect("(unconfirmed) behind a reason: it came before the password was proved");
        client.expect("Selection: ");
        client.send_line("2");
        client.expect("Enter the ip address to connect to: ");
        client.send_line("menu");
        client.expect("Selection: ");
        client.send_line(leave);
        assert!(client.wait().success());
    }
}

#[test]
fn a_suite_that_the_other_side_does_not_use_is_named_with_its_option() {
    let machine = Machine::new();
    let (_node, port) = machine.node(KATIES_PASSWORD);
    let mut client = machine.command("client");
    client.args(["--call", &format!("127.0.0.1:{port}"), "--suite", "xor"]);
    client.env("P2PM_CHAT_PASSWORD", KATIES_PASSWORD);
    let mut client = Terminal::spawn(client);
    client.expect("the two sides use different suites: both must name the same with --suite (unconfirmed)\n");
}

#[test]
fn a_chat_that_is_cut_leaves_the_last_message_in_doubt() {
    let machine = Machine::new();
    let (mut node, port) = machine.node(KATIES_PASSWORD);
    let mut client = machine.client();
    call(&mut client, port, KATIES_PASSWORD);
    client.expect("YOU: ");
    client.send_line("hello user!");
    node.expect("THEM: hello user!");
    client.signal(rustix::process::Signal::KILL);
    node.expect("chat over: connection lost; the last message may not have arrived\n");
    let mut client = machine.client();
    call(&mut client, port, KATIES_PASSWORD);
    client.expect("YOU: ");
    node.signal(rustix::process::Signal::KILL);
    client.expect("chat over: connection lost; the last message may not have arrived\n");
}

#[test]
fn a_user_that_joins_without_a_node_is_told_so() {
    let (_community, community_port) = server(4);
    let machine = Machine::new();
    let (mut node, port) = machine.node(KATIES_PASSWORD);
    let notice = format!("nobody listens on your port {port} yet: start nodeServer");
    let mut katie = machine.client();
    meet(&mut katie, community_port, port, "katie");
    assert!(!katie.screen().contains(&notice), "{}", katie.screen());
    node.signal(rustix::process::Signal::TERM);
    node.wait();
    let mut abdul = machine.client();
    meet(&mut abdul, community_port, port, "abdul");
    assert!(abdul.screen().contains(&notice), "{}", abdul.screen());
    // `help` and the exit work here as in the menu.
    abdul.send_line("help");
    abdul.expect("Enter takes what stands in [brackets]");
    abdul.expect("menu for the menu: ");
    abdul.send_line("quit");
    abdul.expect("left the community server");
    assert!(abdul.wait().success());
}

#[test]
fn a_third_caller_is_told_busy_and_does_not_disturb_the_chat() {
    let machine = Machine::new();
    let (mut node, port) = machine.node(KATIES_PASSWORD);
    let (mut first, mut second) = (machine.client(), machine.client());
    call(&mut first, port, KATIES_PASSWORD);
    first.expect("YOU: ");
    call(&mut second, port, KATIES_PASSWORD);
    second.expect("no chat: busy in another chat");
    first.send_line("still here");
    node.expect("THEM: still here\n");
}

#[test]
fn signals_say_goodbye_on_the_wire() {
    let (mut community, community_port) = server(16);
    let machine = Machine::new();
    let (mut node, port) = machine.node(KATIES_PASSWORD);
    let mut katie = machine.client();
    meet(&mut katie, community_port, port, "katie");
    katie.send(b"\x03");
    assert_eq!(katie.wait().code(), Some(130));
    community.expect("katie left: goodbye");

    let mut caller = machine.client();
    call(&mut caller, port, KATIES_PASSWORD);
    caller.expect("YOU: ");
    node.signal(rustix::process::Signal::TERM);
    caller.expect("the other side said goodbye");
    assert!(node.wait().success());

    let mut abdul = machine.client();
    meet(&mut abdul, community_port, port, "abdul");
    community.signal(rustix::process::Signal::TERM);
    abdul.expect("community server: the other side said goodbye");
    assert!(community.wait().success());
}

#[test]
fn a_node_told_to_end_before_it_listens_has_not_done_its_work() {
    let machine = Machine::new();
    let mut node = Terminal::spawn(machine.command("nodeServer"));
    node.expect("Please enter port you would like to listen on: ");
    node.send(b"\x03");
    assert_eq!(node.wait().code(), Some(130));
}

#[test]
fn the_demo_tells_its_story_and_ends() {
    demo(&[]);
}

#[test]
fn the_demo_tells_the_same_story_with_the_cipher_of_2015() {
    demo(&["--suite", "xor"]);
}

fn demo(arguments: &[&str]) {
    let machine = Machine::new();
    let mut command = machine.command("p2pm");
    command.args(["demo", "--triad"]).args(arguments);
    // Its own passwords count.
    for variable in ["P2PM_PASSWORD", "P2PM_SERVER_PASSWORD", "P2PM_CHAT_PASSWORD"] {
        command.env(variable, "another");
    }
    let mut demo = Terminal::spawn(command);
    for line in ["wrong password", "THEM: hello other user!", "busy in another chat", "(2 online)"] {
        demo.expect(line);
    }
    assert!(demo.wait().success());
}

#[test]
fn a_node_told_to_end_does_not_wait_for_strangers() {
    let machine = Machine::new();
    let (mut node, port) = machine.node(KATIES_PASSWORD);
    let mut strangers = vec![TcpStream::connect(("127.0.0.1", port)).unwrap()];
    node.expect("connection accepted");
    node.signal(rustix::process::Signal::TERM);
    // As long as it listens, further connections are made.
    while let Ok(stranger) = TcpStream::connect(("127.0.0.1", port)) {
        strangers.push(stranger);
    }
    assert!(node.wait().success());
}

#[test]
fn a_name_that_is_a_number_does_not_take_another_users_place() {
    let (_community, community_port) = server(16);
    let machine = Machine::new();
    let (mut node, port) = machine.node(KATIES_PASSWORD);
    let (mut katie, mut impostor, mut abdul) = (machine.client(), machine.client(), machine.client());
    meet(&mut katie, community_port, port, "katie");
    meet(&mut impostor, community_port, 1, "1");
    meet(&mut abdul, community_port, 5006, "abdul");
    abdul.send_line("1");
    abdul.expect("Please enter password:\n");
    abdul.send_line(KATIES_PASSWORD);
    node.expect("call from abdul");
    abdul.expect("YOU: ");
}

#[test]
fn the_list_goes_on_while_a_password_is_typed() {
    let (mut community, community_port) = server(16);
    let (katies, abduls) = (Machine::new(), Machine::new());
    let (_katies_node, katies_port) = katies.node(KATIES_PASSWORD);
    let (_abduls_node, abduls_port) = abduls.node("ottawa");
    let mut katie = katies.client();
    meet(&mut katie, community_port, katies_port, "katie");
    let mut abdul = abduls.client();
    meet(&mut abdul, community_port, abduls_port, "abdul");
    katie.send_line("");
    katie.expect("[2] abdul");
    katie.send_line("abdul");
    katie.expect("Please enter password:\n");
    // Her own node begins a chat while she is at the prompt.
    let mut third = katies.client();
    call(&mut third, katies_port, KATIES_PASSWORD);
    third.expect("YOU: ");
    katie.expect("your nodeServer is in a chat");
    community.expect("katie left: goodbye");
}

#[test]
fn a_client_notices_at_once_that_the_server_is_gone() {
    let (mut community, port) = server(16);
    let machine = Machine::new();
    let mut command = machine.command("client");
    command.args(["--server", &format!("127.0.0.1:{port}")]).env("P2PM_SERVER_PASSWORD", "password");
    let mut client = Terminal::spawn(command);
    client.expect("local port number: ");
    community.signal(rustix::process::Signal::TERM);
    client.expect("community server: the other side said goodbye");
    assert_eq!(client.wait().code(), Some(1));
}
