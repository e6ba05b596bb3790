//! Cost of a text through the codec, compared with a copy of as many bytes.

use std::hint::black_box;

use p2pm_core::limits::TEXT_MAX;
use p2pm_core::suite::{Protection, Xor};
use p2pm_core::wire::{ChatMessage, EMPTY_FRAME, Frame, Message, Text};

use crate::sampler::{Subject, medians};
use crate::table::{heading, row};

const ROUNDS: usize = 1001;
const OPERATIONS: u32 = 1000;

/// Measures and prints.
pub fn report() {
    heading(
        "Frame",
        "a text of 1000 bytes: emit, seal (xor), open (xor), parse; beside a copy of 1024 bytes",
    );
    let text = "what one frame holds".repeat(TEXT_MAX / 20);
    let (mut from, mut to, mut frame): (Frame, Frame, Frame) = ([b'x'; 1024], EMPTY_FRAME, EMPTY_FRAME);
    let [copy, codec] = medians(
        ROUNDS,
        [
            Subject::repeated(OPERATIONS, || to.copy_from_slice(black_box(black_box(&mut from).as_slice()))),
            Subject::repeated(OPERATIONS, || cross(black_box(&text), &mut frame)),
        ],
    );
    row("copy", copy, "");
    row("emit + seal + open + parse", codec, &format!("{:.1} times the copy", codec / copy));
}

fn cross(text: &str, frame: &mut Frame) {
    Message::Chat(ChatMessage::Text(Text::new(text).expect("short enough"))).emit(black_box(frame));
    Xor.seal(black_box(frame));
    Xor.open(black_box(frame)).expect("an empty trailer");
    assert!(matches!(black_box(Message::parse(frame)), Ok(Message::Chat(ChatMessage::Text(_)))));
}
