//! The story of a circle: nodes without a server.

use std::io::{self, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use p2pm_core::identity::Identity;
use p2pm_core::node::Policy;
use p2pm_core::suite::Password;

use super::narrate;
use crate::config::profile::Unsent;
use crate::face::show;
use crate::node::{
    self, Answer, Ask, Changes, CircleConfig, Config, Handle, Lasting, News, Numbered, Remembered, Store,
};

const PASSPHRASE: &str = "47-coral-tulip-anvil-mocha";
/// Longest wait for anything that must happen.
const PATIENCE: Duration = Duration::from_secs(20);

/// Somebody with a node.
struct Person {
    name: &'static str,
    seed: [u8; 32],
    policy: Policy,
    /// What the node keeps when it is not running.
    shelf: Shelf,
    running: Option<Running>,
}

/// Contacts of a node, which outlast it.
#[derive(Clone, Default)]
struct Shelf(Arc<Mutex<Vec<Remembered>>>);

struct Running {
    handle: Handle,
    news: Receiver<Numbered>,
    thread: JoinHandle<io::Result<()>>,
}

pub(super) fn tell() -> io::Result<()> {
    narrate("Katie starts her node, and tells the others the passphrase and her address.")?;
    let mut katie = Person::new("katie", Policy::Ask)?;
    let address = katie.start(None)?;

    narrate("Abdul starts his. Katie is asked, and accepts him.")?;
    let mut abdul = Person::new("abdul", Policy::All)?;
    abdul.start(Some(&address))?;
    katie.accept("abdul")?;
    abdul.expect("katie comes", came("katie"))?;

    narrate(
        "So do Zoe and Bob. They know Katie's address alone, and find Abdul and each other by themselves.",
    )?;
    let [mut zoe, mut bob] = [Person::new("zoe", Policy::All)?, Person::new("bob", Policy::All)?];
    zoe.start(Some(&address))?;
    katie.accept("zoe")?;
    zoe.expect("abdul comes", came("abdul"))?;
    bob.start(Some(&address))?;
    katie.accept("bob")?;
    bob.expect("zoe comes", came("zoe"))?;

    narrate("Mallory knows the passphrase, too, but Katie does not know him.")?;
    let mut mallory = Person::new("mallory", Policy::All)?;
    mallory.start(Some(&address))?;
    katie.expect(
        "mallory asks",
        |news| matches!(news, News::Asks { who } if who.name.as_deref() == Some("mallory")),
    )?;
    katie.ask(Ask::Deny { name: "mallory".into() })?;
    mallory.expect("refusal", |news| matches!(news, News::Refuses { .. }))?;
    mallory.stop()?;

    narrate("Katie writes to Abdul.")?;
    let message = katie.say(Some("abdul"), "dinner?")?;
    abdul.expect("text", said("dinner?"))?;
    katie.receipts(message, 1)?;

    narrate("She writes to everyone.")?;
    let message = katie.say(None, "at eight, all of you")?;
    katie.receipts(message, 3)?;
    line("katie", "received by 3 of 3")?;

    narrate("Zoe leaves. What Katie writes now waits for her.")?;
    zoe.stop()?;
    katie.expect(
        "zoe leaves",
        |news| matches!(news, News::Left { who, .. } if who.name.as_deref() == Some("zoe")),
    )?;
    let message = katie.say(None, "bring bread")?;
    katie.receipts(message, 2)?;
    line("katie", "received by 2 of 3; not yet by zoe")?;

    narrate(
        "Zoe comes back, at another address. Her node remembers the others, and the message arrives, once.",
    )?;
    zoe.start(None)?;
    zoe.expect("text", said("bring bread"))?;
    katie.receipts(message, 1)?;
    let message = katie.say(Some("zoe"), "welcome back")?;
    zoe.expect_only("text", said("welcome back"), said("bring bread"))?;
    katie.receipts(message, 1)?;

    narrate("Everybody goes home.")?;
    for person in [&mut katie, &mut abdul, &mut zoe, &mut bob] {
        person.stop()?;
    }
    narrate("That was all of it: there was no server, and nobody was told more than one address.")
}

impl Shelf {
    fn lock(&self) -> MutexGuard<'_, Vec<Remembered>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for Shelf {
    fn store_contacts(&mut self, contacts: Lasting<'_, '_>) -> Result<(), String> {
        *self.lock() = contacts
            .map(|(known, circle)| Remembered { known: known.clone(), circle: circle.clone() })
            .collect();
        Ok(())
    }

    fn store_sends(&mut self, _: Vec<Unsent>) -> Result<(), String> {
        Ok(())
    }

    fn store_changes(&mut self, _: Changes) -> Result<(), String> {
        Ok(())
    }
}

impl Person {
    fn new(name: &'static str, policy: Policy) -> io::Result<Self> {
        let shelf = Shelf::default();
        Ok(Self { name, seed: p2pm_posix::random::bytes()?, policy, shelf, running: None })
    }

    /// Starts the node, on any port, and has it dial an address. Returns its own.
    fn start(&mut self, dial: Option<&str>) -> io::Result<String> {
        let config = Config {
            // The machine's own network has no part in it.
            discovery: None,
            identity: Identity::from_seed(&self.seed),
            name: self.name.parse().map_err(io::Error::other)?,
            port: Some(0),
            policy: self.policy,
            circle: CircleConfig {
                name: "home".parse().map_err(io::Error::other)?,
                number: std::num::NonZeroU32::new(47),
                passphrase: Password::new(PASSPHRASE.as_bytes()).map_err(io::Error::other)?,
            },
            others: Vec::new(),
            contacts: self.shelf.lock().clone(),
            inbox: None,
            sends: Vec::new(),
        };
        let (handle, thread) = node::start(config, Box::new(self.shelf.clone()))?;
        let news = handle.listen(None);
        let Answer::Who { me, .. } = handle.ask(Ask::Who {}) else {
            return Err(io::Error::other("no answer"));
        };
        let port = me
            .addresses
            .first()
            .and_then(|address| address.rsplit(':').next())
            .unwrap_or_default()
            .to_owned();
        let address = format!("127.0.0.1:{port}");
        line(self.name, &format!("listening on {address}"))?;
        self.running = Some(Running { handle, news, thread });
        if let Some(dial) = dial {
            self.ask(Ask::Connect { address: dial.to_owned(), circle: None })?;
        }
        Ok(address)
    }

    fn stop(&mut self) -> io::Result<()> {
        let Some(Running { handle, thread, .. }) = self.running.take() else { return Ok(()) };
        handle.ask(Ask::Stop {});
        thread.join().unwrap_or_else(|_| Err(io::Error::other("a node has failed")))
    }

    fn running(&self) -> io::Result<&Running> {
        self.running.as_ref().ok_or_else(|| io::Error::other("not running"))
    }

    fn ask(&self, ask: Ask) -> io::Result<Answer> {
        match self.running()?.handle.ask(ask) {
            Answer::Error { text, .. } => Err(io::Error::other(text)),
            answer => Ok(answer),
        }
    }

    /// Accepts whoever asks and has this name.
    fn accept(&self, name: &'static str) -> io::Result<()> {
        self.expect(name, |news| matches!(news, News::Asks { who } if who.name.as_deref() == Some(name)))?;
        self.ask(Ask::Accept { name: name.into() })?;
        self.expect(name, came(name))
    }

    fn say(&self, to: Option<&str>, text: &str) -> io::Result<u32> {
        line(self.name, &format!("> {}: {text}", to.unwrap_or("everyone")))?;
        match self.ask(Ask::Say { to: to.map(str::to_owned), circle: None, text: text.into() })? {
            Answer::Said { message, .. } => Ok(message),
            _ => Err(io::Error::other("nothing was said")),
        }
    }

    /// Waits until `count` people have received a message.
    fn receipts(&self, message: u32, count: usize) -> io::Result<()> {
        (0..count).try_for_each(|_| {
            self.expect(
                "receipt",
                |news| matches!(news, News::Received { message: last, .. } if *last >= message),
            )
        })
    }

    /// Shows the news until the one that is waited for.
    fn expect(&self, what: &str, is_it: impl Fn(&News) -> bool) -> io::Result<()> {
        self.expect_only(what, is_it, |_| false)
    }

    /// Shows the news until the one that is waited for; some must not come before it.
    fn expect_only(
        &self,
        what: &str,
        is_it: impl Fn(&News) -> bool,
        is_wrong: impl Fn(&News) -> bool,
    ) -> io::Result<()> {
        loop {
            let Numbered { news, .. } =
                self.running()?.news.recv_timeout(PATIENCE).map_err(|error| match error {
                    RecvTimeoutError::Timeout => io::Error::other(format!("{}: no {what}", self.name)),
                    RecvTimeoutError::Disconnected => {
                        io::Error::other(format!("{}: the node has ended", self.name))
                    }
                })?;
            line(self.name, &show::news(&news).to_string())?;
            if is_wrong(&news) {
                return Err(io::Error::other(format!("{}: this must not happen", self.name)));
            }
            if is_it(&news) {
                return Ok(());
            }
        }
    }
}

fn came(name: &'static str) -> impl Fn(&News) -> bool {
    move |news| matches!(news, News::Came { who } if who.name.as_deref() == Some(name))
}

fn said(expected: &'static str) -> impl Fn(&News) -> bool {
    move |news| matches!(news, News::Said { text, .. } if text == expected)
}

fn line(name: &str, text: &str) -> io::Result<()> {
    writeln!(io::stdout(), "{name:>8}  {text}")
}
