//! A node that takes one chat at a time, and its callers.

pub mod ends;
mod talk;

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use p2pm_core::channel::Ended;
use p2pm_core::door::Door;
use p2pm_core::suite::{Password, Suite};
use p2pm_core::time::Instant;
use p2pm_core::wire::{Close, Message, Turns};
use p2pm_transcript::Part;

use self::ends::{CalleeEnd, CallerEnd};
use super::door::{DoorModel, Shown, check_verdict};
use super::link::{Link, Quality, Side};
use super::tape;
use super::world::{Transcript, Wake, World, check_farewell, run};
use crate::random::Random;

const PASSWORD: &[u8] = b"barbeau";
/// Long enough for every lost connection to time out, and for every call to be answered or not.
const SETTLING: Duration = Duration::from_secs(150);

/// A user that calls again and again.
struct Friend {
    address: IpAddr,
    /// How often, in percent, it has the right password.
    memory: usize,
    call: Option<usize>,
    act_at: Instant,
}

/// One connection to the node.
struct Call<S: Suite> {
    link: Link,
    caller: CallerEnd<S>,
    callee: CalleeEnd<S>,
    from: IpAddr,
    knows_password: bool,
    offer: Turns,
}

struct Chat<S: Suite> {
    random: Random,
    door: Door,
    door_model: DoorModel,
    friends: Vec<Friend>,
    calls: BTreeMap<usize, Call<S>>,
    calls_so_far: usize,
    /// When users stop acting.
    curtain: Instant,
    transcript: Transcript,
}

pub fn play<S: Suite>(seed: u64) -> u64 {
    let mut chat = Chat::<S>::new(Random::new(seed));
    let now = run(&mut chat, Instant::default(), Instant::default() + SETTLING + SETTLING);
    for call in chat.calls.values_mut() {
        call.check_end();
        call.part(now, &mut chat.random);
    }
    run(&mut chat, now, now + SETTLING);
    assert!(chat.calls.is_empty(), "everybody quit, and somebody is still there");
    chat.transcript.finish()
}

impl<S: Suite> Chat<S> {
    fn new(mut random: Random) -> Self {
        tape::listen(&Part { suite: S::ID, password: PASSWORD, users: 0, key: [0; 16], residents: &[] });
        let friends = (0..random.between(1..=4)).map(|_| Friend::new(&mut random)).collect();
        Self {
            door: Door::new(Password::new(PASSWORD).expect("a password")),
            door_model: DoorModel::default(),
            friends,
            calls: BTreeMap::new(),
            calls_so_far: 0,
            curtain: Instant::default() + random.millis(1_000..=30_000),
            transcript: Transcript::default(),
            random,
        }
    }

    /// One action of a user, or of the node that it calls.
    fn act_with(&mut self, friend: usize, now: Instant) {
        let call = self.friends[friend].call.and_then(|number| self.calls.get_mut(&number));
        match call {
            Some(Call { caller, link, .. }) if !caller.port.is_dropped() && self.random.chance(50) => {
                caller.act(link, now, &mut self.random);
            }
            Some(Call { callee, link, .. }) if !callee.port.is_dropped() => {
                callee.act(link, now, &mut self.random);
            }
            _ => self.call(friend, now),
        }
    }

    fn call(&mut self, friend: usize, now: Instant) {
        let Friend { address, memory, .. } = self.friends[friend];
        let call = Call::new(now, address, self.random.chance(memory), &mut self.random);
        self.calls.insert(self.calls_so_far, call);
        self.friends[friend].call = Some(self.calls_so_far);
        self.calls_so_far += 1;
    }

    fn pump_callee(&mut self, number: usize, now: Instant) {
        let Self { calls, door, door_model, transcript, .. } = self;
        let call = calls.get_mut(&number).expect("a call");
        let rang = call.callee.is_ringing();
        let records = call.callee.pump(&mut call.link, now, door);
        transcript.add(number, Side::Listening, &records);
        for record in records.iter().filter(|record| !record.emitted) {
            if let Some(shown) = Message::parse(&*record.plain).ok().as_ref().and_then(Shown::by) {
                let verdict = door_model.judge(now, call.from, shown, call.knows_password);
                check_verdict(verdict, call.callee.port.ended());
            }
        }
        if call.callee.is_ringing() && !rang {
            self.answer(number, now);
        }
    }

    /// The node's answer to a call.
    fn answer(&mut self, number: usize, now: Instant) {
        let chatting = |call: &Call<S>| call.callee.talk().is_some() && call.callee.port.ended().is_none();
        let busy = self.calls.values().any(chatting);
        let callee = &mut self.calls.get_mut(&number).expect("a call").callee;
        match self.random.between(0..=99) {
            _ if busy => callee.refuse(now, Close::Busy),
            0..=69 => callee.accept(now, self.random.pick(&[Turns::Linear, Turns::Free])),
            70..=79 => callee.refuse(now, Close::Refused),
            _ => {}
        }
    }
}

impl<S: Suite> World for Chat<S> {
    type Shared = ();

    fn pairs(&self) -> Vec<usize> {
        self.calls.keys().copied().collect()
    }

    fn link(&mut self, pair: usize) -> &mut Link {
        &mut self.calls.get_mut(&pair).expect("a call").link
    }

    fn wake(&mut self, pair: usize, side: Side, now: Instant) -> Option<Wake> {
        let Call { link, caller, callee, .. } = self.calls.get_mut(&pair).expect("a call");
        match side {
            Side::Connecting => caller.wake(link, now),
            Side::Listening => callee.wake(link, now, &mut self.door),
        }
    }

    fn random(&mut self) -> &mut Random {
        &mut self.random
    }

    fn shared(&self) {}

    fn pump(&mut self, pair: usize, side: Side, now: Instant) {
        match side {
            Side::Connecting => {
                let Call { link, caller, .. } = self.calls.get_mut(&pair).expect("a call");
                let records = caller.pump(link, now);
                self.transcript.add(pair, side, &records);
            }
            Side::Listening => self.pump_callee(pair, now),
        }
    }

    fn act(&mut self, now: Instant) -> Option<Instant> {
        for friend in 0..self.friends.len() {
            while self.friends[friend].act_at <= now {
                self.act_with(friend, now);
                let next = now + self.random.millis(1..=1_000);
                let never = Instant::from_millis(u64::MAX);
                self.friends[friend].act_at = if next < self.curtain { next } else { never };
            }
        }
        self.friends.iter().map(|friend| friend.act_at).min()
    }

    fn bury(&mut self, pair: usize) {
        self.calls.remove(&pair).expect("a call").check_over();
    }
}

impl Friend {
    fn new(random: &mut Random) -> Self {
        Self {
            address: Ipv4Addr::new(10, 0, 0, random.pick(&[1, 2])).into(),
            memory: random.pick(&[100, 90, 10]),
            call: None,
            act_at: Instant::default() + random.millis(0..=500),
        }
    }
}

impl<S: Suite> Call<S> {
    fn new(now: Instant, from: IpAddr, knows_password: bool, random: &mut Random) -> Self {
        let password = if knows_password { PASSWORD } else { b"forgotten" };
        let offer = random.pick(&[Turns::Linear, Turns::Free]);
        let callee = CalleeEnd::new(now, from, random);
        Self {
            link: Link::new(now, random.fork()),
            caller: CallerEnd::new(now, password, offer, random),
            callee,
            from,
            knows_password,
            offer,
        }
    }

    /// When all is quiet, either both sides are in the chat, or neither is.
    fn check_end(&self) {
        assert_eq!(self.caller.port.ended(), None, "over at one end");
        assert_eq!(self.callee.port.ended(), None, "over at the other end");
        let (Some(here), Some(there)) = (self.caller.talk(), self.callee.talk()) else {
            panic!("a call that nobody answers goes on for ever")
        };
        assert_eq!((&here.sent, &here.received), (&there.received, &there.sent), "what was said");
    }

    /// One side or both end it.
    fn part(&mut self, now: Instant, random: &mut Random) {
        let both = random.chance(20);
        if both || random.chance(50) {
            self.caller.quit(now);
        }
        if both || self.caller.port.ended().is_none() {
            self.callee.quit(now);
        }
    }

    fn check_over(&self) {
        let patience = if self.callee.was_left_ringing() { Quality::Bad } else { Quality::Roomy };
        check_farewell(&self.caller.port, &self.callee.port, self.link.quality().min(patience));
        let Some(there) = self.callee.talk() else {
            assert!(self.caller.talk().is_none(), "a chat that nobody accepted");
            return;
        };
        assert!(there.conversation.turns() == Turns::Linear || self.offer == Turns::Free);
        let Some(here) = self.caller.talk() else { return };
        assert_eq!(here.conversation.turns(), there.conversation.turns(), "the turns that were agreed");
        let ways = [
            (&here.sent, &there.received, self.callee.port.ended()),
            (&there.sent, &here.received, self.caller.port.ended()),
        ];
        for (sent, received, ended) in ways {
            assert!(sent.starts_with(received), "said {sent:?}, heard {received:?}");
            if matches!(ended, Some(Ended::ByPeer(_))) {
                assert_eq!(sent, received, "everything said before the goodbye was heard");
            }
        }
    }
}
