//! Parsing of messages: total, and canonical: what parses is emitted as the same bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use p2pm_core::limits::PLAIN_LEN;
use p2pm_core::suite::Xor;
use p2pm_core::wire::{CommunityMessage, EMPTY_FRAME, Frame, LinkMessage, Message, Service, TransferMessage};
use p2pm_fuzz::speech::Said;
use p2pm_fuzz::voice::Voice;

fuzz_target!(|said: Said<'_>| {
    // The first frame of a peer is in the clear.
    let frame = Voice::<Xor>::default().say(&said, Service::Community);
    let Ok(message) = Message::parse(&frame) else {
        assert!(!matches!(said, Said::Message(_)), "what was emitted does not parse");
        return;
    };
    let mut again = EMPTY_FRAME;
    message.emit(&mut again);
    assert_is_canonical(&frame, &again);
    if let Ok(message) = LinkMessage::parse(&message) {
        message.emit(&mut again);
        assert_is_canonical(&frame, &again);
        read_neighbours(message);
    }
    if let Ok(message) = TransferMessage::parse(&message) {
        message.emit(&mut again);
        assert_is_canonical(&frame, &again);
    }
    read_items(message);
});

fn assert_is_canonical(frame: &Frame, again: &Frame) {
    assert_eq!(frame[..PLAIN_LEN], again[..PLAIN_LEN]);
    assert_eq!(again[PLAIN_LEN..], [0; EMPTY_FRAME.len() - PLAIN_LEN]);
}

/// As [`read_items`], for a message of a link.
fn read_neighbours(message: LinkMessage<'_>) {
    let LinkMessage::Roster(neighbours) = message else { return };
    let mut again = EMPTY_FRAME;
    p2pm_core::wire::emit_roster(&mut again, |writer| {
        neighbours.clone().for_each(|neighbour| assert!(writer.push(&neighbour)));
    });
    let written = Message::parse(&again).and_then(|message| LinkMessage::parse(&message));
    assert_eq!(written, Ok(LinkMessage::Roster(neighbours)));
}

/// Items are validated when the message is parsed, so none may be missing now.
fn read_items(message: Message<'_>) {
    let (found, written) = match message {
        Message::Community(CommunityMessage::ListPage(page)) => {
            let mut again = EMPTY_FRAME;
            let (last, online) = (page.last, page.online);
            p2pm_core::wire::emit_list_page(&mut again, online, |writer| {
                page.users.clone().for_each(|user| assert!(writer.push(&user)));
                last
            });
            (Message::Community(CommunityMessage::ListPage(page)), again)
        }
        Message::Community(CommunityMessage::Presence(presence)) => {
            let mut again = EMPTY_FRAME;
            p2pm_core::wire::emit_presence(&mut again, presence.online, presence.missed, |writer| {
                presence.changes.clone().for_each(|change| assert!(writer.push(&change)));
            });
            (Message::Community(CommunityMessage::Presence(presence)), again)
        }
        _ => return,
    };
    assert_eq!(Message::parse(&written), Ok(found));
}
