//! Either end of a transfer, with another one that may say anything: each lie ends in its fault of section 18.5 of
//! `docs/PROTOCOL.md`, nothing but what was offered is said to be whole, and no end goes on for ever.
#![no_main]

use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use p2pm_core::channel::{Ended, Machine};
use p2pm_core::error::Fault;
use p2pm_core::limits::{HASH_LEN, SECRET_LEN};
use p2pm_core::suite::SealedWith;
use p2pm_core::suite::aead::Portable;
use p2pm_core::time::Instant;
use p2pm_core::transfer::{
    Chain, Mark, Opened, Outgoing, Receiver, ReceiverEvent, Sender, SenderEvent, Sink, Ticket,
};
use p2pm_core::wire::{
    Close, EMPTY_FRAME, Extent, Frame, FrameLen, Message, Service, TransferId, TransferMessage,
    TransferSecret,
};
use p2pm_fuzz::entropy;
use p2pm_fuzz::file::{File, chain_of};
use p2pm_fuzz::speech::{emit_framed, fill};
use p2pm_fuzz::watched::{Watched, plain_form};
use p2pm_fuzz::witness::{Act, Ending, Witness};

const NOW: Instant = Instant::from_millis(1);
const SERVICE: Service = Service::Transfer(FrameLen::Short);

type Aead = Watched<Portable>;

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    stream: &'a [u8],
    /// Bytes that the honest receiver has already, or that the receiver has proved to have to the honest sender.
    has: u8,
    to_sender: bool,
    /// How many frames the other end hears, if there are any, before it says one.
    patience: u8,
    lies: Vec<Lie<'a>>,
}

#[derive(Arbitrary, Debug)]
enum Lie<'a> {
    /// No lie: what is to be said next, at most so many bytes of the stream.
    Truth(u8),
    Have(Claim),
    Proceed,
    Differs,
    Data(&'a [u8]),
    End(Claim),
    Stored,
    /// Any other frame.
    Framed(u8, &'a [u8]),
    Raw(&'a [u8]),
    /// The honest end says its next frame.
    Poll,
    /// The honest end says all that it has to say.
    Drain,
    /// Whatever else happens to a connection; the frames of [`Act::Hear`] have no place here.
    Act(Act<'a>),
}

/// A beginning of a stream, most often almost right.
#[derive(Arbitrary, Clone, Copy, Debug)]
struct Claim {
    of: u8,
    more: i8,
    hash: u8,
}

impl Claim {
    /// `bytes` is what the honest end has, `length` that of the whole stream, `told` what was told of it last.
    fn extent(self, (bytes, length, told): (&[u8], u64, u64)) -> Extent {
        let of = [length, told, 0, u64::from(self.hash % 8)][usize::from(self.of % 4)];
        // Right, most often.
        let more = if self.more.unsigned_abs() < 96 { 0 } else { self.more % 96 };
        let length = of.wrapping_add_signed(more.into());
        let had = usize::try_from(length).ok().and_then(|length| bytes.get(..length));
        let mut hash = had.map_or([0; HASH_LEN], |bytes| chain_of(bytes).extent().hash);
        if self.hash >= 128 {
            hash[usize::from(self.hash) % HASH_LEN] ^= 1;
        }
        Extent { length, hash }
    }
}

/// An end that keeps to the protocol, and what is expected of it.
trait Honest {
    type Event: Ending + Copy + PartialEq + std::fmt::Debug;

    fn machine(&mut self) -> impl for<'f> Machine<Event<'f> = Self::Event>;

    fn ended(ended: Ended) -> Self::Event;

    /// The bytes that it has, the length of the stream, and what was told last of what there is of it.
    fn has(&self) -> (&[u8], u64, u64);

    /// Emits what the other end is to say next.
    fn emit_truth(&self, most: u8, out: &mut Frame);

    /// It hears a message.
    fn hears(&mut self, message: TransferMessage<'_>) -> Result<Option<Self::Event>, Fault>;

    /// It says a message.
    fn says(&mut self, message: TransferMessage<'_>);

    fn check(&mut self);
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Giving {
    Wait,
    Differ,
    Proceed(usize),
    Send(usize),
    Finish,
}

struct Giver {
    sender: Sender<Aead>,
    /// It has grown since it was offered.
    source: File,
    length: usize,
    told: u64,
    most: u64,
    step: Giving,
}

impl Honest for Giver {
    type Event = SenderEvent;

    fn machine(&mut self) -> impl for<'f> Machine<Event<'f> = SenderEvent> {
        self.sender.at(&mut self.source)
    }

    fn ended(ended: Ended) -> SenderEvent {
        SenderEvent::Ended(ended)
    }

    fn has(&self) -> (&[u8], u64, u64) {
        (&self.source.bytes, self.length as u64, self.told)
    }

    fn emit_truth(&self, most: u8, out: &mut Frame) {
        let message = if self.step == Giving::Finish {
            TransferMessage::Stored
        } else {
            let length = self.length.min(most.into());
            TransferMessage::Have(chain_of(&self.source.bytes[..length]).extent())
        };
        message.emit(out);
    }

    fn hears(&mut self, message: TransferMessage<'_>) -> Result<Option<SenderEvent>, Fault> {
        match (self.step, message) {
            (Giving::Wait, TransferMessage::Have(extent)) if extent.length <= self.most => {
                let length = usize::try_from(extent.length).expect("not more than there is");
                let is_right = length == 0 || chain_of(&self.source.bytes[..length]).extent() == extent;
                self.step = if is_right { Giving::Proceed(length) } else { Giving::Differ };
                (self.told, self.most) = (extent.length, extent.length.saturating_sub(1));
                Ok(None)
            }
            (Giving::Wait, TransferMessage::Have(_)) => Err(Fault::Value),
            (Giving::Finish, TransferMessage::Stored) => Ok(Some(SenderEvent::Stored)),
            _ => Err(Fault::State),
        }
    }

    fn says(&mut self, message: TransferMessage<'_>) {
        let stream = &self.source.bytes[..self.length];
        self.step = match (self.step, message) {
            (Giving::Differ, TransferMessage::Differs) => Giving::Wait,
            (Giving::Proceed(at), TransferMessage::Proceed) => Giving::Send(at),
            (Giving::Send(at), TransferMessage::Data(bytes)) => {
                assert_eq!(stream.get(at..at + bytes.len()), Some(bytes), "the stream goes on otherwise");
                Giving::Send(at + bytes.len())
            }
            (Giving::Send(at), TransferMessage::End(extent)) => {
                assert_eq!((at, extent), (stream.len(), chain_of(stream).extent()), "that is not the end");
                Giving::Finish
            }
            (step, message) => panic!("it says {message:?}, and {step:?}"),
        };
    }

    fn check(&mut self) {
        let position = self.sender.at(&mut self.source).position();
        assert!(position.is_none_or(|position| position <= self.length as u64), "beyond the end");
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Taking {
    Tell,
    Wait,
    Receive,
    Confirm,
    Done,
}

struct Taker {
    receiver: Receiver<Aead>,
    sink: Told,
    /// What it must have of the stream.
    bytes: Vec<u8>,
    /// Length of the beginning that was told last.
    told: Option<u64>,
    step: Taking,
}

/// A file that is finished only as the other end has said.
struct Told {
    file: File,
    length: u64,
    end: Option<Extent>,
}

impl Sink for Told {
    fn write(&mut self, bytes: &[u8]) -> Result<(), Close> {
        self.file.write(bytes)
    }

    fn mark(&mut self, mark: Mark) -> Result<(), Close> {
        self.file.mark(mark)
    }

    fn retreat(&mut self) -> Result<Chain, Close> {
        self.file.retreat()
    }

    fn finish(&mut self) -> Result<(), Close> {
        let extent = self.file.chain().extent();
        assert_eq!((Some(extent), extent.length), (self.end, self.length), "it is not whole");
        self.file.finish()
    }
}

impl Honest for Taker {
    type Event = ReceiverEvent;

    fn machine(&mut self) -> impl for<'f> Machine<Event<'f> = ReceiverEvent> {
        self.receiver.at(&mut self.sink)
    }

    fn ended(ended: Ended) -> ReceiverEvent {
        ReceiverEvent::Ended(ended)
    }

    fn has(&self) -> (&[u8], u64, u64) {
        (&self.bytes, self.sink.length, self.bytes.len() as u64)
    }

    fn emit_truth(&self, most: u8, out: &mut Frame) {
        let left = self.sink.length - self.bytes.len() as u64;
        let len = usize::try_from(left).expect("it is short").min(most.into());
        match self.step {
            Taking::Receive if len > 0 => TransferMessage::Data(&vec![most; len]).emit(out),
            Taking::Receive => TransferMessage::End(chain_of(&self.bytes).extent()).emit(out),
            _ => TransferMessage::Proceed.emit(out),
        }
    }

    fn hears(&mut self, message: TransferMessage<'_>) -> Result<Option<ReceiverEvent>, Fault> {
        match (self.step, message) {
            (Taking::Wait, TransferMessage::Proceed) => {
                self.step = Taking::Receive;
                Ok(None)
            }
            (Taking::Wait, TransferMessage::Differs) if self.bytes.is_empty() => Err(Fault::Value),
            (Taking::Wait, TransferMessage::Differs) => {
                self.step = Taking::Tell;
                self.bytes.truncate(self.bytes.len() / 2);
                Ok(Some(ReceiverEvent::Differed))
            }
            (Taking::Receive, TransferMessage::Data(bytes)) => {
                if (self.bytes.len() + bytes.len()) as u64 > self.sink.length {
                    return Err(Fault::Length);
                }
                self.bytes.extend_from_slice(bytes);
                Ok(None)
            }
            (Taking::Receive, TransferMessage::End(extent)) => {
                self.sink.end = Some(extent);
                if extent.length != self.sink.length || extent != chain_of(&self.bytes).extent() {
                    return Err(Fault::Value);
                }
                self.step = Taking::Confirm;
                Ok(Some(ReceiverEvent::Stored))
            }
            _ => Err(Fault::State),
        }
    }

    fn says(&mut self, message: TransferMessage<'_>) {
        self.step = match (self.step, message) {
            (Taking::Tell, TransferMessage::Have(extent)) => {
                assert_eq!(extent, chain_of(&self.bytes).extent(), "it has something else");
                assert!(self.told.is_none_or(|told| extent.length < told), "not less than before");
                self.told = Some(extent.length);
                Taking::Wait
            }
            (Taking::Confirm, TransferMessage::Stored) => Taking::Done,
            (step, message) => panic!("it says {message:?}, and {step:?}"),
        };
    }

    fn check(&mut self) {
        assert!(self.sink.file.bytes == self.bytes, "it has another stream");
        assert_eq!(self.sink.file.is_whole, matches!(self.step, Taking::Confirm | Taking::Done));
    }
}

/// A connection, and the peer at its other end.
struct Line<H> {
    end: H,
    witness: Witness<SealedWith<Aead>>,
    now: Instant,
}

impl<H: Honest> Line<H> {
    fn play(&mut self, lie: &Lie<'_>) {
        let mut frame = EMPTY_FRAME;
        let has = self.end.has();
        match lie {
            Lie::Truth(most) => self.end.emit_truth(*most, &mut frame),
            Lie::Have(claim) => TransferMessage::Have(claim.extent(has)).emit(&mut frame),
            Lie::Proceed => TransferMessage::Proceed.emit(&mut frame),
            Lie::Differs => TransferMessage::Differs.emit(&mut frame),
            Lie::Data(bytes) => emit_framed(&mut frame, DATA, bytes),
            Lie::End(claim) => TransferMessage::End(claim.extent(has)).emit(&mut frame),
            Lie::Stored => TransferMessage::Stored.emit(&mut frame),
            Lie::Framed(kind, body) => emit_framed(&mut frame, *kind, body),
            Lie::Raw(bytes) => {
                fill(&mut frame, bytes);
                self.witness.hear(&mut self.end.machine(), self.now, &mut frame, |_| ());
                return;
            }
            Lie::Poll => {
                self.poll();
                return;
            }
            Lie::Drain => return self.drain(),
            Lie::Act(act) => return self.act(act),
        }
        self.say(&mut frame);
    }

    fn drain(&mut self) {
        for _ in 0..=self.end.has().1 + 4 {
            if !self.poll() {
                return;
            }
        }
        panic!("it has no end of what to say");
    }

    fn act(&mut self, act: &Act<'_>) {
        match act {
            Act::Poll => _ = self.poll(),
            Act::Greet | Act::Hear(_) | Act::Ask(_) => {}
            act => _ = self.witness.act(&mut self.end.machine(), &mut self.now, SERVICE, act, |_| ()),
        }
    }

    /// The peer says a frame, which is heard as it must be, unless the honest end is about to say something first.
    fn say(&mut self, frame: &mut Frame) {
        if !self.end.machine().can_receive() {
            return;
        }
        let had_ended = self.witness.has_ended();
        let expected = if had_ended { Ok(None) } else { self.expect(frame) };
        self.witness.voice().seal(frame);
        let event = self.witness.hear(&mut self.end.machine(), self.now, frame, |event| event);
        let ended_by_us = |fault| Some(H::ended(Ended::ByUs(Close::Fault(fault))));
        assert_eq!(event, expected.unwrap_or_else(ended_by_us));
        self.end.check();
    }

    fn expect(&mut self, plain: &Frame) -> Result<Option<H::Event>, Fault> {
        match Message::parse(plain)? {
            Message::Close(reason) => Ok(Some(H::ended(Ended::ByPeer(reason)))),
            Message::KeepAlive => Ok(None),
            message => self.end.hears(TransferMessage::parse(&message)?),
        }
    }

    /// The honest end says its next frame, if it has one.
    fn poll(&mut self) -> bool {
        let mut frame = EMPTY_FRAME;
        let mut machine = self.end.machine();
        // What the receiver has is compared in between.
        let mut left = 10;
        while !machine.poll_frame(self.now, &mut frame) {
            left -= 1;
            if !machine.wants_send() {
                return false;
            }
            assert!(left > 0, "it has something to say, and does not say it");
        }
        drop(machine);
        self.witness.check_frame(&frame);
        if let Ok(message) = Message::parse(&plain_form(&frame)).and_then(|it| TransferMessage::parse(&it)) {
            self.end.says(message);
        }
        self.witness.check(&self.end.machine());
        self.end.check();
        true
    }
}

/// Kind of [`TransferMessage::Data`], which may be empty here.
const DATA: u8 = 0x43;

/// A connection that the honest end has dialled.
fn opened(witness: &mut Witness<SealedWith<Aead>>, mut now: Instant) -> Opened<Aead> {
    let (id, secret) = (TransferId([5; 8]), TransferSecret([6; SECRET_LEN]));
    witness.voice().learn((&secret).into());
    let mut dialler = Outgoing::new(now, &Ticket { id, secret, frame_len: FrameLen::Short }, entropy(1));
    witness.act(&mut dialler, &mut now, SERVICE, &Act::Greet, |ended| panic!("{ended:?}"));
    dialler.into_opened().ok().expect("the secret is right")
}

fn play<H: Honest>(input: &Input<'_>, end: impl FnOnce(Opened<Aead>) -> H) {
    let mut witness = Witness::default();
    let end = end(opened(&mut witness, NOW));
    let mut line = Line { end, witness, now: NOW };
    for lie in &input.lies {
        _ = (0..input.patience % 8).all(|_| line.poll());
        line.play(lie);
    }
    line.drain();
}

fuzz_target!(|input: Input<'_>| {
    let length = input.stream.len();
    let has = &input.stream[..length.min(input.has.into())];
    if input.to_sender {
        play(&input, |opened| Giver {
            sender: Sender::new(NOW, opened, length as u64, chain_of(has)),
            source: File::of(&[input.stream, b"more"].concat()),
            length,
            told: length as u64,
            most: length as u64,
            step: Giving::Wait,
        });
    } else {
        play(&input, |opened| Taker {
            receiver: Receiver::new(opened, length as u64, chain_of(has)),
            sink: Told { file: File::of(has), length: length as u64, end: None },
            bytes: has.to_vec(),
            told: None,
            step: Taking::Tell,
        });
    }
});
