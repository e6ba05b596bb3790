//! Floods at a device in a circle. Whoever is linked with it does not notice, nothing is left of a flood, and then everything works as
//! before.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::Duration;

use embedded_nal::{TcpClientStack, nb};
use p2pm_core::discovery::{DEVICE_TYPE, Uuid};
use p2pm_core::limits::{DIAL_BACK_OFF_MAX, MAX_AGE, SSDP_PORT};
use p2pm_core::time::Instant;
use p2pm_fw::app::{Board, Clock, Polled, Role};
use p2pm_fw::net::{Error, Socket};
use p2pm_tests::device::{
    CIRCLE_PORT, Faults, GUEST, Large, Mesh, PASSPHRASE, Person, SOCKETS, Size, Virtual, identity, ip,
};
use p2pm_tests::ethernet::{Frame, address};
use p2pm_tests::frames::{GROUP, GROUP_HARDWARE, SEARCH, datagram, syn};
use p2pm_tests::random::Random;

use crate::gossip::Gossip;

/// Rounds of a flood, after each of which texts cross.
const ROUNDS: usize = 20;
/// Frames of a round.
const FRAMES: usize = 50;
/// Within which texts have crossed, and their receipts. Nothing is lost, so nobody waits for anything but the flood.
const AT_ONCE: Duration = Duration::from_secs(3);
/// Within which a device that is started again is linked: whoever was dialled in vain is dialled again.
const BOUND: Duration = DIAL_BACK_OFF_MAX.saturating_add(Duration::from_secs(10));
/// The device that is flooded, and others, who are linked with it.
const BOARD: usize = 0;
const NAMES: [&str; 2] = ["katie", "abdul"];
/// Ports of those who flood it, and a host without a port.
const SPARE: u8 = 4;
const NOBODY: u8 = 66;

/// A device withstands a flood, of which a round is told its number, with two others who are linked with it. They have these sizes.
/// `guests` of those who flood it are accepted, so it knows them from then on.
fn withstands([board, people]: [Size; 2], guests: usize, flood: impl Fn(&mut Mesh, usize, &mut Random)) {
    let cast = [("board", board), (NAMES[0], people), (NAMES[1], people)];
    let mut mesh = Mesh::new(5, &cast, SPARE, Faults::default());
    let mut random = Random::new(5);
    mesh.settle(Duration::from_secs(10));
    mesh.pass(MAX_AGE);
    let mut usage = mesh.usage();
    usage[BOARD].rows.contacts += guests;
    for round in 0..ROUNDS {
        flood(&mut mesh, round, &mut random);
        for from in 0..cast.len() {
            let to = (from + 1 + round % 2) % cast.len();
            mesh.say(from, Some(to), &format!("in round {round}"));
        }
        mesh.settle(AT_ONCE);
    }
    assert_eq!(mesh.departures(), 0);
    (cast.len()..mesh.stage.boards()).for_each(|number| mesh.stage.power_off(number));
    // Whoever is no longer there is forgotten.
    mesh.pass(MAX_AGE * 2);
    mesh.settle(AT_ONCE);
    assert_eq!(mesh.usage(), usage);
    mesh.stop(1);
    mesh.start(1);
    mesh.settle(BOUND);
}

fn withstand(flood: impl Fn(&mut Mesh, usize, &mut Random)) {
    for board in [Size::Small, Size::Large] {
        withstands([board, Size::Large], 0, &flood);
    }
}

fn inject(mesh: &mut Mesh, frames: impl Iterator<Item = Frame>) {
    for frame in frames {
        mesh.stage.ethernet.inject(&frame);
    }
    mesh.pass(Duration::ZERO);
}

fn to_group(from: u8, payload: &[u8]) -> Frame {
    let ends = (SocketAddrV4::new(ip(from), 40_000), SocketAddrV4::new(GROUP, SSDP_PORT));
    Frame::new(&datagram(address(NOBODY), GROUP_HARDWARE, ends, payload))
}

/// Number of a host that has no port.
fn nobody(random: &mut Random) -> u8 {
    u8::try_from(random.between(20..=250)).expect("a byte")
}

#[test]
fn searches() {
    withstand(|mesh, _, random| inject(mesh, (0..FRAMES).map(|_| to_group(nobody(random), SEARCH))));
}

/// A thousand forged nodes, which whoever hears of them dials in vain.
#[test]
fn announcements_of_nodes_that_are_not_there() {
    let flood = |mesh: &mut Mesh, _, random: &mut Random| {
        let announcement = |_| {
            let (id, port) = (Uuid::from_random(random.bytes()), random.between(1..=65_535));
            let text = format!(
                "NOTIFY * HTTP/1.1\r\nNTS: ssdp:alive\r\nNT: {DEVICE_TYPE}\r\nUSN: uuid:{id}::{DEVICE_TYPE}\r\n\
                 CACHE-CONTROL: max-age=1800\r\nPORT.P2PM.EXAMPLE: {port}\r\n\r\n"
            );
            to_group(nobody(random), text.as_bytes())
        };
        inject(mesh, (0..FRAMES).map(announcement));
    };
    for board in [Size::Small, Size::Middle] {
        withstands([board, Size::Middle], 0, flood);
    }
}

#[test]
fn halves_of_handshakes_of_tcp() {
    withstand(|mesh, _, random| {
        let segment = |_| {
            let from = Ipv4Addr::from(random.bytes());
            syn(from, u16::from_be_bytes(random.bytes()), CIRCLE_PORT)
        };
        inject(mesh, (0..FRAMES).map(segment));
    });
}

/// Somebody who opens connections and says nothing, and another one for each that is closed.
struct Crowd {
    sockets: Vec<Option<Socket>>,
    due: Instant,
}

type CrowdsBoard = Board<Virtual<SOCKETS, Large>>;

impl Role<Virtual<SOCKETS, Large>> for Crowd {
    fn poll(&mut self, board: &mut CrowdsBoard) -> Polled {
        let (to, now) = ((ip(0), CIRCLE_PORT).into(), board.clock.now());
        let is_due = now >= self.due;
        if is_due {
            self.due = now + Duration::from_millis(100);
        }
        for place in &mut self.sockets {
            let new = || if is_due { board.network.socket().ok() } else { None };
            let Some(mut socket) = place.take().or_else(new) else { continue };
            let connected = board.network.connect(&mut socket, to);
            let sent = board.network.send(&mut socket, &[]);
            if matches!(connected, Err(nb::Error::Other(_))) || sent == Err(nb::Error::Other(Error::Lost)) {
                _ = board.network.close(socket);
            } else {
                *place = Some(socket);
            }
        }
        Polled::Idle
    }

    fn deadline(&self) -> Option<Instant> {
        Some(self.due)
    }

    fn stop(&mut self, _: &mut CrowdsBoard) {}
}

#[test]
fn connections_without_a_byte() {
    withstand(|mesh, round, _| {
        if round < usize::from(SPARE) {
            let sockets = (0..SOCKETS).map(|_| None).collect();
            mesh.stage.add::<Large, _>(|board| Crowd { sockets, due: board.clock.now() });
        }
    });
}

/// Somebody comes to the board, and somebody else in the next round.
fn come(mesh: &mut Mesh, round: usize, passphrase: &str) {
    let port = NAMES.len() + 1 + round % usize::from(SPARE);
    let name = format!("stranger {round}");
    let to = (ip(0), CIRCLE_PORT).into();
    mesh.stage.put::<Large, _, SOCKETS, 4096>(port, |board| {
        Person { passphrase, ..Person::dialling(&name, to) }.node::<_, SOCKETS, 20>(board).0
    });
}

#[test]
fn wrong_passphrases() {
    withstand(|mesh, round, _| come(mesh, round, "47-coral-tulip-anvil-math"));
}

#[test]
fn links_of_strangers_who_are_not_accepted() {
    withstand(|mesh, round, _| come(mesh, round, PASSPHRASE));
}

/// Somebody who is in the circle tells of thousands of nodes that are not there.
#[test]
fn rosters_of_nonsense() {
    for board in [Size::Small, Size::Middle] {
        withstands([board, Size::Middle], 1, |mesh, round, _| {
            if round == 0 {
                let to = (ip(0), CIRCLE_PORT).into();
                mesh.stage.add::<Large, _>(|board| Gossip::new(board, GUEST, identity(GUEST), to));
            }
            mesh.pass(Duration::from_secs(5));
        });
    }
}
