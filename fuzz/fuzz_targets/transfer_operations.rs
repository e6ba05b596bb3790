//! A stream over many connections, each cut at any frame, with sources and sinks that fail, and frames that were changed: what
//! is said to be whole is what was sent, and in the end an honest connection finishes it.
#![no_main]

use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use p2pm_core::channel::{Acceptor, AcceptorEvent, Machine};
use p2pm_core::limits::{FRAME_LEN, SECRET_LEN};
use p2pm_core::suite::aead::Portable;
use p2pm_core::time::Instant;
use p2pm_core::transfer::{Chain, Incoming, Opened, Outgoing, Receiver, ReceiverEvent, Sender, Ticket};
use p2pm_core::wire::{Close, EMPTY_FRAME, FrameLen, SuiteId, TransferId, TransferSecret};
use p2pm_fuzz::file::File;
use p2pm_fuzz::{address, entropy};

const NOW: Instant = Instant::from_millis(1);

#[derive(Arbitrary, Debug)]
struct Input {
    stream: Vec<u8>,
    /// What the receiver has at first: a beginning of the stream, or of another one.
    has: Vec<u8>,
    connections: Vec<Vec<Move>>,
}

#[derive(Arbitrary, Clone, Debug)]
enum Move {
    /// So many frames cross.
    Cross(u8),
    /// The next frame of either end is changed.
    Change { by_sender: bool, at: u16, by: u8 },
    /// The source or the sink fails, or does not any more.
    Fail { source: bool, fails: bool },
    /// An end closes.
    Close { by_sender: bool, reason: u8 },
}

fn opened() -> (Opened<Portable>, Opened<Portable>) {
    let (id, secret) = (TransferId([5; 8]), TransferSecret([6; SECRET_LEN]));
    let ticket = Ticket { id, secret, frame_len: FrameLen::Short };
    let mut dialler = Outgoing::new(NOW, &ticket, entropy(1));
    let mut acceptor = Acceptor::new(NOW, address(1), entropy(2));
    let mut frame = EMPTY_FRAME;
    assert!(dialler.poll_frame(NOW, &mut frame));
    let event = acceptor.handle_frame(NOW, &mut frame);
    assert!(matches!(event, Some(AcceptorEvent::Asked(asked)) if ticket.is_for(&asked, SuiteId::Sealed)));
    let Ok((mut listener, None)) = Incoming::of_acceptor(acceptor, NOW, &ticket) else { panic!("refused") };
    while !(dialler.is_authenticated() && listener.is_authenticated()) {
        if listener.poll_frame(NOW, &mut frame) {
            assert_eq!(dialler.handle_frame(NOW, &mut frame), None);
        }
        if dialler.poll_frame(NOW, &mut frame) {
            assert_eq!(listener.handle_frame(NOW, &mut frame), None);
        }
    }
    let (Ok(ours), Ok(theirs)) = (dialler.into_opened(), listener.into_opened()) else { panic!("not open") };
    (ours, theirs)
}

/// A connection, and what it leads to.
struct Line<'a> {
    sender: Sender<Portable>,
    receiver: Receiver<Portable>,
    source: &'a mut File,
    sink: &'a mut File,
}

impl Line<'_> {
    /// Has one frame cross; false if neither end has one.
    fn cross(&mut self, change: Option<(bool, u16, u8)>) -> bool {
        let length = self.source.bytes.len() as u64;
        let (mut sender, mut receiver) = (self.sender.at(self.source), self.receiver.at(self.sink));
        let mut frame = [0; FRAME_LEN];
        let is_due = |at: Option<Instant>| at.is_some_and(|at| at <= NOW);
        let is_failing = is_due(sender.deadline()) || is_due(receiver.deadline());
        sender.handle_timeout(NOW);
        receiver.handle_timeout(NOW);
        let is_by_receiver = receiver.poll_frame(NOW, &mut frame);
        if !is_by_receiver && !sender.poll_frame(NOW, &mut frame) {
            return is_failing || sender.wants_send();
        }
        if let Some((by_sender, at, by)) = change
            && by_sender != is_by_receiver
        {
            frame[usize::from(at) % FRAME_LEN] ^= by;
        }
        if is_by_receiver {
            sender.handle_frame(NOW, &mut frame);
        } else if receiver.handle_frame(NOW, &mut frame) == Some(ReceiverEvent::Stored) {
            assert_eq!(receiver.position(), Some(length));
        }
        let positions = [sender.position(), receiver.position()];
        assert!(positions.into_iter().flatten().all(|position| position <= length), "beyond the end");
        true
    }

    fn play(&mut self, a_move: &Move) {
        match *a_move {
            Move::Cross(frames) => _ = (0..frames).all(|_| self.cross(None)),
            Move::Change { by_sender, at, by } => _ = self.cross(Some((by_sender, at, by))),
            Move::Fail { source: true, fails } => self.source.fails = fails,
            Move::Fail { source: false, fails } => self.sink.fails = fails,
            Move::Close { by_sender, reason } => {
                let reasons = [Close::Paused, Close::Cancelled, Close::Goodbye, Close::NoSpace];
                let reason = reasons[usize::from(reason) % reasons.len()];
                if by_sender {
                    _ = self.sender.at(self.source).close(NOW, reason);
                } else {
                    _ = self.receiver.at(self.sink).close(NOW, reason);
                }
            }
        }
    }
}

fuzz_target!(|input: Input| {
    let Input { stream, mut has, connections } = input;
    has.truncate(stream.len());
    let mut source = File::of(&stream);
    let (mut sink, mut proved) = (File::of(&has), Chain::default());
    let honest = vec![Move::Cross(u8::MAX); 40];
    for (index, moves) in connections.iter().take(8).chain([&honest]).enumerate() {
        if index == connections.len().min(8) {
            (source.fails, sink.fails) = (false, false);
        }
        if sink.is_whole {
            break;
        }
        let (ours, theirs) = opened();
        let length = stream.len() as u64;
        let (sender, receiver) =
            (Sender::new(NOW, ours, length, proved), Receiver::new(theirs, length, sink.chain()));
        let mut line = Line { sender, receiver, source: &mut source, sink: &mut sink };
        for a_move in moves {
            line.play(a_move);
        }
        proved = line.sender.into_proved();
    }
    assert!(sink.is_whole, "{} of {} bytes, and no more", sink.bytes.len(), stream.len());
    assert!(sink.bytes == stream, "another stream is said to be whole");
});
