//! Cost of the registry at three sizes, full at each.

use std::hint::black_box;
use std::num::NonZeroU16;

use p2pm_core::registry::{Bucket, RegistryInner, Slot, UserId};
use p2pm_core::wire::{Endpoint, Name};

use crate::sampler::{Subject, medians};
use crate::table::{heading, row};

const SIZES: [usize; 3] = [16, 1_024, 65_536];
const ROUNDS: usize = 301;
const OPERATIONS: u32 = 4096;
/// Names prepared at any size. With as few names as users, branch prediction and caches would favour the
/// smallest registry.
const TURNS: usize = 65_536;
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

/// A full registry, as many unused names, and the order in which they are used.
struct Crowd {
    registry: RegistryInner<(Vec<Slot>, Vec<Bucket>)>,
    online: Vec<(Name, UserId)>,
    free: Vec<Name>,
    turns: Vec<usize>,
}

impl Crowd {
    fn new(users: usize) -> Self {
        let storage = (vec![Slot::EMPTY; users], vec![Bucket::EMPTY; users]);
        let mut registry = RegistryInner::with_storage(storage, KEY);
        let mut random = Random(users as u64);
        let mut claim = |name: Name| {
            let id = registry.claim(name.clone(), endpoint()).expect("room");
            (name, id)
        };
        let online = (0..users).map(|number| claim(random.name(number))).collect();
        let free = (users..2 * users).map(|number| random.name(number)).collect();
        let turns = (0..TURNS).map(|_| random.below(users)).collect();
        Self { registry, online, free, turns }
    }
}

fn lookup(crowd: Crowd) -> Subject<'static> {
    let Crowd { registry, online, turns, .. } = crowd;
    let asked = turns.into_iter().map(|number| online[number].clone()).collect();
    each(asked, move |(name, id)| assert!(registry.lookup(black_box(name)) == Some(*id)))
}

fn miss(crowd: Crowd) -> Subject<'static> {
    let Crowd { registry, free, turns, .. } = crowd;
    let asked = turns.into_iter().map(|number| free[number].clone()).collect();
    each(asked, move |name| assert!(registry.lookup(black_box(name)).is_none()))
}

fn claim(crowd: Crowd) -> Subject<'static> {
    let Crowd { mut registry, online, free, turns } = crowd;
    let (mut names, mut ids): (Vec<Name>, Vec<UserId>) = online.into_iter().unzip();
    let mut spare = free;
    // Each user's turn comes twice, so that all have their own name again at the end.
    let (half, _) = turns.split_at(TURNS / 2);
    let again = half.iter().rev();
    let renamed = half.iter().chain(again).map(|&number| {
        std::mem::swap(&mut names[number], &mut spare[number]);
        (number, names[number].clone())
    });
    each(renamed.collect(), move |(number, name)| {
        let id = &mut ids[*number];
        assert!(registry.release(*id).is_some());
        *id = registry.claim(name.clone(), endpoint()).expect("room for one");
    })
}

/// Applies the operation to the items in turn, without end.
fn each<T: 'static>(items: Vec<T>, mut operation: impl FnMut(&T) + 'static) -> Subject<'static> {
    let mut at = 0;
    Subject::repeated(OPERATIONS, move || {
        operation(&items[at]);
        at = (at + 1) % TURNS;
    })
}

fn endpoint() -> Endpoint {
    Endpoint::new([127, 0, 0, 1].into(), NonZeroU16::MIN)
}

/// Pseudo-random numbers without a predictable pattern (`SplitMix64`).
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

    /// A unique name of 5 to 32 bytes.
    fn name(&mut self, number: usize) -> Name {
        let tail = format!("{:016x}{:016x}", self.next(), self.next());
        let name = format!("{number:05x}{}", &tail[..self.below(28)]);
        name.parse().expect("digits and letters")
    }
}
