//! Overhead of the sealed suite over its AEAD, with each implementation.

use std::hint::black_box;

use chacha20poly1305::aead::{AeadInOut, KeyInit};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use p2pm_core::limits::{FRAME_LEN, HELLO_LEN, PLAIN_LEN};
use p2pm_core::suite::aead::{Aead, NONCE_LEN, Portable};
use p2pm_core::suite::{Hellos, Initiator, Protection, Responder, SealedWith, Suite, Verified};
use p2pm_core::wire::Frame;
use p2pm_host::suite::Ring;
use ring::aead::{self, Aad, CHACHA20_POLY1305, LessSafeKey, UnboundKey};

use crate::line::entropy;
use crate::node::password;
use crate::sampler::{Subject, medians};
use crate::table::{heading, row};

const ROUNDS: usize = 501;
const FRAMES: u32 = 100;

/// Measures and prints.
pub fn report() {
    heading(
        "Sealed frame",
        "1024 bytes sealed and opened in place; beside encrypting and decrypting the same bytes with one key of each library",
    );
    let (mut portable, mut fast) = (Suited::<Portable>::new(), Suited::<Ring>::new());
    let (mut with_crates, mut with_ring): (Frame, Frame) = ([b'x'; FRAME_LEN], [b'x'; FRAME_LEN]);
    let cipher = ChaCha20Poly1305::new(&Key::from([1; 32]));
    let key = LessSafeKey::new(UnboundKey::new(&CHACHA20_POLY1305, &[1; 32]).expect("32 bytes"));
    let times = medians(
        ROUNDS,
        [
            Subject::repeated(FRAMES, || cross_crates(&cipher, black_box(&mut with_crates))),
            Subject::repeated(FRAMES, || portable.cross()),
            Subject::repeated(FRAMES, || cross_ring(&key, black_box(&mut with_ring))),
            Subject::repeated(FRAMES, || fast.cross()),
        ],
    );
    print(times);
}

fn print([bare_crates, portable, bare_ring, fast]: [f64; 4]) {
    row("bare, of the crate chacha20poly1305", bare_crates, "");
    row("sealed, on any processor", portable, &beside(portable, bare_crates, 1.2));
    row("bare, of ring", bare_ring, "");
    row("sealed, on Linux", fast, &beside(fast, bare_ring, 1.2));
}

fn beside(ours: f64, bare: f64, bound: f64) -> String {
    format!("{:.2} times bare (bound: at most {bound})", ours / bare)
}

/// Both ends of a connection, and a frame in flight.
struct Suited<A: Aead> {
    sender: <SealedWith<A> as Suite>::Keys,
    receiver: <SealedWith<A> as Suite>::Keys,
    frame: Frame,
}

impl<A: Aead> Suited<A> {
    fn new() -> Self {
        let hellos = Hellos { initiator: [1; HELLO_LEN], responder: [2; HELLO_LEN] };
        let responder = <SealedWith<A> as Suite>::Responder::new(&hellos, &[], &password(), &entropy());
        let responder = responder.expect("no share, as there should be");
        let share = responder.share();
        let initiator = <SealedWith<A> as Suite>::Initiator::new(&hellos, share, &password(), &entropy());
        let mut initiator = initiator.expect("a share");
        let verified = responder.verify(&hellos, initiator.credentials(), &password());
        let mut verified = verified.unwrap_or_else(|_| panic!("the same password"));
        let sender = initiator.finish(verified.welcome()).unwrap_or_else(|_| panic!("the same password"));
        Self { sender, receiver: verified.finish(), frame: [b'x'; FRAME_LEN] }
    }

    fn cross(&mut self) {
        self.sender.seal(black_box(&mut self.frame));
        self.receiver.open(black_box(&mut self.frame)).expect("sealed by the other side");
    }
}

/// Encrypts and decrypts a frame without its trailer.
fn cross_crates(cipher: &ChaCha20Poly1305, frame: &mut Frame) {
    let nonce = Nonce::from(black_box([1; NONCE_LEN]));
    let (plain, _) = frame.split_at_mut(PLAIN_LEN);
    let tag = cipher.encrypt_inout_detached(&nonce, &[], plain.into()).expect("short enough");
    let (plain, _) = black_box(frame).split_at_mut(PLAIN_LEN);
    cipher.decrypt_inout_detached(&nonce, &[], plain.into(), &black_box(tag)).expect("its own tag");
}

fn cross_ring(key: &LessSafeKey, frame: &mut Frame) {
    let nonce = || aead::Nonce::assume_unique_for_key(black_box([1; NONCE_LEN]));
    let (plain, _) = frame.split_at_mut(PLAIN_LEN);
    let tag = key.seal_in_place_separate_tag(nonce(), Aad::empty(), plain).expect("short enough");
    let (plain, _) = black_box(frame).split_at_mut(PLAIN_LEN);
    key.open_in_place_separate_tag(nonce(), Aad::empty(), black_box(tag), plain, 0..).expect("its own tag");
}
