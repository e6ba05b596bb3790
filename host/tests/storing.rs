//! What a node keeps on disk, and a disk that hangs.

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use std::{fs, thread};

use p2pm_core::identity::Identity;
use p2pm_core::node::{Known, Policy, Trust};
use p2pm_core::suite::Password;
use p2pm_core::wire::{Name, PublicKey, TransferId};
use p2pm_host::config::profile::Unsent;
use p2pm_host::node::{self, Answer, Ask, Changes, CircleConfig, Config, Handle, Lasting, Remembered, Store};
use tempfile::TempDir;

/// Longest wait for what must happen.
const PATIENCE: Duration = Duration::from_mins(1);

/// Tells what it is to store, and waits for a word each time.
struct Slow {
    sends: Sender<Vec<Unsent>>,
    go_on: Arc<Mutex<Receiver<()>>>,
}

impl Slow {
    fn wait(&self) {
        // Once nobody is there any more, it goes on.
        let _ = self.go_on.lock().expect("one at a time").recv();
    }
}

impl Store for Slow {
    fn store_contacts(&mut self, _: Lasting<'_, '_>) -> Result<(), String> {
        self.wait();
        Ok(())
    }

    fn store_sends(&mut self, sends: Vec<Unsent>) -> Result<(), String> {
        self.sends.send(sends).map_err(|_| "nobody looks".to_owned())?;
        self.wait();
        Ok(())
    }

    fn store_changes(&mut self, _: Changes) -> Result<(), String> {
        self.wait();
        Ok(())
    }
}

struct Scene {
    node: Handle,
    stored: Receiver<Vec<Unsent>>,
    go_on: Sender<()>,
}

/// A node that knows one contact, who is away.
fn start(sends: Vec<Unsent>) -> Scene {
    let name: Name = "katie".parse().expect("a name");
    let known = Known { trust: Some(Trust::Accepted), ..Known::of(ABDUL) };
    let config = Config {
        discovery: None,
        inbox: None,
        sends,
        identity: Identity::from_seed(&[1; 32]),
        name: name.clone(),
        port: Some(0),
        policy: Policy::Ask,
        circle: CircleConfig {
            name: name.clone(),
            number: NonZeroU32::new(47),
            passphrase: Password::new(b"47-coral-tulip-anvil-mocha").expect("a password"),
        },
        others: Vec::new(),
        contacts: vec![Remembered { known, circle: name }],
    };
    let (sends, stored) = channel();
    let (go_on, waits) = channel();
    let store = Slow { sends, go_on: Arc::new(Mutex::new(waits)) };
    let (node, _) = node::start(config, Box::new(store)).expect("a free port");
    Scene { node, stored, go_on }
}

const ABDUL: PublicKey = PublicKey([7; 32]);

fn unsent(id: u8, path: PathBuf) -> Unsent {
    Unsent { to: ABDUL, path, id: TransferId([id; 8]), length: 0, modified: 0, paused: None }
}

#[test]
fn what_waits_to_be_offered_again_is_stored_at_all_times() {
    let dir = TempDir::new().expect("a temporary directory");
    let sends: Vec<_> = (0..3).map(|id| unsent(id, dir.path().join(format!("file {id}")))).collect();
    for send in &sends[..2] {
        fs::write(&send.path, "text").expect("there is room");
    }
    let scene = start(sends.clone());
    for _ in 0..3 {
        scene.go_on.send(()).expect("it stores");
    }
    let paths = |stored: &[Unsent]| {
        let mut paths: Vec<_> = stored.iter().map(|send| send.path.clone()).collect();
        paths.sort();
        paths
    };
    let all: Vec<_> = sends.iter().map(|send| send.path.clone()).collect();
    for (send, left) in sends.iter().zip([&all[..], &all[..], &all[..2]]) {
        let answer = scene.node.offer_again(send.clone());
        // The last one is gone, and is not to be had the next time, either.
        assert_eq!(matches!(answer, Answer::Offered { .. }), left.len() == 3, "{answer:?}");
        let stored = scene.stored.recv_timeout(PATIENCE).expect("it is stored");
        assert_eq!(paths(&stored), left);
    }
}

#[test]
fn what_is_for_somebody_of_another_circle_waits_until_they_are_known_or_forgotten() {
    let dir = TempDir::new().expect("a temporary directory");
    let path = dir.path().join("file");
    fs::write(&path, "text").expect("there is room");
    let (known, unknown) = (unsent(1, path.clone()), Unsent { to: PublicKey([8; 32]), ..unsent(2, path) });
    let scene = start(vec![known.clone(), unknown.clone()]);
    for _ in 0..3 {
        scene.go_on.send(()).expect("it stores");
    }
    assert!(matches!(scene.node.offer_again(unknown.clone()), Answer::Error { .. }));
    let stored = scene.stored.recv_timeout(PATIENCE).expect("it is stored");
    assert_eq!(stored, [known, unknown.clone()]);
    assert_eq!(scene.node.ask(Ask::Forget { name: ABDUL.tag().to_string() }), Answer::Done);
    let stored = scene.stored.recv_timeout(PATIENCE).expect("it is stored");
    assert_eq!(stored, [unknown]);
}

#[test]
fn a_disk_that_hangs_keeps_the_node_from_nothing_else() {
    let dir = TempDir::new().expect("a temporary directory");
    let path = dir.path().join("file");
    fs::write(&path, "text").expect("there is room");
    let scene = start(Vec::new());
    let tag = ABDUL.tag().to_string();
    let send = Ask::SendFile { to: Some(tag.clone()), circle: None, path };
    let (told, answers) = channel();
    let node = scene.node.clone();
    let asking = thread::spawn(move || told.send(node.ask(send)).expect("somebody hears it"));
    scene.stored.recv_timeout(PATIENCE).expect("it is to be stored");
    // The disk hangs now.
    assert!(matches!(scene.node.ask(Ask::Who {}), Answer::Who { .. }));
    assert_eq!(scene.node.ask(Ask::Block { name: tag }), Answer::Done);
    assert!(matches!(scene.node.ask(Ask::Files {}), Answer::Files { .. }));
    assert_eq!(answers.recv_timeout(Duration::ZERO), Err(RecvTimeoutError::Timeout), "it is not stored yet");
    drop(scene.go_on);
    let answer = answers.recv_timeout(PATIENCE).expect("it is stored");
    assert!(matches!(answer, Answer::Offered { .. }), "{answer:?}");
    asking.join().expect("it has answered");
}
