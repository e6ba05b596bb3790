//! Defects of smoltcp that it must be protected from: see `fw-demo/src/net/guard.rs`. The peer here is
//! forged.

use embedded_nal::TcpClientStack;
use p2pm_fw::app::Network;
use p2pm_fw::net::Socket;
use p2pm_tests::device::ip;
use p2pm_tests::frames::segment;
use smoltcp::wire::{TcpControl, TcpPacket, TcpRepr, TcpSeqNumber};

use crate::hosts::{Hosts, Lan, PORT, SECOND, SOCKETS};

const PEER_PORT: u16 = 4000;

/// Distances of sequence numbers: about half of the sequence space.
const FAR: [i32; 7] = [i32::MAX, i32::MAX - 1, i32::MIN, i32::MIN + 1, i32::MAX - 2048, 1 << 30, -(1 << 30)];

/// A peer that sends invalid segments in the name of host 1, which does not take part.
struct Forger {
    lan: Lan,
    listener: Socket,
    /// The sequence number that it sends next, and the one that it acknowledges.
    seq: i32,
    ack: i32,
    window: u16,
}

impl Forger {
    /// A forger whose Ethernet address the listening host knows already.
    fn new() -> Self {
        let mut lan = Lan::new(2);
        let mut listener = lan.listen();
        let caller = lan.call();
        let accepted = lan.accept(&mut listener).unwrap();
        lan.close(1, caller);
        lan.close(0, accepted);
        lan.run_until_idle();
        Self { lan, listener, seq: 1000, ack: 0, window: 1000 }
    }

    /// Sends a segment, which waits at the host.
    fn say(&mut self, control: TcpControl, payload: &[u8]) {
        let tcp = TcpRepr {
            src_port: PEER_PORT,
            dst_port: PORT,
            control,
            seq_number: TcpSeqNumber(self.seq),
            ack_number: (control != TcpControl::Syn).then_some(TcpSeqNumber(self.ack)),
            window_len: self.window,
            window_scale: None,
            max_seg_size: None,
            sack_permitted: control == TcpControl::Syn,
            sack_ranges: [None; 3],
            timestamp: None,
            payload,
        };
        let len = i32::try_from(tcp.segment_len()).unwrap();
        self.lan.ethernet.inject(&segment(ip(1), 0, &tcp));
        self.seq = self.seq.wrapping_add(len);
    }

    /// Has the host process all segments, and records its last answer, if there is one.
    fn poll(&mut self) {
        let (now, sent) = (self.lan.now(), self.lan.ethernet.sent());
        self.lan.stacks[0].poll(now);
        if self.lan.ethernet.sent() == sent {
            return;
        }
        let frame = self.lan.ethernet.last();
        let answer = TcpPacket::new_checked(&frame.bytes()[34..]).unwrap();
        let len = i32::try_from(answer.segment_len()).unwrap();
        self.ack = answer.seq_number().0.wrapping_add(len);
    }

    fn connect(&mut self) -> Socket {
        self.say(TcpControl::Syn, &[]);
        self.poll();
        self.say(TcpControl::None, &[]);
        self.poll();
        self.lan.accept(&mut self.listener).unwrap()
    }
}

#[test]
fn a_caller_is_not_measured_by_the_one_before() {
    for isn in FAR {
        for offset in FAR.into_iter().chain([0, 1, -1]) {
            let mut forger = Forger::new();
            forger.say(TcpControl::Syn, &[]);
            forger.poll();
            forger.say(TcpControl::Rst, &[]);
            forger.seq = forger.seq.wrapping_add(isn);
            forger.say(TcpControl::Syn, &[]);
            forger.seq = forger.seq.wrapping_add(offset);
            forger.say(TcpControl::None, &[1; 100]);
            forger.say(TcpControl::Rst, &[]);
            forger.poll();
        }
    }
}

#[test]
fn nothing_follows_the_end_of_a_full_window() {
    for offset in FAR {
        for (control, len) in [(TcpControl::None, 0), (TcpControl::Rst, 0), (TcpControl::None, 100)] {
            let mut forger = Forger::new();
            let mut accepted = forger.connect();
            forger.say(TcpControl::None, &[1; 1024]);
            forger.say(TcpControl::Fin, &[1; 1024]);
            let end = forger.seq;
            forger.seq = end.wrapping_add(offset);
            forger.say(control, &[2; 100][..len]);
            forger.poll();
            // And if it arrives late.
            forger.seq = end.wrapping_add(offset);
            forger.say(control, &[2; 100][..len]);
            forger.poll();
            assert_eq!(forger.lan.hear(0, &mut accepted).unwrap(), [1; 2048]);
            assert_eq!(forger.lan.hear(0, &mut accepted).unwrap(), [0_u8; 0]);
        }
    }
}

#[test]
fn what_was_lost_before_the_end_is_still_taken_in() {
    let mut forger = Forger::new();
    let mut accepted = forger.connect();
    let begin = forger.seq;
    forger.say(TcpControl::Fin, b"all there is");
    forger.poll();
    // The acknowledgement was lost.
    let (sent, seq) = (forger.lan.ethernet.sent(), forger.seq);
    forger.seq = begin;
    forger.say(TcpControl::Fin, b"all there is");
    forger.poll();
    assert_eq!(forger.lan.ethernet.sent(), sent + 2, "it is acknowledged again");
    assert_eq!(forger.seq, seq);
    assert_eq!(forger.lan.hear(0, &mut accepted).unwrap(), b"all there is");
}

#[test]
fn a_peer_without_a_window_that_has_everything_is_let_go() {
    let mut forger = Forger::new();
    let mut accepted = forger.connect();
    forger.window = 0;
    forger.say(TcpControl::None, &[1]);
    forger.poll();
    forger.lan.stacks[0].send(&mut accepted, b"0123456789").unwrap();
    forger.lan.close(0, accepted);
    forger.ack = forger.ack.wrapping_add(11);
    forger.say(TcpControl::None, &[1]);
    let listener = forger.listener;
    let mut lan = forger.lan;
    lan.ethernet.cut(1, true);
    let sent = lan.ethernet.sent();
    lan.pass_all(SECOND * 20);
    assert!(lan.ethernet.sent() - sent < 20, "{} frames", lan.ethernet.sent() - sent);
    lan.close(0, listener);
    lan.run_until_idle();
    assert_eq!(lan.free()[0], SOCKETS);
}
