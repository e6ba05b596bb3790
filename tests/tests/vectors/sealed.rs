//! Frames of the sealed recording against the suite alone: each sealed frame is the encryption of its plain form,
//! with each AEAD implementation.

use p2pm_core::limits::HELLO_LEN;
use p2pm_core::suite::aead::{Aead, Portable};
use p2pm_core::suite::{Hellos, Initiator, Protection, Responder, SealedWith, Suite, Verified};
use p2pm_core::wire::{Frame, Message};

use crate::recording::Recording;
use crate::{initiator_entropy, password, responder_entropy};

type Keys<A> = <SealedWith<A> as Suite>::Keys;

fn hello(frame: &Frame) -> [u8; HELLO_LEN] {
    let Ok(Message::Hello(hello)) = Message::parse(frame) else { panic!("no Hello") };
    hello.to_bytes()
}

/// The keys of both sides, the initiator's first.
fn keys<A: Aead>(hellos: &Hellos) -> [Keys<A>; 2] {
    let password = password("barbeau");
    let responder = <SealedWith<A> as Suite>::Responder::new(hellos, &[], &password, &responder_entropy());
    let responder = responder.expect("a Hello without a share");
    let share = responder.share();
    let initiator = <SealedWith<A> as Suite>::Initiator::new(hellos, share, &password, &initiator_entropy());
    let mut initiator = initiator.expect("a share that is a point");
    let Ok(mut verified) = responder.verify(hellos, initiator.credentials(), &password) else {
        panic!("a wrong password")
    };
    let Ok(keys) = initiator.finish(verified.welcome()) else { panic!("a wrong confirmation") };
    [keys, verified.finish()]
}

#[test]
fn what_travels_is_the_plain_frame_sealed() {
    check::<Portable>();
    #[cfg(feature = "ring")]
    check::<p2pm_host::suite::Ring>();
}

fn check<A: Aead>() {
    let mut recording = Recording::open("sealed");
    let [initiators, responders, _, _] = [(); 4].map(|()| recording.next());
    let hellos = Hellos { initiator: hello(&initiators.plain), responder: hello(&responders.plain) };
    let [mut initiator, mut responder] = keys::<A>(&hellos);
    for _ in 0..3 {
        let mut recorded = recording.next();
        let keys = if recorded.way == '>' { &mut initiator } else { &mut responder };
        keys.seal(&mut recorded.plain);
        assert_eq!(&recorded.plain, recorded.sent());
    }
    recording.finish();
}
