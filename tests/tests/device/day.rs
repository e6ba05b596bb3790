//! A day of a circle: devices come and go, lose their power, their cables and their addresses, and say what they have to say.
//!
//! `P2PM_DAY` is the seed of the day, and another one is another day.

use std::env;
use std::net::SocketAddrV4;
use std::time::Duration;

use p2pm_core::limits::{DIAL_BACK_OFF_MAX, MAX_AGE, SILENCE_TIMEOUT, SSDP_PORT};
use p2pm_core::time::Instant;
use p2pm_tests::device::{Faults, Mesh, Size, ip};
use p2pm_tests::ethernet::{Cable, Frame, address};
use p2pm_tests::frames::{GROUP, GROUP_HARDWARE, SEARCH, datagram};
use p2pm_tests::random::Random;
use smoltcp::phy::{Device as _, RxToken as _};

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);
/// Within which all are linked again once they can be, and everything is said: a dead link is noticed, and whoever was dialled in
/// vain, at the address before perhaps, is dialled twice more. Each wait may be a quarter longer by chance.
const BOUND: Duration = SILENCE_TIMEOUT
    .saturating_add(DIAL_BACK_OFF_MAX.saturating_mul(2))
    .saturating_add(Duration::from_secs(30));
/// As many as the smallest has links for, and it.
const CAST: [(&str, Size); 5] = [
    ("lamp", Size::Small),
    ("gauge", Size::Middle),
    ("katie", Size::Large),
    ("abdul", Size::Large),
    ("zoe", Size::Large),
];
/// Port of a tool that looks for devices.
const TOOL: u8 = 5;

struct Day {
    mesh: Mesh,
    random: Random,
    /// Texts that were said, and addresses that were given.
    said: usize,
    given: usize,
    /// What happened, and the longest time until all was well again.
    longest: [(&'static str, usize, Duration); 6],
}

impl Day {
    fn new(seed: u64) -> Self {
        let names = ["talk", "cable", "address", "restart", "power", "dark"];
        Self {
            mesh: Mesh::new(seed, &CAST, 1, Faults::default()),
            random: Random::new(seed),
            said: 0,
            given: 0,
            longest: names.map(|name| (name, 0, Duration::ZERO)),
        }
    }

    /// Some of those that are up say something, to somebody or to everyone, one of whom may be away.
    fn talk(&mut self, speakers: &[usize], most: usize) {
        for _ in 0..self.random.between(1..=most) {
            let from = self.random.pick(speakers);
            let others: Vec<_> = (0..CAST.len()).filter(|other| *other != from).collect();
            let to = self.random.chance(60).then(|| self.random.pick(&others));
            self.said += 1;
            let padding = "-".repeat(self.random.between(0..=90));
            self.mesh.say(from, to, &format!("text {} {padding}.", self.said));
        }
    }

    /// Takes cables out, or puts them in again.
    fn cut(&self, devices: &[usize], is_cut: bool) {
        for device in devices {
            self.mesh.stage.ethernet.cut(address_of(*device), is_cut);
        }
    }

    /// Something happens to a device or to all of them while the others talk.
    fn happen(&mut self) {
        let what = self.random.between(0..=5);
        let victim = self.random.between(0..=CAST.len() - 1);
        let everybody: Vec<_> = (0..CAST.len()).collect();
        let others: Vec<_> = everybody.iter().copied().filter(|other| *other != victim).collect();
        let time = self.random.millis(1..=300_000);
        match what {
            0 => self.talk(&everybody, 20),
            1 => {
                self.cut(&[victim], true);
                self.talk(&everybody, 3);
                self.mesh.pass(time);
                self.cut(&[victim], false);
            }
            2 => {
                let is_without = self.random.chance(50);
                // Nobody else has had it for long.
                self.given += 1;
                let next = address_of(100 + self.given % 100);
                self.mesh.stage.readdress(victim, (!is_without).then_some(next));
                self.talk(&everybody, 3);
                self.mesh.pass(time);
                self.mesh.stage.readdress(victim, Some(next));
            }
            3 | 4 => {
                if what == 3 {
                    self.mesh.stop(victim);
                } else {
                    self.mesh.power_off(victim);
                }
                self.talk(&others, 3);
                self.mesh.pass(time);
                self.mesh.start(victim);
            }
            _ => {
                self.cut(&everybody, true);
                self.talk(&everybody, 3);
                self.mesh.pass(time);
                self.cut(&everybody, false);
            }
        }
        let (_, count, longest) = &mut self.longest[what];
        *count += 1;
        *longest = self.mesh.settle(BOUND).max(*longest);
    }

    fn go_on_until(&mut self, end: Instant) {
        while self.mesh.now() < end {
            let quiet = self.random.millis(0..=900_000);
            self.mesh.pass(quiet);
            self.happen();
        }
        // Whoever is no longer there is forgotten.
        self.mesh.pass(MAX_AGE * 2);
        self.mesh.settle(BOUND);
    }
}

fn address_of(number: usize) -> u8 {
    number.try_into().expect("a byte")
}

/// The nodes that answer a search, by their names.
fn found(mesh: &mut Mesh, tool: &mut Cable) -> usize {
    let hears = |tool: &mut Cable| {
        let (frame, _) = tool.receive(smoltcp::time::Instant::ZERO)?;
        Some(frame.consume(|bytes| String::from_utf8_lossy(bytes).contains("HTTP/1.1 200 OK")))
    };
    while hears(tool).is_some() {}
    let ends = (SocketAddrV4::new(ip(TOOL), 40_000), SocketAddrV4::new(GROUP, SSDP_PORT));
    let search = datagram(address(TOOL), GROUP_HARDWARE, ends, SEARCH);
    mesh.stage.ethernet.inject(&Frame::new(&search));
    mesh.pass(Duration::from_secs(2));
    std::iter::from_fn(|| hears(tool)).filter(|is_answer| *is_answer).count()
}

#[test]
fn after_a_day_all_is_as_it_was_after_an_hour() {
    let seed = env::var("P2PM_DAY").map_or(22, |seed| seed.parse().expect("P2PM_DAY is a number"));
    let mut day = Day::new(seed);
    let mut tool = day.mesh.stage.ethernet.cable(TOOL);
    let first = day.mesh.settle(Duration::from_secs(10));
    day.go_on_until(Instant::default() + HOUR);
    let (usage, answers) = (day.mesh.usage(), found(&mut day.mesh, &mut tool));
    day.go_on_until(Instant::default() + DAY);
    println!("seed {seed}: linked after {first:?}; {} texts; {:?}", day.said, day.longest);
    println!("{usage:?}");
    assert_eq!(day.mesh.usage(), usage);
    assert_eq!((answers, found(&mut day.mesh, &mut tool)), (CAST.len(), CAST.len()));
}
