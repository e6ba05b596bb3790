//! A stream from one end of a transfer to the other.

use p2pm_core::channel::{Acceptor, AcceptorEvent, Machine};
use p2pm_core::limits::{FRAME_LEN_MAX, PIECE_LEN, SECRET_LEN};
use p2pm_core::suite::aead::Portable;
use p2pm_core::transfer::{
    Chain, Incoming, Mark, Opened, Outgoing, Receiver, ReceiverEvent, Sender, SenderEvent, Sink, Source,
    Ticket,
};
use p2pm_core::wire::{Close, EMPTY_FRAME, FrameLen, SuiteId, TransferId, TransferSecret};
use p2pm_tests::counting::allocations_in;

use crate::{HERE, START, entropy};

/// A stream of one byte, over and over.
struct Same {
    at: u64,
    length: u64,
}

impl Source for Same {
    fn seek(&mut self, offset: u64) -> Result<(), Close> {
        self.at = offset;
        Ok(())
    }

    fn read(&mut self, into: &mut [u8]) -> Result<usize, Close> {
        let len = into.len().min(usize::try_from(self.length - self.at).expect("a short stream"));
        into[..len].fill(b'A');
        self.at += len as u64;
        Ok(len)
    }

    fn check(&mut self) -> Result<(), Close> {
        Ok(())
    }
}

impl Sink for Same {
    fn write(&mut self, bytes: &[u8]) -> Result<(), Close> {
        self.at += bytes.len() as u64;
        Ok(())
    }

    fn mark(&mut self, _: Mark) -> Result<(), Close> {
        Ok(())
    }

    fn retreat(&mut self) -> Result<Chain, Close> {
        self.at = 0;
        Ok(Chain::default())
    }

    fn finish(&mut self) -> Result<(), Close> {
        Ok(())
    }
}

/// The handshake: both ends of a connection.
fn opened(ticket: &Ticket) -> (Opened<Portable>, Opened<Portable>) {
    let mut dialler = Outgoing::<Portable>::new(START, ticket, entropy());
    let mut acceptor = Acceptor::new(START, HERE, entropy());
    let mut frame = EMPTY_FRAME;
    assert!(dialler.poll_frame(START, &mut frame));
    let event = acceptor.handle_frame(START, &mut frame);
    assert!(matches!(event, Some(AcceptorEvent::Asked(asked)) if ticket.is_for(&asked, SuiteId::Sealed)));
    let Ok((mut listener, None)) = Incoming::<Portable>::of_acceptor(acceptor, START, ticket) else {
        panic!("its Hello is as expected")
    };
    while !(dialler.is_authenticated() && listener.is_authenticated()) {
        if listener.poll_frame(START, &mut frame) {
            assert_eq!(dialler.handle_frame(START, &mut frame), None);
        }
        if dialler.poll_frame(START, &mut frame) {
            assert_eq!(listener.handle_frame(START, &mut frame), None);
        }
    }
    match (dialler.into_opened(), listener.into_opened()) {
        (Ok(ours), Ok(theirs)) => (ours, theirs),
        _ => panic!("they are authenticated"),
    }
}

#[test]
fn a_transfer_allocates_nothing() {
    let ticket =
        Ticket { id: TransferId([5; 8]), secret: TransferSecret([6; SECRET_LEN]), frame_len: FrameLen::Long };
    let length = 2 * PIECE_LEN + 7;
    let mut frame = vec![0; FRAME_LEN_MAX];
    let mut told = (None, None);

    let allocations = allocations_in(|| {
        let (ours, theirs) = opened(&ticket);
        let (mut source, mut sink) = (Same { at: 0, length }, Same { at: 9, length });
        // What the receiver has is the beginning of another stream.
        let mut has = Chain::default();
        has.update(b"something");
        let mut sender = Sender::new(START, ours, length, Chain::default());
        let mut receiver = Receiver::new(theirs, length, has);
        while told.1 != Some(ReceiverEvent::Stored) || told.0 != Some(SenderEvent::Stored) {
            let (mut sender, mut receiver) = (sender.at(&mut source), receiver.at(&mut sink));
            if receiver.poll_frame(START, &mut frame) {
                told.0 = sender.handle_frame(START, &mut frame).or(told.0);
            } else if sender.poll_frame(START, &mut frame) {
                told.1 = receiver.handle_frame(START, &mut frame).or(told.1);
            }
        }
        assert_eq!((source.at, sink.at), (length, length));
    });

    assert_eq!(allocations, 0);
}
