//! Invalid and almost valid frames during a conversation.

use embedded_nal::{TcpClientStack, TcpFullStack};
use p2pm_tests::device::ip;
use p2pm_tests::ethernet::{FRAME_MAX, Frame};
use p2pm_tests::frames::segment;
use p2pm_tests::random::Random;
use smoltcp::wire::{Ipv4Packet, TcpControl, TcpPacket, TcpRepr, TcpSeqNumber};

use crate::hosts::{Hosts, Lan, PORT, SECOND, SOCKETS, listening_address};

/// A copy of the last frame sent with some bytes, or its length, changed.
fn mutant(random: &mut Random, original: &Frame) -> Frame {
    let mut bytes = original.bytes().to_vec();
    bytes.resize(bytes.len().max(60), 0);
    for _ in 0..random.between(0..=4) {
        // Only the headers are interpreted.
        let index = random.between(0..=bytes.len().min(80) - 1);
        bytes[index] = match random.between(0..=2) {
            0 => bytes[index] ^ (1 << random.between(0..=7)),
            1 => random.bytes::<1>()[0],
            _ => random.pick(&[0, 1, 0x7F, 0x80, 0xFF]),
        };
    }
    match random.between(0..=9) {
        0 => bytes.truncate(random.between(0..=bytes.len())),
        1 => bytes.resize(random.between(bytes.len()..=FRAME_MAX), 0xA5),
        _ => {}
    }
    if random.chance(80) {
        mend(&mut bytes);
    }
    Frame::new(&bytes)
}

/// One end of the last segment, and what the other expects next.
struct End {
    host: u8,
    port: u16,
    peer_port: u16,
    /// Sequence number that the peer would send next, and the one that it waits for.
    near: (i32, i32),
}

/// The end to be fooled: the sender of this frame, or its receiver.
fn end_of(random: &mut Random, last: &Frame) -> Option<End> {
    let segment = TcpPacket::new_checked(last.bytes().get(34..)?).ok()?;
    let (from, to) = (segment.src_port(), segment.dst_port());
    let next = segment.seq_number().0.wrapping_add(i32::try_from(segment.segment_len()).ok()?);
    let awaited = segment.ack_number().0;
    let host = |port| u8::from(port != PORT);
    Some(if random.chance(50) {
        End { host: host(from), port: from, peer_port: to, near: (awaited, next) }
    } else {
        End { host: host(to), port: to, peer_port: from, near: (next, awaited) }
    })
}

/// A segment that fits a connection, with other content.
fn stray(random: &mut Random, end: &End) -> Frame {
    let payload = [0x5A; 1400];
    let controls = [TcpControl::None, TcpControl::Psh, TcpControl::Syn, TcpControl::Fin, TcpControl::Rst];
    let offsets =
        [0, 0, 0, 1, 2, 536, 1460, 2048, 65_535, i32::MAX, i32::MAX - 1, i32::MIN, -1, -2, -1460, -65_536];
    let mut number = |near: i32| TcpSeqNumber(near.wrapping_add(random.pick(&offsets)));
    let (seq_number, ack) = (number(end.near.0), number(end.near.1));
    let len = random.pick(&[0, 0, 0, 1, 5, 536, 1400]);
    segment(
        ip(1 - end.host),
        end.host,
        &TcpRepr {
            src_port: end.peer_port,
            dst_port: end.port,
            control: random.pick(&controls),
            seq_number,
            ack_number: random.chance(90).then_some(ack),
            window_len: random.pick(&[0, 1, 100, 1000, 65_535]),
            window_scale: random.chance(20).then(|| random.pick(&[0, 1, 14])),
            max_seg_size: random.chance(20).then(|| random.pick(&[0, 1, 48, 65_535])),
            sack_permitted: random.chance(20),
            sack_ranges: [random.chance(10).then_some((1, 2)), None, None],
            timestamp: None,
            payload: &payload[..len],
        },
    )
}

/// Conversations one after the other, with a frame made by `forge` between any two steps.
fn disturb(seed: u64, forge: impl Fn(&mut Random, &Frame) -> Frame) {
    let mut random = Random::new(seed);
    let mut lan = Lan::with_seed(2, seed);
    let mut listener = lan.listen();
    for _ in 0..8 {
        let mut caller = lan.stacks[1].socket().unwrap();
        let mut accepted = None;
        for _ in 0..random.between(0..=40) {
            // The results are ignored: the connection may be gone.
            _ = lan.stacks[1].connect(&mut caller, listening_address());
            _ = lan.stacks[1].send(&mut caller, &[1; 3000][..random.between(1..=3000)]);
            accepted = accepted.or_else(|| lan.stacks[0].accept(&mut listener).ok());
            if let Some((socket, _)) = &mut accepted {
                _ = lan.stacks[0].send(socket, &[2; 100]);
                if random.chance(70) {
                    _ = lan.hear(0, socket);
                }
            }
            for _ in 0..random.between(0..=5) {
                lan.ethernet.inject(&forge(&mut random, &lan.ethernet.last()));
                if random.chance(50) {
                    lan.run_until_idle();
                }
            }
            lan.pass(random.millis(0..=3000));
        }
        lan.close(1, caller);
        if let Some((socket, _)) = accepted {
            lan.close(0, socket);
        }
    }
    lan.close(0, listener);
    lan.pass_all(SECOND * 120);
    assert_eq!(lan.free(), [SOCKETS; 2]);

    // The stack still works.
    let mut listener = lan.listen();
    let mut caller = lan.call();
    let mut accepted = lan.accept(&mut listener).unwrap();
    lan.tell((1, &mut caller), (0, &mut accepted), b"as if nothing had happened");
}

#[test]
fn mutants_of_real_frames_do_no_harm() {
    for seed in 0..150 {
        disturb(seed, mutant);
    }
}

#[test]
fn segments_that_almost_fit_do_no_harm() {
    for seed in 0..150 {
        disturb(seed, |random, last| match end_of(random, last) {
            Some(end) => stray(random, &end),
            None => mutant(random, last),
        });
    }
}

#[test]
fn noise_does_no_harm() {
    let mut random = Random::new(1);
    let mut lan = Lan::new(2);
    for _ in 0..20_000 {
        let len = random.between(0..=100);
        let mut bytes: Vec<u8> = (0..len).map(|_| random.bytes::<1>()[0]).collect();
        if random.chance(80) && len > 24 {
            bytes[..6].fill(0xFF);
            bytes[12..14].copy_from_slice(random.pick(&[&[8, 0], &[8, 6]]));
            bytes[14] = 0x45;
            mend(&mut bytes);
        }
        lan.ethernet.inject(&Frame::new(&bytes));
        lan.run_until_idle();
    }
}

/// Corrects the checksums of a frame, if it has any: a frame with wrong ones is dropped early.
fn mend(frame: &mut [u8]) {
    let Some(packet) = frame.get_mut(14..) else { return };
    let Ok(mut packet) = Ipv4Packet::new_checked(packet) else { return };
    packet.fill_checksum();
    let (from, to) = (packet.src_addr().into(), packet.dst_addr().into());
    if let Ok(mut segment) = TcpPacket::new_checked(packet.payload_mut()) {
        segment.fill_checksum(&from, &to);
    }
}
