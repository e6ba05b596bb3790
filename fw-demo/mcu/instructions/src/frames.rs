//! Cost of frames, sealed by one side and opened by the other.

use p2pm_core::suite::{Entropy, Hellos, Initiator, Protection, Responder, Suite, Verified};
use p2pm_core::wire::{ChatMessage, Frame, Hello, Message, Service, Text};
use p2pm_mcu::clock::Clock;

use crate::cost::instructions_of;
use crate::inputs::{entropy, password};

const COUNT: usize = 16;

/// Enough frames that one clock cycle makes little difference.
pub type Frames = [Frame; COUNT];

/// Instructions to seal a frame, and to open one.
pub fn cost_of_frames<S: Suite>(clock: &Clock, frames: &mut Frames) -> Option<(u64, u64)> {
    let text = Message::Chat(ChatMessage::Text(Text::new("the text of a message")?));
    for frame in &mut *frames {
        text.emit(frame);
    }
    let [mut sender, mut receiver] = keys::<S>()?;
    let ((), sealing) = instructions_of(clock, || frames.iter_mut().for_each(|frame| sender.seal(frame)));
    let (opened, opening) =
        instructions_of(clock, || frames.iter_mut().all(|frame| receiver.open(frame).is_ok()));
    let arrived = opened && frames.iter().all(|frame| Message::parse(frame).as_ref() == Ok(&text));
    arrived.then_some((sealing / COUNT as u64, opening / COUNT as u64))
}

/// The keys of both sides of a connection.
fn keys<S: Suite>() -> Option<[S::Keys; 2]> {
    let password = password().ok()?;
    let [ours, theirs] = [1, 2].map(entropy);
    let hello = |side: &Entropy| Hello::new(S::ID, Service::Chat, side.public()).to_bytes();
    let hellos = Hellos { initiator: hello(&ours), responder: hello(&theirs) };
    let responder = S::Responder::new(&hellos, &[], &password, &theirs).ok()?;
    let mut initiator = S::Initiator::new(&hellos, responder.share(), &password, &ours).ok()?;
    let mut verified = responder.verify(&hellos, initiator.credentials(), &password).ok()?;
    Some([initiator.finish(verified.welcome()).ok()?, verified.finish()])
}
