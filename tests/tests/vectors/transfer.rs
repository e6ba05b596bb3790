//! Two recorded transfers: both ends replay them to the byte, and the values behind them are theirs.

use p2pm_core::channel::{Acceptor, AcceptorEvent, Machine};
use p2pm_core::limits::{HEADER_LEN, HELLO_LEN, MARKER_LEN, PIECE_LEN};
use p2pm_core::suite::aead::{Aead, Portable};
use p2pm_core::transfer::{
    Chain, Incoming, Mark, Opened, Outgoing, Receiver, Sender, SenderEvent, Sink, Source, Ticket,
};
use p2pm_core::wire::{Attributes, Close, Entry, EntryKind, EntryPath, FrameLen, TransferId, TransferSecret};

use crate::recording::{Recording, recorded_values};
use crate::{HERE, START, initiator_entropy, responder_entropy};

const FILE: &[u8] = b"hello, everybody\n";
/// Number of the transfer.
pub(crate) const ID: TransferId = TransferId([0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17]);
/// When the clock of the examples stands at noon, in seconds since 1970.
pub(crate) const NOON: i64 = 1_433_160_000;

/// A value of the example.
fn value(wanted: &str) -> Vec<u8> {
    let found = recorded_values("transfer_keys").into_iter().find(|(name, _)| name == wanted);
    found.expect("a value of the example").1
}

/// What opens the connections.
fn ticket() -> Ticket {
    let secret = value("secret").try_into().expect("32 bytes");
    Ticket { id: ID, secret: TransferSecret(secret), frame_len: FrameLen::Short }
}

/// The stream of the folder: a file, a folder, and a file in it.
fn folder() -> Vec<u8> {
    let mut stream = Vec::new();
    let mut add = |path: &str, modified, mode, content: Option<&[u8]>| {
        let kind = content.map_or(EntryKind::Folder, |bytes| EntryKind::File { length: bytes.len() as u64 });
        let path = EntryPath::new(path.as_bytes()).unwrap();
        let entry = Entry { kind, attributes: Attributes::new(modified, mode), path };
        let mut head = [0; Entry::LEN_MAX];
        let len = entry.emit(&mut head);
        stream.extend_from_slice(&head[..len]);
        stream.extend_from_slice(content.unwrap_or_default());
    };
    add("a.txt", NOON - 1, 0o644, Some(b"hello\n"));
    add("b", NOON, 0o755, None);
    add("b/c", -1, 0o600, Some(b""));
    stream
}

/// What either end has of the stream.
struct Memory {
    bytes: Vec<u8>,
    at: usize,
}

impl Memory {
    fn of(bytes: Vec<u8>) -> Self {
        Self { bytes, at: 0 }
    }
}

impl Source for Memory {
    fn seek(&mut self, offset: u64) -> Result<(), Close> {
        self.at = usize::try_from(offset).unwrap();
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
        Ok(())
    }
}

impl Sink for Memory {
    fn write(&mut self, bytes: &[u8]) -> Result<(), Close> {
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    fn mark(&mut self, _: Mark) -> Result<(), Close> {
        Ok(())
    }

    fn retreat(&mut self) -> Result<Chain, Close> {
        self.bytes.clear();
        Ok(Chain::default())
    }

    fn finish(&mut self) -> Result<(), Close> {
        Ok(())
    }
}

fn chain_of(bytes: &[u8]) -> Chain {
    let mut chain = Chain::default();
    chain.update(bytes);
    chain
}

/// The handshake: both ends of the connection, the one that dials first.
fn opened<A: Aead>(recording: &mut Recording) -> (Opened<A>, Opened<A>) {
    let mut outgoing = Outgoing::<A>::new(START, &ticket(), initiator_entropy());
    let mut acceptor = Acceptor::new(START, HERE, responder_entropy());
    let mut hello = recording.polled('>', &mut outgoing, START);
    let event = acceptor.handle_frame(START, &mut hello);
    assert!(matches!(event, Some(AcceptorEvent::Asked(asked)) if ticket().is_for(&asked, A::SUITE)));
    let Ok((mut incoming, None)) = Incoming::<A>::of_acceptor(acceptor, START, &ticket()) else {
        panic!("refused")
    };
    let mut hello = recording.polled('<', &mut incoming, START);
    assert_eq!(outgoing.handle_frame(START, &mut hello), None);
    let mut credentials = recording.polled('>', &mut outgoing, START);
    assert_eq!(incoming.handle_frame(START, &mut credentials), None);
    let mut welcome = recording.polled('<', &mut incoming, START);
    assert_eq!(outgoing.handle_frame(START, &mut welcome), None);
    let (Ok(outgoing), Ok(incoming)) = (outgoing.into_opened(), incoming.into_opened()) else {
        panic!("the secret is wrong")
    };
    (outgoing, incoming)
}

/// Stores the stream, once it is whole.
fn store(receiver: &mut impl Machine) {
    while receiver.deadline().is_some_and(|deadline| deadline <= START) {
        receiver.handle_timeout(START);
    }
}

/// Both ends exchange all that is recorded: what the receiver then has. `sends` is the direction of what the sender says.
fn transfer<A: Aead>(mut recording: Recording, sends: char, stream: Vec<u8>, has: Vec<u8>) -> Vec<u8> {
    let (outgoing, incoming) = opened::<A>(&mut recording);
    let (sender, receiver) = if sends == '>' { (outgoing, incoming) } else { (incoming, outgoing) };
    let mut sender = Sender::new(START, sender, stream.len() as u64, Chain::default());
    let mut receiver = Receiver::new(receiver, stream.len() as u64, chain_of(&has));
    let (mut source, mut sink) = (Memory::of(stream), Memory::of(has));
    let mut stored = false;
    while let Some(way) = recording.way() {
        store(&mut receiver.at(&mut sink));
        if way == sends {
            let mut frame = recording.polled(way, &mut sender.at(&mut source), START);
            receiver.at(&mut sink).handle_frame(START, &mut frame);
        } else {
            let mut frame = recording.polled(way, &mut receiver.at(&mut sink), START);
            let event = sender.at(&mut source).handle_frame(START, &mut frame);
            stored |= event == Some(SenderEvent::Stored);
            let reads_proof = event.is_none();
            assert!(!reads_proof || !sender.at(&mut source).poll_frame(START, &mut frame));
        }
    }
    assert!(stored, "it is not whole");
    sink.bytes
}

#[test]
fn a_folder_of_which_the_beginning_is_wrong() {
    let (stream, open) = (folder(), || Recording::open("transfer"));
    let has = || [&stream[..19], b"?"].concat();
    assert_eq!(transfer::<Portable>(open(), '>', stream.clone(), has()), stream);
    #[cfg(feature = "ring")]
    assert_eq!(transfer::<p2pm_host::suite::Ring>(open(), '>', stream.clone(), has()), stream);
}

#[cfg(feature = "ring")]
#[test]
fn a_file_that_goes_on_in_aes() {
    let recording = Recording::open("transfer_aes");
    let has = FILE[..5].to_vec();
    assert_eq!(transfer::<p2pm_host::suite::Aes>(recording, '<', FILE.to_vec(), has), FILE);
}

#[test]
fn the_values_behind_transfers() {
    assert_eq!(value("id"), ID.0);
    // The handshake of the recording has shown that it is right.
    let hello = Recording::open("transfer").next().plain;
    assert_eq!(value("marker"), &hello[HEADER_LEN + HELLO_LEN..][..MARKER_LEN]);
    let piece: Vec<_> = (0..=PIECE_LEN).map(|at| u8::try_from(at % 251).unwrap()).collect();
    let (_, whole) = piece.split_last().expect("it is not empty");
    for (name, bytes) in
        [("H_folder", &*folder()), ("H_file", FILE), ("H_piece", whole), ("H_piece_and_one", &piece)]
    {
        assert_eq!(value(name), chain_of(bytes).extent().hash, "{name}");
    }
}
