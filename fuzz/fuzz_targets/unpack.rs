//! The stream of a folder: whatever it is, it is taken apart in the same way however it is cut, also by one who goes on from a
//! saved state; and what is a state at all is saved as the same again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use p2pm_core::error::Fault;
use p2pm_core::transfer::{Unpacked, Unpacker};
use p2pm_core::wire::{Entry, EntryKind};
use p2pm_host::config::profile::Document;
use p2pm_host::transfer::disk::State;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(state) = State::parse(bytes) {
        let mut written = Vec::new();
        state.write(&mut written).expect("a document can be written");
        assert_eq!(State::parse(&written).as_ref(), Ok(&state));
        _ = state.parts();
    }
    if let Ok(unpacker) = Unpacker::restore(bytes) {
        assert_eq!(save(&unpacker), bytes);
    }
    let Some((cut, stream)) = bytes.split_first() else { return };
    let mut whole = Vec::new();
    let at_once = unpack(&mut Unpacker::default(), stream, &mut whole);
    let (mut unpacker, mut in_parts) = (Unpacker::default(), Vec::new());
    let result = stream.chunks(usize::from(*cut).max(1)).try_for_each(|part| {
        unpack(&mut unpacker, part, &mut in_parts)?;
        unpacker = Unpacker::restore(&save(&unpacker)).expect("it was saved");
        Ok(())
    });
    assert_eq!((at_once, whole), (result, in_parts));
});

fn save(unpacker: &Unpacker) -> Vec<u8> {
    let mut saved = [0; Unpacker::SAVED_LEN_MAX];
    let len = unpacker.save(&mut saved);
    saved[..len].to_vec()
}

/// Adds what is unpacked, as the stream that it was.
fn unpack(unpacker: &mut Unpacker, mut stream: &[u8], to: &mut Vec<u8>) -> Result<(), Fault> {
    while let Some(unpacked) = unpacker.unpack(&mut stream)? {
        match unpacked {
            Unpacked::Entry(entry) => {
                let mut head = [0; Entry::LEN_MAX];
                let len = entry.emit(&mut head);
                assert_eq!((len, Entry::parse(&head[..len])), (entry.head_len(), Ok(entry)));
                assert!(entry.path.labels().all(|label| !matches!(label, "" | "." | "..")));
                assert!(entry.kind != EntryKind::Folder || entry.kind.length() == 0);
                to.extend_from_slice(&head[..len]);
            }
            Unpacked::Content(content) => to.extend_from_slice(content),
        }
    }
    assert!(stream.is_empty());
    Ok(())
}
