//! What the sealed suite adds to the cryptography that it is made of.

use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr};

use chacha20poly1305::aead::{AeadInOut, KeyInit};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use curve25519_dalek::ristretto::{CompressedRistretto, RistrettoPoint};
use curve25519_dalek::scalar::Scalar;
use p2pm_core::channel::Machine;
use p2pm_core::chat::{Callee, Caller, CallerEvent};
use p2pm_core::door::Door;
use p2pm_core::limits::{FRAME_LEN, HELLO_LEN, PLAIN_LEN};
use p2pm_core::suite::{Hellos, Initiator, Protection, Responder, Sealed, Suite, Verified};
use p2pm_core::time::Instant;
use p2pm_core::wire::{EMPTY_FRAME, Frame, Turns};

use crate::line::entropy;
use crate::node::password;
use crate::sampler::{Subject, medians};
use crate::table::{heading, row};

const ROUNDS: usize = 501;
const FRAMES: u32 = 100;

/// Measures and prints.
pub fn report() {
    report_frames();
    report_handshake();
}

fn report_frames() {
    heading(
        "Sealed frame",
        "1024 bytes sealed and opened in place; beside ChaCha20-Poly1305 of the same crate on the same bytes",
    );
    let [mut sender, mut receiver] = keys();
    let (mut bare, mut ours): (Frame, Frame) = ([b'x'; FRAME_LEN], [b'x'; FRAME_LEN]);
    let cipher = ChaCha20Poly1305::new(&Key::from([1; 32]));
    let mut number = 0;
    let [bare, ours] = medians(
        ROUNDS,
        [
            Subject::repeated(FRAMES, || {
                number += 1;
                cross(&cipher, number, black_box(&mut bare));
            }),
            Subject::repeated(FRAMES, || {
                sender.seal(black_box(&mut ours));
                receiver.open(black_box(&mut ours)).expect("sealed by the other side");
            }),
        ],
    );
    row("bare ChaCha20-Poly1305: encrypt, decrypt", bare, "");
    row("sealed: seal, open", ours, &format!("{:.2} of bare throughput (bound: at least 0.9)", bare / ours));
}

/// Encrypts and decrypts what a frame has room for beside the tag.
fn cross(cipher: &ChaCha20Poly1305, number: u64, frame: &mut Frame) {
    let mut nonce = Nonce::default();
    nonce[4..].copy_from_slice(&number.to_be_bytes());
    let (plain, _) = frame.split_at_mut(PLAIN_LEN);
    let tag = cipher.encrypt_inout_detached(&nonce, &[], plain.into()).expect("short enough");
    let (plain, _) = black_box(frame).split_at_mut(PLAIN_LEN);
    cipher.decrypt_inout_detached(&nonce, &[], plain.into(), &black_box(tag)).expect("its own tag");
}

/// The keys of both sides.
fn keys() -> [<Sealed as Suite>::Keys; 2] {
    let hellos = Hellos { initiator: [1; HELLO_LEN], responder: [2; HELLO_LEN] };
    let responder = <Sealed as Suite>::Responder::new(&hellos, &[], &password(), &entropy());
    let responder = responder.expect("no share, as there should be");
    let initiator = <Sealed as Suite>::Initiator::new(&hellos, responder.share(), &password(), &entropy());
    let mut initiator = initiator.expect("a share");
    let verified = responder.verify(initiator.credentials(), &password());
    let mut verified = verified.unwrap_or_else(|_| panic!("the same password"));
    let ours = initiator.finish(verified.welcome()).unwrap_or_else(|_| panic!("the same password"));
    [ours, verified.finish()]
}

fn report_handshake() {
    heading(
        "Sealed handshake",
        "both sides, from the first Hello to the Welcome; beside the arithmetic in the group that it needs",
    );
    let scalars = [7, 8].map(|byte| Scalar::from_bytes_mod_order_wide(&[byte; 64]));
    let hash = [9; 64];
    let point = RistrettoPoint::from_uniform_bytes(&hash);
    let encoded = point.compress();
    let each = |work: &dyn Fn(&Scalar)| scalars.iter().for_each(|scalar| work(black_box(scalar)));
    let times = medians(
        ROUNDS,
        [
            Subject::repeated(1, || {
                each(&|scalar| multiply(&point, scalar));
                each(&|scalar| multiply(&point, scalar));
            }),
            Subject::repeated(1, || {
                each(&|scalar| share(&point, scalar));
                each(&|scalar| meet(&encoded, scalar));
            }),
            Subject::repeated(1, || {
                each(&|scalar| share(&RistrettoPoint::from_uniform_bytes(black_box(&hash)), scalar));
                each(&|scalar| meet(&encoded, scalar));
            }),
            Subject::repeated(1, handshake),
        ],
    );
    print_handshake(times);
}

fn print_handshake([bare, encoded, group, ours]: [f64; 4]) {
    let times = |time: f64| format!("{:.2} times the four", time / bare);
    row("four scalar multiplications, points to points", bare, "");
    row("the same, to and from bytes (CPace's scalar_mult)", encoded, &times(encoded));
    row("the same, and both maps to the group", group, &times(group));
    row("handshake", ours, &format!("{} (bound: at most 1.3)", times(ours)));
    for (beside, time) in [("to and from bytes", encoded), ("with both maps", group)] {
        println!(
            "  {:<52} {:>10}",
            format!("  to the multiplications {beside}"),
            format!("{:.2}", ours / time)
        );
    }
}

fn multiply(point: &RistrettoPoint, scalar: &Scalar) {
    black_box(black_box(point) * scalar);
}

/// What CPace calls `scalar_mult`.
fn share(point: &RistrettoPoint, scalar: &Scalar) {
    black_box((black_box(point) * scalar).compress());
}

/// What CPace calls `scalar_mult_vfy`.
fn meet(encoded: &CompressedRistretto, scalar: &Scalar) {
    let point = black_box(encoded).decompress().expect("a point");
    black_box((point * scalar).compress());
}

fn handshake() {
    let now = Instant::default();
    let mut door = Door::new(password());
    let mut initiator = Caller::<Sealed>::new(now, password(), Turns::Linear, None, entropy());
    let mut responder = Callee::<Sealed>::new(now, IpAddr::V4(Ipv4Addr::LOCALHOST), entropy());
    let (mut frame, mut event) = (EMPTY_FRAME, None);
    for _ in 0..2 {
        assert!(initiator.poll_frame(now, &mut frame));
        assert!(responder.at(&mut door).handle_frame(now, &mut frame).is_none());
        assert!(responder.at(&mut door).poll_frame(now, &mut frame));
        event = initiator.handle_frame(now, &mut frame);
    }
    assert_eq!(event, Some(CallerEvent::Ringing), "it is let in");
}
