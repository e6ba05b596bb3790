//! A community, users that join and leave, and a hostile peer.

mod audit;
pub mod guest;
mod visit;

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::num::NonZeroU16;
use std::time::Duration;

use p2pm_core::community::Hall;
use p2pm_core::door::Door;
use p2pm_core::registry::{Bucket, Cursor, RegistryInner, Slot, Version};
use p2pm_core::suite::{Password, Suite};
use p2pm_core::time::Instant;
use p2pm_core::wire::{Change, Endpoint, Name, User};
use p2pm_transcript::Part;

use self::visit::Visit;
use super::door::DoorModel;
use super::link::{Link, Side};
use super::tape;
use super::world::{Transcript, Wake, World, run};
use crate::random::Random;

/// Storage of the server's registry.
type Storage = (Vec<Slot>, Vec<Bucket>);

const PASSWORD: &[u8] = b"let us in";
/// Long enough for every lost connection to time out, and for every message to arrive.
const SETTLING: Duration = Duration::from_secs(150);

/// Expected content of the registry, and its history.
#[derive(Default)]
pub struct Model {
    online: BTreeMap<Name, Endpoint>,
    changes: Vec<Change>,
}

/// A user that visits again and again.
struct Regular {
    name: Name,
    address: IpAddr,
    /// How often, in percent, it has the right password.
    memory: usize,
    stranger: bool,
    visit: Option<usize>,
    /// Longest pause, in milliseconds.
    rest: usize,
    act_at: Instant,
}

struct Community<S: Suite> {
    random: Random,
    hall: Hall<Storage>,
    model: Model,
    door: DoorModel,
    users: Vec<Regular>,
    visits: BTreeMap<usize, Visit<S>>,
    visits_so_far: usize,
    /// When users stop acting.
    curtain: Instant,
    transcript: Transcript,
}

pub fn play<S: Suite>(seed: u64) -> u64 {
    let mut community = Community::<S>::new(Random::new(seed));
    let now = run(&mut community, Instant::default(), Instant::default() + SETTLING + SETTLING);
    community.check_end();
    community.part(now);
    run(&mut community, now, now + SETTLING);
    assert!(community.visits.is_empty(), "everybody left, and somebody is still there");
    community.transcript.finish()
}

impl<S: Suite> Community<S> {
    fn new(mut random: Random) -> Self {
        // In a rush more changes happen between two updates than the registry keeps. It takes long to
        // simulate.
        let rush = random.chance(2);
        let residents = random.pick(&[0, 0, 0, 50]);
        let crowd = if rush { 30 } else { random.between(2..=6) };
        let capacity = residents + random.between(1..=5) + if rush { crowd } else { 0 };
        let key = random.bytes();
        let storage = (vec![Slot::EMPTY; capacity], vec![Bucket::EMPTY; capacity]);
        let mut registry = RegistryInner::with_storage(storage, key);
        let mut model = Model::default();
        let residents: Vec<_> = (0..residents).map(resident).collect();
        let users = capacity.try_into().expect("not so many users");
        tape::listen(&Part { suite: S::ID, password: PASSWORD, users, key, residents: &residents });
        for user in residents {
            registry.claim(user.name.clone(), user.endpoint).expect("room");
            model.joined(user);
        }
        let users = (0..crowd).map(|number| Regular::new(number, rush, &mut random)).collect();
        Self {
            hall: Hall::new(Door::new(Password::new(PASSWORD).expect("a password")), registry),
            model,
            door: DoorModel::default(),
            users,
            visits: BTreeMap::new(),
            visits_so_far: 0,
            curtain: Instant::default() + random.millis(1_000..=if rush { 3_000 } else { 30_000 }),
            transcript: Transcript::default(),
            random,
        }
    }

    fn open_visit(&mut self, user: usize, now: Instant) {
        let Regular { address, memory, stranger, .. } = self.users[user];
        let password = if self.random.chance(memory) { PASSWORD } else { b"forgotten" };
        let visit = Visit::new(now, address, stranger, password, &mut self.random);
        let number = self.visits_so_far;
        self.visits_so_far += 1;
        self.visits.insert(number, visit);
        self.users[user].visit = Some(number);
    }

    /// One action of a user.
    fn act_as(&mut self, user: usize, now: Instant) {
        let Regular { visit, ref name, .. } = self.users[user];
        let visit = visit.and_then(|number| self.visits.get_mut(&number));
        match visit {
            None => self.open_visit(user, now),
            Some(visit) if visit.is_abandoned() => self.open_visit(user, now),
            Some(visit) if self.random.chance(3) => {
                visit.turn_out(now, &mut self.hall, &mut self.model);
                self.check_registry();
            }
            Some(visit) => visit.act(now, name, &mut self.random),
        }
    }

    fn check_registry(&self) {
        let registry = self.hall.registry();
        let online: Vec<_> =
            registry.users(Cursor::START).map(|(user, _)| (user.name.clone(), user.endpoint)).collect();
        assert_eq!(registry.len(), online.len());
        let online: BTreeMap<_, _> = online.into_iter().collect();
        assert_eq!(online, self.model.online, "the registry, and who should be online");
        let visiting = self.visits.values().filter_map(|visit| visit.joined()).count();
        let residents = online.keys().filter(|name| name.as_str().starts_with("resident")).count();
        assert_eq!(visiting + residents, online.len(), "users without a session, or the other way about");
    }

    /// When all is quiet, both ends agree on everything.
    fn check_end(&self) {
        for visit in self.visits.values() {
            visit.check_end(&self.model);
        }
    }

    /// All users leave.
    fn part(&mut self, now: Instant) {
        for visit in self.visits.values_mut() {
            visit.leave(now);
        }
    }
}

impl<S: Suite> World for Community<S> {
    type Shared = Version;

    fn pairs(&self) -> Vec<usize> {
        self.visits.keys().copied().collect()
    }

    fn link(&mut self, pair: usize) -> &mut Link {
        self.visits.get_mut(&pair).expect("a visit").link()
    }

    fn wake(&mut self, pair: usize, side: Side, now: Instant) -> Option<Wake> {
        self.visits.get_mut(&pair).expect("a visit").wake(side, now, &mut self.hall)
    }

    fn random(&mut self) -> &mut Random {
        &mut self.random
    }

    /// News of who is online is what a session waits for, whoever causes it.
    fn shared(&self) -> Version {
        self.hall.registry().version()
    }

    fn act(&mut self, now: Instant) -> Option<Instant> {
        let mut next = None;
        for user in 0..self.users.len() {
            while self.users[user].act_at <= now {
                self.act_as(user, now);
                self.users[user].act_at = now + self.random.millis(1..=self.users[user].rest);
                if self.users[user].act_at >= self.curtain {
                    self.users[user].act_at = Instant::from_millis(u64::MAX);
                }
            }
            next = next.into_iter().chain([self.users[user].act_at]).min();
        }
        next
    }

    fn pump(&mut self, pair: usize, side: Side, now: Instant) {
        let visit = self.visits.get_mut(&pair).expect("a visit");
        let event = match side {
            Side::Connecting => visit.pump_visitor(now),
            Side::Listening => visit.pump_session(now, &mut self.hall, &mut self.model, &mut self.door),
        };
        visit.transcribe(pair, side, &mut self.transcript);
        if event {
            self.check_registry();
        }
    }

    fn bury(&mut self, pair: usize) {
        self.visits.remove(&pair).expect("a visit").check_over();
    }
}

impl Model {
    fn joined(&mut self, user: User) {
        assert_eq!(self.online.insert(user.name.clone(), user.endpoint), None, "a name is given once");
        self.changes.push(Change::Joined(user));
    }

    fn left(&mut self, name: &Name) {
        assert!(self.online.remove(name).is_some(), "{name} left without having been there");
        self.changes.push(Change::Left(name.clone()));
    }

    fn online(&self) -> u32 {
        u32::try_from(self.online.len()).expect("few")
    }
}

impl Regular {
    fn new(number: usize, crowded: bool, random: &mut Random) -> Self {
        let names = ["katie", "abdul", "barbeau", "one name of the greatest length.", "ñandú ✓"];
        // Two users of a crowd share a name, so that most of them can join.
        let name = if crowded { format!("user {}", number / 2) } else { random.pick(&names).to_owned() };
        let addresses = [Ipv4Addr::new(10, 0, 0, 1).into(), Ipv6Addr::LOCALHOST.into()];
        let stranger = number == 0 && random.chance(40);
        Self {
            name: name.parse().expect("a name"),
            address: if stranger { Ipv4Addr::new(66, 6, 6, 6).into() } else { random.pick(&addresses) },
            memory: if crowded { 100 } else { random.pick(&[100, 90, 10]) },
            stranger,
            visit: None,
            // A few watch the crowd.
            rest: if crowded && number > 3 { 5 } else { 1_500 },
            act_at: Instant::default() + random.millis(0..=500),
        }
    }
}

/// A user that is always online. Residents have long entries, so that a list of them takes several pages.
fn resident(number: usize) -> User {
    let name = format!("resident {number:02} with a longish name");
    let ip = Ipv6Addr::from_bits(0xFD00 << 112 | number as u128).into();
    User { name: name.parse().expect("a name"), endpoint: Endpoint::new(ip, NonZeroU16::MAX) }
}
