//! Frames, sealed by one side and opened by the other.

use p2pm_core::suite::{Entropy, Hellos, Initiator, Protection, Responder, Suite, Verified};
use p2pm_core::wire::{Frame, Hello, Message, Service, Text};

use crate::cost::instructions_of;
use crate::{entropy, password};

const COUNT: u16 = 16;

/// Enough of them that a tick of the timer makes little difference.
pub type Frames = [Frame; COUNT as usize];

/// How many instructions it takes to seal a frame, and to open one.
pub fn cost_of_frames<S: Suite>(frames: &mut Frames) -> Option<(u32, u32)> {
    let text = Message::Text(Text::new("the text of a message")?);
    for frame in &mut *frames {
        text.emit(frame);
    }
    let [mut sender, mut receiver] = keys::<S>()?;
    let ((), sealing) = instructions_of(|| frames.iter_mut().for_each(|frame| sender.seal(frame)));
    let (opened, opening) = instructions_of(|| frames.iter_mut().all(|frame| receiver.open(frame).is_ok()));
    let arrived = opened && frames.iter().all(|frame| Message::parse(frame).as_ref() == Ok(&text));
    arrived.then_some((sealing / u32::from(COUNT), opening / u32::from(COUNT)))
}

/// The keys of both sides of a connection.
fn keys<S: Suite>() -> Option<[S::Keys; 2]> {
    let password = password().ok()?;
    let [ours, theirs] = [1, 2].map(entropy);
    let hello = |side: &Entropy| Hello::new(S::ID, Service::Chat, side.public()).to_bytes();
    let hellos = Hellos { initiator: hello(&ours), responder: hello(&theirs) };
    let responder = S::Responder::new(&hellos, &[], &password, &theirs).ok()?;
    let mut initiator = S::Initiator::new(&hellos, responder.share(), &password, &ours).ok()?;
    let mut verified = responder.verify(initiator.credentials(), &password).ok()?;
    Some([initiator.finish(verified.welcome()).ok()?, verified.finish()])
}
