//! Both ends of a transfer, joined without a network.

extern crate std;

use core::net::Ipv4Addr;
use core::time::Duration;
use std::vec;
use std::vec::Vec;

use super::*;
use crate::channel::{Acceptor, AcceptorEvent, Conversing, Ended, Machine};
use crate::error::Fault;
use crate::limits::{
    DISK_RATE_MIN, ENTROPY_LEN, FRAME_LEN, HASH_LEN, KEEPALIVE_INTERVAL, PIECE_LEN, SECRET_LEN,
    STALL_TIMEOUT, stall_timeout,
};
use crate::suite::Entropy;
use crate::suite::aead::Portable;
use crate::time::Instant;
use crate::wire::{EMPTY_FRAME, Extent, FrameLen, SuiteId, TransferId, TransferMessage, TransferSecret};

const NOW: Instant = Instant::from_millis(1_000);
#[allow(clippy::cast_possible_truncation, reason = "1 MiB fits")]
const PIECE: usize = PIECE_LEN as usize;

/// A file in memory, at either end.
#[derive(Default)]
struct Memory {
    bytes: Vec<u8>,
    at: usize,
    /// Length of what retreats leave, and what goes wrong.
    kept: usize,
    is_changed: bool,
    room: Option<usize>,
    is_finished: bool,
}

impl Source for Memory {
    fn seek(&mut self, offset: u64) -> Result<(), Close> {
        self.at = usize::try_from(offset).map_err(|_| Close::Failed)?;
        Ok(())
    }

    fn read(&mut self, into: &mut [u8]) -> Result<usize, Close> {
        let rest = &self.bytes[self.at..];
        let len = rest.len().min(into.len());
        into[..len].copy_from_slice(&rest[..len]);
        self.at += len;
        Ok(len)
    }

    fn check(&mut self) -> Result<(), Close> {
        if self.is_changed { Err(Close::Changed) } else { Ok(()) }
    }
}

impl Sink for Memory {
    fn write(&mut self, bytes: &[u8]) -> Result<(), Close> {
        if self.room.is_some_and(|room| self.bytes.len() + bytes.len() > room) {
            return Err(Close::NoSpace);
        }
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    fn mark(&mut self, mark: Mark) -> Result<(), Close> {
        self.kept = usize::try_from(mark.extent().length).unwrap();
        Ok(())
    }

    fn retreat(&mut self) -> Result<Chain, Close> {
        self.bytes.truncate(if self.bytes.len() > self.kept { self.kept } else { 0 });
        Ok(chain_of(&self.bytes))
    }

    fn finish(&mut self) -> Result<(), Close> {
        self.is_finished = true;
        Ok(())
    }
}

fn chain_of(bytes: &[u8]) -> Chain {
    let mut chain = Chain::default();
    chain.update(bytes);
    chain
}

fn file(len: usize) -> Vec<u8> {
    (0..len).map(|at| u8::try_from(at * at % 253).unwrap()).collect()
}

fn ticket() -> Ticket {
    Ticket { id: TransferId([5; 8]), secret: TransferSecret([6; SECRET_LEN]), frame_len: FrameLen::Long }
}

fn entropy(byte: u8) -> Entropy {
    Entropy::new([byte; ENTROPY_LEN])
}

/// The handshake of a connection that either end may have dialled: both ends of it.
fn opened(ticket: &Ticket) -> (Opened<Portable>, Opened<Portable>) {
    let mut dialler = Outgoing::<Portable>::new(NOW, ticket, entropy(1));
    let mut acceptor = Acceptor::new(NOW, Ipv4Addr::LOCALHOST.into(), entropy(2));
    let mut frame = EMPTY_FRAME;
    assert!(dialler.poll_frame(NOW, &mut frame));
    let event = acceptor.handle_frame(NOW, &mut frame);
    assert!(matches!(event, Some(AcceptorEvent::Asked(asked)) if ticket.is_for(&asked, SuiteId::Sealed)));
    let Ok((mut listener, None)) = Incoming::<Portable>::of_acceptor(acceptor, NOW, ticket) else {
        panic!("its Hello is refused");
    };
    while !(dialler.is_authenticated() && listener.is_authenticated()) {
        if listener.poll_frame(NOW, &mut frame) {
            assert_eq!(dialler.handle_frame(NOW, &mut frame), None);
        }
        if dialler.poll_frame(NOW, &mut frame) {
            assert_eq!(listener.handle_frame(NOW, &mut frame), None);
        }
    }
    (dialler.into_opened().ok().unwrap(), listener.into_opened().ok().unwrap())
}

/// Two ends, with what they have told.
struct Pair {
    sender: Sender<Portable>,
    receiver: Receiver<Portable>,
    source: Memory,
    sink: Memory,
    told: (Vec<SenderEvent>, Vec<ReceiverEvent>),
}

impl Pair {
    fn new(source: Memory, sink: Memory) -> Self {
        let (ours, theirs) = opened(&ticket());
        let length = source.bytes.len() as u64;
        let sender = Sender::new(NOW, ours, length, Chain::default());
        let receiver = Receiver::new(theirs, length, chain_of(&sink.bytes));
        Self { sender, receiver, source, sink, told: Default::default() }
    }

    /// Has both ends exchange at most so many frames, and returns whether there are no more.
    fn run(&mut self, frames: usize) -> bool {
        let mut frame = vec![0; FrameLen::Long.bytes()];
        for _ in 0..frames {
            let (mut sender, mut receiver) =
                (self.sender.at(&mut self.source), self.receiver.at(&mut self.sink));
            self.told.0.extend(sender.handle_timeout(NOW));
            self.told.1.extend(receiver.handle_timeout(NOW));
            if receiver.poll_frame(NOW, &mut frame) {
                self.told.0.extend(sender.handle_frame(NOW, &mut frame));
            } else if sender.poll_frame(NOW, &mut frame) {
                self.told.1.extend(receiver.handle_frame(NOW, &mut frame));
            } else if !sender.wants_send()
                && ![sender.deadline(), receiver.deadline()].into_iter().any(is_due)
            {
                return true;
            }
        }
        false
    }

    fn assert_whole(&mut self, from: &[u8]) {
        assert!(self.run(10_000), "it does not end");
        assert_eq!(self.told.0.first(), Some(&SenderEvent::Stored));
        assert!(self.told.1.contains(&ReceiverEvent::Stored) && self.sink.is_finished);
        assert!(self.sink.bytes == from, "{} bytes of {}", self.sink.bytes.len(), from.len());
    }
}

fn is_due(deadline: Option<Instant>) -> bool {
    deadline.is_some_and(|deadline| deadline <= NOW)
}

fn of(bytes: Vec<u8>) -> Memory {
    Memory { bytes, ..Memory::default() }
}

#[test]
fn a_file_arrives_whole() {
    for len in [0, 1, FRAME_LEN, PIECE, PIECE + 1, 2 * PIECE + 5] {
        let mut pair = Pair::new(of(file(len)), Memory::default());
        pair.assert_whole(&file(len));
    }
}

#[test]
fn it_goes_on_from_what_the_receiver_has() {
    let bytes = file(3 * PIECE + 100);
    for has in [1, PIECE - 1, PIECE, 2 * PIECE + 1, bytes.len()] {
        let mut pair = Pair::new(of(bytes.clone()), of(bytes[..has].to_vec()));
        while pair.sender.at(&mut pair.source).position().is_none() {
            pair.run(1);
        }
        assert_eq!(pair.sender.at(&mut pair.source).position(), Some(has as u64));
        pair.assert_whole(&bytes);
    }
}

#[test]
fn what_is_proved_is_not_read_again() {
    let bytes = file(3 * PIECE);
    let (ours, theirs) = opened(&ticket());
    let (has, proved) = (&bytes[..2 * PIECE], &bytes[..PIECE]);
    let mut pair = Pair::new(of(bytes.clone()), of(has.to_vec()));
    pair.sender = Sender::new(NOW, ours, bytes.len() as u64, chain_of(proved));
    pair.receiver = Receiver::new(theirs, bytes.len() as u64, chain_of(has));
    // Whoever read this would notice.
    pair.source.bytes[..PIECE].fill(0);
    pair.assert_whole(&bytes);
}

#[test]
fn another_beginning_is_given_up_as_far_as_needed() {
    let bytes = file(3 * PIECE);
    // Beyond the mark it is damaged, and before it.
    for (damaged, kept, differs) in [(2 * PIECE + 7, 2 * PIECE, 1), (PIECE, 2 * PIECE, 2)] {
        let mut has = bytes[..2 * PIECE + 9].to_vec();
        has[damaged] ^= 1;
        let mut pair = Pair::new(of(bytes.clone()), Memory { kept, ..of(has) });
        pair.assert_whole(&bytes);
        let differed = pair.told.1.iter().filter(|event| **event == ReceiverEvent::Differed).count();
        assert_eq!(differed, differs, "{damaged}");
    }
}

#[test]
fn what_goes_wrong_is_told_to_the_other_end() {
    let bytes = file(PIECE);
    let changed = Memory { is_changed: true, ..of(bytes.clone()) };
    let full = Memory { room: Some(100_000), ..Memory::default() };
    for (source, sink, length, reason) in [
        (changed, Memory::default(), PIECE, Close::Changed),
        (of(bytes.clone()), full, PIECE, Close::NoSpace),
        // The source is shorter than what was offered.
        (of(bytes.clone()), Memory::default(), PIECE + 1, Close::Changed),
    ] {
        let (ours, theirs) = opened(&ticket());
        let mut pair = Pair::new(source, sink);
        pair.sender = Sender::new(NOW, ours, length as u64, Chain::default());
        pair.receiver = Receiver::new(theirs, length as u64, Chain::default());
        pair.run(10_000);
        let by_us = Ended::ByUs(reason);
        let by_peer = Ended::ByPeer(reason);
        let (sender, receiver) = &pair.told;
        assert!(
            sender.contains(&SenderEvent::Ended(by_us)) && receiver.contains(&ReceiverEvent::Ended(by_peer))
                || sender.contains(&SenderEvent::Ended(by_peer))
                    && receiver.contains(&ReceiverEvent::Ended(by_us)),
            "{reason:?}: {:?}",
            pair.told
        );
        assert!(!pair.sink.is_finished);
    }
}

/// A receiver that has said what it has, of a stream of one piece, and what it says to these messages.
fn receiver_told(messages: &[TransferMessage<'_>]) -> (Option<ReceiverEvent>, Memory) {
    let (ours, theirs) = opened(&ticket());
    let mut hostile = ours.0;
    let mut receiver = Receiver::new(theirs, PIECE_LEN, Chain::default());
    let (mut sink, mut frame) = (Memory::default(), vec![0; FrameLen::Long.bytes()]);
    assert!(receiver.at(&mut sink).poll_frame(NOW, &mut frame));
    let mut last = None;
    for message in messages {
        message.emit(&mut frame);
        hostile.seal(NOW, &mut frame);
        last = receiver.at(&mut sink).handle_frame(NOW, &mut frame);
    }
    (last, sink)
}

#[test]
fn a_sender_that_lies_is_refused() {
    use TransferMessage::{Data, Differs, End, Proceed, Stored};
    let half = file(PIECE / 32);
    let whole: Vec<_> = [Proceed].into_iter().chain(vec![Data(&half); 32]).collect();
    let with = |last| [&whole[..], &[last]].concat();
    let hash = chain_of(&half.repeat(32)).extent();
    for (messages, fault) in [
        (vec![Data(&half)], Fault::State),
        (vec![Proceed, Proceed], Fault::State),
        (vec![Differs], Fault::Value),
        (vec![Stored], Fault::State),
        // More than was offered, less, and a hash that does not fit.
        (with(Data(b"x")), Fault::Length),
        (vec![Proceed, End(Extent { length: 0, hash: [0; 32] })], Fault::Value),
        (vec![Proceed, Data(&half), End(chain_of(&half).extent())], Fault::Value),
        (with(End(Extent { hash: [1; 32], ..hash })), Fault::Value),
    ] {
        let (last, sink) = receiver_told(&messages);
        assert_eq!(last, Some(ReceiverEvent::Ended(Ended::ByUs(Close::Fault(fault)))), "{messages:.40?}");
        assert!(!sink.is_finished);
    }
    assert_eq!(receiver_told(&with(End(hash))).0, Some(ReceiverEvent::Stored));
}

#[test]
fn a_receiver_that_lies_is_refused() {
    let [more, other, nothing] = [PIECE_LEN + 1, 9, 0].map(|length| Extent { length, hash: [7; 32] });
    for (messages, fault) in [
        (vec![TransferMessage::Have(more)], Fault::Value),
        // What has differed, once more.
        (vec![TransferMessage::Have(other), TransferMessage::Have(other)], Fault::Value),
        (
            vec![
                TransferMessage::Have(other),
                TransferMessage::Have(nothing),
                TransferMessage::Have(nothing),
            ],
            Fault::State,
        ),
        (vec![TransferMessage::Stored], Fault::State),
        (vec![TransferMessage::Data(b"x")], Fault::State),
    ] {
        let (ours, theirs) = opened(&ticket());
        let mut hostile = theirs.0;
        let mut sender = Sender::new(NOW, ours, PIECE_LEN, Chain::default());
        let (mut source, mut frame) = (of(file(PIECE)), vec![0; FrameLen::Long.bytes()]);
        let mut last = None;
        for message in &messages {
            message.emit(&mut frame);
            hostile.seal(NOW, &mut frame);
            last = sender.at(&mut source).handle_frame(NOW, &mut frame);
            // The proof is read first, and then there is something to say.
            for _ in 0..2 {
                let _ = sender.at(&mut source).poll_frame(NOW, &mut frame);
            }
        }
        assert_eq!(last, Some(SenderEvent::Ended(Ended::ByUs(Close::Fault(fault)))), "{messages:?}");
    }
}

#[test]
fn whoever_waits_in_vain_gives_the_other_one_up() {
    let mut frame = vec![0; FrameLen::Long.bytes()];
    let late = NOW + STALL_TIMEOUT;
    let timed_out = Ended::ByUs(Close::TimedOut);
    // For what the receiver has.
    let mut pair = Pair::new(of(file(PIECE)), Memory::default());
    assert_eq!(pair.sender.at(&mut pair.source).deadline().map(|at| at <= late), Some(true));
    let told = pair.sender.at(&mut pair.source).handle_timeout(late);
    assert_eq!(told, Some(SenderEvent::Ended(timed_out)));
    // For whether it goes on from there.
    let mut pair = Pair::new(of(file(PIECE)), Memory::default());
    assert!(pair.receiver.at(&mut pair.sink).poll_frame(NOW, &mut frame));
    let told = pair.receiver.at(&mut pair.sink).handle_timeout(late);
    assert_eq!(told, Some(ReceiverEvent::Ended(timed_out)));
    // For the rest, however much has come, and although the other end shows that it is there.
    let mut pair = Pair::new(of(file(PIECE)), Memory::default());
    pair.run(5);
    let had = pair.sink.bytes.len();
    assert!(had > 0 && had < PIECE);
    let mut now = NOW;
    let told = loop {
        now = now + KEEPALIVE_INTERVAL;
        let (mut sender, mut receiver) = (pair.sender.at(&mut pair.source), pair.receiver.at(&mut pair.sink));
        if sender.channel_mut().poll_frame(now, &mut frame) {
            assert_eq!(receiver.handle_frame(now, &mut frame), None);
        }
        if let Some(told) = receiver.handle_timeout(now) {
            break told;
        }
        assert!(now < late + STALL_TIMEOUT, "it waits for ever");
    };
    assert_eq!((told, pair.sink.bytes.len()), (ReceiverEvent::Ended(timed_out), had));
}

#[test]
fn whoever_has_much_to_read_or_to_store_is_waited_for() {
    let length = DISK_RATE_MIN * 600;
    assert_eq!(stall_timeout(length), STALL_TIMEOUT + Duration::from_mins(10));
    // What the receiver has, the sender reads first.
    let (_, theirs) = opened(&ticket());
    let has = Chain::from(Mark::new(Extent { length, hash: [7; HASH_LEN] }).unwrap());
    let mut receiver = Receiver::new(theirs, length, has);
    let mut sink = Memory::default();
    assert!(receiver.at(&mut sink).poll_frame(NOW, &mut vec![0; FrameLen::Long.bytes()]));
    assert_eq!(receiver.at(&mut sink).due(), Some(NOW + stall_timeout(length)));
}
