//! The registry at three sizes, full at each.

use std::hint::black_box;
use std::num::NonZeroU16;

use p2pm_core::registry::{RegistryInner, Slot, UserId};
use p2pm_core::wire::{Endpoint, Name};

use crate::sampler::{Subject, medians};
use crate::table::{heading, row};

const SIZES: [usize; 3] = [16, 1_024, 65_536];
const ROUNDS: usize = 301;
const OPERATIONS: u32 = 4096;
const KEY: [u8; 16] = *b"not so secret 16";

/// Measures and prints.
pub fn report() {
    heading(
        "Registry",
        "full; random names in random order; a claim takes the place of a user released for it, both timed",
    );
    print("look up a user who is online", SIZES.map(|users| lookup(Crowd::new(users))));
    print("look up a name that is free", SIZES.map(|users| miss(Crowd::new(users))));
    print("release a user and claim a name", SIZES.map(|users| claim(Crowd::new(users))));
}

fn print(what: &str, subjects: [Subject<'_>; SIZES.len()]) {
    let times = medians(ROUNDS, subjects);
    for (users, nanoseconds) in SIZES.into_iter().zip(times) {
        row(&format!("{what}: {users} users"), nanoseconds, "");
    }
    let fastest = times.into_iter().fold(f64::INFINITY, f64::min);
    let slowest = times.into_iter().fold(0.0, f64::max);
    println!("  {:<52} {:>10}", "  slowest to fastest", format!("{:.2}", slowest / fastest));
}

/// A full registry, and as many names again that nobody has.
struct Crowd {
    registry: RegistryInner<Vec<Slot>>,
    /// The users online and where they are, in an order that has nothing to do with their places.
    online: Vec<(Name, UserId)>,
    free: Vec<Name>,
}

impl Crowd {
    fn new(users: usize) -> Self {
        let mut registry = RegistryInner::with_slots(vec![Slot::EMPTY; users], KEY);
        let mut random = Random(users as u64);
        let mut claim = |name: Name| {
            let id = registry.claim(name.clone(), endpoint()).expect("room");
            (name, id)
        };
        let mut online: Vec<_> = (0..users).map(|number| claim(random.name(number))).collect();
        let mut free: Vec<_> = (users..2 * users).map(|number| random.name(number)).collect();
        random.shuffle(&mut online);
        random.shuffle(&mut free);
        Self { registry, online, free }
    }
}

fn lookup(crowd: Crowd) -> Subject<'static> {
    let mut at = 0;
    Subject::repeated(OPERATIONS, move || {
        let (name, id) = &crowd.online[at];
        assert!(crowd.registry.lookup(black_box(name)) == Some(*id));
        at = (at + 1) % crowd.online.len();
    })
}

fn miss(crowd: Crowd) -> Subject<'static> {
    let mut at = 0;
    Subject::repeated(OPERATIONS, move || {
        assert!(crowd.registry.lookup(black_box(&crowd.free[at])).is_none());
        at = (at + 1) % crowd.free.len();
    })
}

fn claim(mut crowd: Crowd) -> Subject<'static> {
    let mut at = 0;
    Subject::repeated(OPERATIONS, move || {
        let (name, id) = &mut crowd.online[at];
        assert!(crowd.registry.release(*id).is_some());
        std::mem::swap(name, &mut crowd.free[at]);
        *id = crowd.registry.claim(name.clone(), endpoint()).expect("room for one");
        at = (at + 1) % crowd.online.len();
    })
}

fn endpoint() -> Endpoint {
    Endpoint::new([127, 0, 0, 1].into(), NonZeroU16::MIN)
}

/// Numbers without a pattern that a processor would find (`SplitMix64`).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).expect("below a usize")
    }

    /// A name that is like no other, 5 to 32 bytes long.
    fn name(&mut self, number: usize) -> Name {
        let tail = format!("{:016x}{:016x}", self.next(), self.next());
        let name = format!("{number:05x}{}", &tail[..self.below(28)]);
        name.parse().expect("digits and letters")
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}
