//! Authenticated clients.

use p2pm_core::error::Fault;
use p2pm_core::wire::{Change, Close, CommunityMessage, JoinRefusal, Message};

use crate::peer::Peer;
use crate::running::Running;

#[test]
fn joins_and_leaves_are_logged() {
    let mut server = Running::start(5);
    let mut katie = Peer::join(server.address, "katie");
    server.expect("katie joined: 127.0.0.1:5806 (1 online)");
    let mut abdul = Peer::join(server.address, "abdul");
    server.expect("abdul joined: 127.0.0.1:5806 (2 online)");
    assert_eq!(katie.list(), ["abdul", "katie"]);
    abdul.send(&Message::Close(Close::Goodbye));
    server.expect("abdul left: goodbye (1 online)");
    katie.send(&Message::Community(CommunityMessage::Join {
        name: "kate".parse().unwrap(),
        port: 1.try_into().unwrap(),
    }));
    katie.expect_close(Close::Fault(Fault::State));
    server.expect("katie left: protocol error: message not allowed now (0 online)");
}

#[test]
fn a_user_is_forgotten_with_the_connection() {
    let mut server = Running::start(5);
    let mut katie = Peer::join(server.address, "katie");
    let abdul = Peer::join(server.address, "abdul");
    assert_eq!(katie.list(), ["abdul", "katie"]);
    drop(abdul);
    server.expect("abdul left: connection lost (1 online)");
    assert_eq!(katie.list(), ["katie"]);
    Peer::join(server.address, "abdul");
}

#[test]
fn a_name_is_given_once_and_another_can_be_tried() {
    let server = Running::start(5);
    let mut katie = Peer::join(server.address, "katie");
    let mut other = Peer::enter(server.address);
    assert_eq!(
        other.ask_to_join("katie"),
        Message::Community(CommunityMessage::JoinRefused(JoinRefusal::NameTaken))
    );
    assert_eq!(katie.list(), ["katie"], "who was refused is not registered");
    assert!(matches!(
        other.ask_to_join("kate"),
        Message::Community(CommunityMessage::Joined { online: 2, .. })
    ));
}

/// The original held five users, and dropped the sixth without a reason.
#[test]
fn the_sixth_of_five_is_told_that_the_server_is_full() {
    let mut server = Running::start(5);
    let names = ["a", "b", "c", "d", "e"];
    let mut users = names.map(|name| Peer::join(server.address, name));
    let mut sixth = Peer::enter(server.address);
    assert_eq!(sixth.ask_to_join("f"), Message::Community(CommunityMessage::JoinRefused(JoinRefusal::Full)));
    assert_eq!(sixth.list(), names, "it is not on the list, but may see it");
    users[0].send(&Message::Close(Close::Goodbye));
    server.expect("a left: goodbye (4 online)");
    assert!(matches!(sixth.ask_to_join("f"), Message::Community(CommunityMessage::Joined { online: 5, .. })));
}

#[test]
fn a_subscriber_receives_joins_and_leaves() {
    let server = Running::start(5);
    let mut katie = Peer::join(server.address, "katie");
    katie.send(&Message::Community(CommunityMessage::Subscribe(true)));
    assert_eq!(katie.list(), ["katie"], "so the subscription has been seen too");
    let mut abdul = Peer::join(server.address, "abdul");
    assert_eq!(changes(&mut katie), ["+abdul"]);
    abdul.send(&Message::Close(Close::Goodbye));
    assert_eq!(changes(&mut katie), ["-abdul"]);
}

/// Changes in the next update.
fn changes(peer: &mut Peer) -> Vec<String> {
    let Message::Community(CommunityMessage::Presence(presence)) = peer.receive() else {
        panic!("not an update")
    };
    let shown = presence.changes.map(|change| match change {
        Change::Joined(user) => format!("+{}", user.name),
        Change::Left(name) => format!("-{name}"),
    });
    shown.collect()
}

#[test]
fn everybody_hears_goodbye_when_the_server_stops() {
    let mut server = Running::start(5);
    let mut stranger = Peer::connect(server.address);
    let mut katie = Peer::join(server.address, "katie");
    let mut abdul = Peer::join(server.address, "abdul");
    let hearing = std::thread::spawn(move || {
        for peer in [&mut katie, &mut abdul, &mut stranger] {
            assert_eq!(peer.receive(), Message::Close(Close::Goodbye));
        }
    });
    server.stop().unwrap();
    hearing.join().unwrap();
    server.expect("goodbye to 2 online");
}
