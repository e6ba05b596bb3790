//! Nodes of a circle, and one that does not know its passphrase: from the first dial to the goodbye.

mod line;
mod offer;
mod party;
mod world;

use core::time::Duration;

use embedded_io::Write;
use p2pm_core::limits::PART_MAX;
use p2pm_core::node::{CircleId, Node, Rows, To, Trust};
use p2pm_core::time::Instant;

use self::Who::{Ann, Bob, Carl, Dora};
use self::offer::Fate;
use self::party::{Parties, Who, name, setup};
use self::world::{Lines, World};
use super::{Log, Random};
use crate::Error;

const START: Instant = Instant::from_millis(0);
/// Longer than it takes to be dialled again.
const A_WHILE: Duration = Duration::from_secs(30);
/// Rounds after which a long text is on its way, but not there.
const HALF_WAY: usize = 2;
/// A text of several parts.
const LONG: &[u8; 3 * PART_MAX] = &[b'l'; 3 * PART_MAX];

/// Plays the story; returns the number of ends of its conversations.
#[inline(never)]
pub(super) fn play<W: Write>(random: &mut Random, log: &mut Log<'_, W>) -> Result<u32, Error> {
    let mut ann = Node::new(START, setup(Ann, name("ann")?, random), Rows::default());
    let mut bob = Node::new(START, setup(Bob, name("bob")?, random), Rows::default());
    let mut carl = Node::new(START, setup(Carl, name("carl")?, random), Rows::default());
    let mut dora = Node::new(START, setup(Dora, name("dora")?, random), Rows::default());
    let mut parties = Parties { ann: &mut ann, bob: &mut bob, carl: &mut carl, dora: &mut dora };
    parties.join(random)?;
    #[allow(clippy::large_stack_arrays, reason = "there is no allocator")]
    let mut lines: Lines = [const { None }; _];
    let mut world = World { parties, lines: &mut lines, random, log, now: START, count: 0 };
    world.play()?;
    Ok(world.ends())
}

impl<W: Write> World<'_, '_, W> {
    fn play(&mut self) -> Result<(), Error> {
        self.meet()?;
        self.talk()?;
        self.meet_another()?;
        self.offer()?;
        self.lose_a_link()?;
        self.part();
        Ok(())
    }

    fn connect(&mut self, from: Who, to: Who) {
        self.parties.of(from).connect(self.now, to.endpoint(), CircleId::FIRST);
    }

    /// Bob is asked about somebody, and accepts.
    fn accept(&mut self, whom: Who) -> Result<(), Error> {
        let id = self.parties.contact(Bob, whom)?;
        self.parties.of(Bob).set_trust(self.now, id, Trust::Accepted);
        self.settle();
        Ok(())
    }

    fn say(&mut self, who: Who, to: To, text: &str) -> Result<(), Error> {
        self.parties.of(who).say(to, text).map(|_| ()).map_err(|_| Error::Misplaced)
    }

    fn say_to(&mut self, who: Who, whom: Who, text: &str) -> Result<(), Error> {
        let to = To::One(self.parties.contact(who, whom)?);
        self.say(who, to, text)
    }

    fn say_to_all(&mut self, who: Who, text: &str) -> Result<(), Error> {
        self.say(who, To::All(CircleId::FIRST), text)
    }

    /// Two are linked, and the user of one has to think about it. A third one does not know the passphrase.
    fn meet(&mut self) -> Result<(), Error> {
        self.connect(Ann, Bob);
        self.connect(Dora, Bob);
        self.pass(A_WHILE);
        self.accept(Ann)
    }

    fn talk(&mut self) -> Result<(), Error> {
        self.say_to(Ann, Bob, "temp?")?;
        self.say_to(Bob, Ann, "21 °C")?;
        self.settle();
        self.say_to_all(Ann, long()?)?;
        self.parties.of(Bob).rename(name("robert")?);
        let bob = self.parties.contact(Ann, Bob)?;
        self.parties.of(Ann).ask_reception(bob);
        self.pass(A_WHILE);
        Ok(())
    }

    /// Carl is linked with Bob, who tells Ann of him.
    fn meet_another(&mut self) -> Result<(), Error> {
        self.connect(Carl, Bob);
        self.settle();
        self.accept(Carl)?;
        self.pass(A_WHILE);
        for who in [Ann, Bob, Carl] {
            self.say_to_all(who, "good morning")?;
        }
        self.settle();
        Ok(())
    }

    fn offer(&mut self) -> Result<(), Error> {
        let bob = self.parties.contact(Ann, Bob)?;
        for fate in Fate::ALL {
            let offer = fate.offer(self.random)?;
            let offered = self.parties.of(Ann).offer(bob, &offer).map_err(|_| Error::Misplaced)?;
            self.settle();
            if fate == Fate::Withdrawn {
                self.parties.of(Ann).withdraw(offered);
                self.settle();
            }
        }
        Ok(())
    }

    /// A link is cut while a text is on its way. What was said, and is said meanwhile, comes over the next one.
    fn lose_a_link(&mut self) -> Result<(), Error> {
        self.say_to(Ann, Bob, long()?)?;
        for _ in 0..HALF_WAY {
            self.round();
        }
        self.cut(Ann, Bob);
        self.round();
        self.say_to_all(Bob, "are you there?")?;
        self.pass(A_WHILE);
        Ok(())
    }

    /// Ann says goodbye first, and to Bob it is said by whoever is left.
    fn part(&mut self) {
        for who in [Ann, Carl, Bob] {
            self.leave(who);
            self.settle();
        }
    }
}

fn long() -> Result<&'static str, Error> {
    str::from_utf8(LONG).map_err(|_| Error::Field("text"))
}
