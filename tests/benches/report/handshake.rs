//! Overhead of a sealed handshake over its scalar multiplications.

use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr};

use curve25519_dalek::ristretto::{CompressedRistretto, RistrettoPoint};
use curve25519_dalek::scalar::Scalar;
use p2pm_core::channel::Machine;
use p2pm_core::chat::{Callee, Caller, CallerEvent};
use p2pm_core::door::Door;
use p2pm_core::suite::Sealed;
use p2pm_core::time::Instant;
use p2pm_core::wire::{EMPTY_FRAME, Turns};

use crate::line::entropy;
use crate::node::password;
use crate::sampler::{Subject, medians};
use crate::table::{heading, row};

const ROUNDS: usize = 501;

/// Measures and prints.
pub fn report() {
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

/// `scalar_mult` of CPace.
fn share(point: &RistrettoPoint, scalar: &Scalar) {
    black_box((black_box(point) * scalar).compress());
}

/// `scalar_mult_vfy` of CPace.
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
