//! The suite against published vectors and an independent implementation, and its two sides against each
//! other.

extern crate std;

use std::vec::Vec;

use curve25519_dalek::ristretto::RistrettoPoint;
use getrandom::SysRng;
use hkdf::Hkdf;
use pakery_cpace::{CpaceCiphersuite, CpaceMode, CpaceResponder};
use pakery_crypto::{Ristretto255Group, Sha512Hash};
use proptest::prelude::*;
use rand_core::UnwrapErr;
use sha2::{Digest, Sha512};

use super::cpace::{Generator, IntermediateKey, SHARE_LEN, Said, Secret};
use super::schedule::{self, TAG_LEN};
use super::{CREDENTIALS_LEN, Portable, Sealed};
use super::{channel_id, generator, join, random_of, session_id};
use crate::error::Fault;
use crate::limits::{ENTROPY_LEN, FRAME_LEN, FRAMES_PER_KEY, HELLO_LEN, PLAIN_LEN};
use crate::suite::{
    Entropy, Exporter, Hellos, Initiator, Password, Protection, Rejection, Responder, Suite, Verified,
};
use crate::wire::{EMPTY_FRAME, Frame, Hello, Message, Service};

type SealedInitiator = super::SealedInitiator<Portable>;
type SealedResponder = super::SealedResponder<Portable>;
type SealedKeys = super::SealedKeys<Portable>;

/// Test vectors, one per line: `name = hex`.
struct Vectors(&'static str);

const DRAFT: Vectors = Vectors(include_str!("../../../../tests/vectors/cpace-draft21.txt"));
const EXAMPLE: Vectors = Vectors(include_str!("../../../../tests/vectors/sealed_keys.txt"));
const LINK: Vectors = Vectors(include_str!("../../../../tests/vectors/link_keys.txt"));

impl Vectors {
    fn get(&self, name: &str) -> Vec<u8> {
        let named = |line: &'static str| line.split_once(" = ").filter(|(key, _)| *key == name);
        let (_, hex) = self.0.lines().find_map(named).expect(name);
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
    }

    fn array<const LEN: usize>(&self, name: &str) -> [u8; LEN] {
        self.get(name).try_into().unwrap()
    }
}

#[test]
fn the_vectors_of_the_draft() {
    let (session, channel) = (DRAFT.get("sid"), DRAFT.get("CI"));
    let generator = Generator::new(&DRAFT.get("PRS"), &channel, &session);
    assert_eq!(generator.to_bytes(), DRAFT.array("g"));
    let [ya, yb] = ["ya", "yb"].map(|name| Secret::from_scalar(DRAFT.array(name)));
    let (initiators, responders) = (ya.share(&generator), yb.share(&generator));
    assert_eq!((initiators, responders), (DRAFT.array("Ya"), DRAFT.array("Yb")));
    let point = ya.meet(&responders).unwrap();
    assert_eq!(point.as_bytes(), &DRAFT.array("K"));
    assert_eq!(yb.meet(&initiators).unwrap().as_bytes(), &DRAFT.array("K"));
    let (ada, adb) = (DRAFT.get("ADa"), DRAFT.get("ADb"));
    let initiator = Said { share: &initiators, associated: &ada };
    let responder = Said { share: &responders, associated: &adb };
    let key = IntermediateKey::new(&session, &point, initiator, responder);
    assert_eq!(key.as_bytes(), &DRAFT.array("ISK_IR"));
}

#[test]
fn points_that_are_none_are_refused() {
    let secret = Secret::from_scalar(DRAFT.array("s"));
    assert_eq!(secret.meet(&DRAFT.array("X")).ok().unwrap().as_bytes(), &DRAFT.array("sX"));
    for invalid in ["invalid_1", "invalid_2"] {
        assert!(secret.meet(&DRAFT.array(invalid)).is_err(), "{invalid}");
    }
}

fn example_hellos() -> Hellos {
    Hellos { initiator: EXAMPLE.array("Ha"), responder: EXAMPLE.array("Hb") }
}

#[test]
fn the_exported_values_of_the_link() {
    let exporter = Exporter::new(&[LINK.get("Sa"), LINK.get("Sb")].concat());
    for (label, value) in [
        ("initiator introduces", "initiator_introduces"),
        ("responder introduces", "responder_introduces"),
        ("tie break", "tie_break"),
    ] {
        assert_eq!(exporter.export(label.as_bytes()), LINK.array(value), "{label}");
    }
}

/// The entropy of one side of the example: the random number of its Hello, then the secret part.
fn example_entropy(hello: &[u8; HELLO_LEN], secret: &str) -> Entropy {
    Entropy::new(join(random_of(hello), &EXAMPLE.get(secret)))
}

/// The keys of both sides of the example, the initiator's first.
fn example_keys() -> [SealedKeys; 2] {
    let hellos = example_hellos();
    let password = Password::new(&EXAMPLE.get("P")).unwrap();
    let entropy = example_entropy(&hellos.responder, "yb_random");
    let responder = SealedResponder::new(&hellos, &[], &password, &entropy).unwrap();
    assert_eq!(responder.share(), EXAMPLE.get("Yb"));
    let entropy = example_entropy(&hellos.initiator, "ya_random");
    let mut initiator = SealedInitiator::new(&hellos, responder.share(), &password, &entropy).unwrap();
    assert_eq!(initiator.credentials(), [EXAMPLE.get("Ya"), EXAMPLE.get("Ta")].concat());
    let mut verified = responder.verify(&hellos, initiator.credentials(), &password).ok().unwrap();
    assert_eq!(verified.welcome(), EXAMPLE.get("Tb"));
    [initiator.finish(verified.welcome()).ok().unwrap(), verified.finish()]
}

#[test]
fn the_exchange_of_the_example() {
    let hellos = example_hellos();
    let session = session_id(&hellos);
    assert_eq!(session, EXAMPLE.array("sid"));
    assert_eq!(channel_id(&hellos), EXAMPLE.array("CI"));
    let generator = generator(&hellos, &Password::new(&EXAMPLE.get("P")).unwrap());
    assert_eq!(generator.to_bytes(), EXAMPLE.array("g"));
    let hashed = Sha512::digest(EXAMPLE.get("g_input")).into();
    assert_eq!(RistrettoPoint::from_uniform_bytes(&hashed).compress().to_bytes(), EXAMPLE.array("g"));

    let [ya, yb] = ["ya", "yb"].map(|side| {
        let secret = Secret::new(&EXAMPLE.array(&[side, "_random"].concat()));
        assert_eq!(secret.to_bytes(), EXAMPLE.array(side));
        secret
    });
    let (initiators, responders) = (ya.share(&generator), yb.share(&generator));
    assert_eq!((initiators, responders), (EXAMPLE.array("Ya"), EXAMPLE.array("Yb")));
    let point = ya.meet(&responders).unwrap();
    assert_eq!(point.as_bytes(), &EXAMPLE.array("K"));
    assert_eq!(yb.meet(&initiators).unwrap().as_bytes(), &EXAMPLE.array("K"));

    let initiator = Said { share: &initiators, associated: &hellos.initiator };
    let responder = Said { share: &responders, associated: &hellos.responder };
    let key = IntermediateKey::new(&session, &point, initiator, responder);
    assert_eq!(key.as_bytes(), &EXAMPLE.array("ISK"));
    assert_eq!(Sha512::digest(EXAMPLE.get("ISK_input")).as_slice(), EXAMPLE.get("ISK"));
}

#[test]
fn what_the_key_of_the_example_becomes() {
    let (extracted, _) = Hkdf::<Sha512>::extract(Some(schedule::SALT), &EXAMPLE.get("ISK"));
    assert_eq!(extracted.as_slice(), EXAMPLE.get("PRK"));
    let hkdf = Hkdf::<Sha512>::from_prk(&EXAMPLE.get("PRK")).unwrap();
    let mut tag = [0; TAG_LEN];
    hkdf.expand(&[b"initiator confirms".as_slice(), &EXAMPLE.get("T")].concat(), &mut tag).unwrap();
    assert_eq!(tag, EXAMPLE.array("Ta"));
    for (keys, name) in example_keys().iter().zip(["Sa", "Sb"]) {
        let secret = [keys.sending.key.as_slice(), keys.sending.initial_vector.as_slice()].concat();
        assert_eq!(secret, EXAMPLE.get(name));
    }
}

#[test]
fn the_next_keys_of_the_example() {
    for (mut keys, name) in example_keys().into_iter().zip(["Sa", "Sb"]) {
        for _ in 0..FRAMES_PER_KEY {
            keys.seal(&mut EMPTY_FRAME.clone());
        }
        let mut frame = EMPTY_FRAME;
        Message::KeepAlive.emit(&mut frame);
        keys.seal(&mut frame);
        assert_eq!(*keys.sending.key, EXAMPLE.array(&[name, "_next_key"].concat()));
        assert_eq!(frame[PLAIN_LEN..], EXAMPLE.get(&[name, "_next_tag"].concat()));
    }
}

/// CPace as implemented by `pakery-cpace`.
struct Independent;

impl CpaceCiphersuite for Independent {
    type Group = Ristretto255Group;
    type Hash = Sha512Hash;
    const DSI: &'static [u8] = b"CPaceRistretto255";
    const HASH_BLOCK_SIZE: usize = 128;
    const FIELD_SIZE_BYTES: usize = 32;
}

proptest! {
    #[test]
    fn an_independent_responder_comes_to_the_same_key(
        password: Vec<u8>,
        [channel, session, ada, adb]: [Vec<u8>; 4],
        random in proptest::array::uniform32(any::<[u8; 2]>()),
    ) {
        let random: Vec<u8> = random.concat();
        let secret = Secret::new(random.as_slice().try_into().unwrap());
        let ours = secret.share(&Generator::new(&password, &channel, &session));
        let (theirs, output) = CpaceResponder::<Independent>::respond(
            &ours, &password, &channel, &session, &ada, &adb,
            CpaceMode::InitiatorResponder, &mut UnwrapErr(SysRng),
        ).unwrap();
        let theirs = theirs.as_slice().try_into().unwrap();
        let initiator = Said { share: &ours, associated: &ada };
        let responder = Said { share: theirs, associated: &adb };
        let key = IntermediateKey::new(&session, &secret.meet(theirs).ok().unwrap(), initiator, responder);
        prop_assert_eq!(key.as_bytes().as_slice(), output.isk.as_bytes());
    }
}

fn hellos() -> Hellos {
    let hello = |random| Hello::new(Sealed::ID, Service::Chat, [random; 32]).to_bytes();
    Hellos { initiator: hello(1), responder: hello(2) }
}

fn password(text: &str) -> Password {
    Password::new(text.as_bytes()).unwrap()
}

fn initiator(hellos: &Hellos, share: &[u8], password_text: &str) -> Result<SealedInitiator, Fault> {
    SealedInitiator::new(hellos, share, &password(password_text), &Entropy::new([3; ENTROPY_LEN]))
}

fn responder(hellos: &Hellos, password_text: &str) -> SealedResponder {
    SealedResponder::new(hellos, &[], &password(password_text), &Entropy::new([4; ENTROPY_LEN])).unwrap()
}

/// The keys of both sides, the initiator's first.
fn keys() -> [SealedKeys; 2] {
    let hellos = hellos();
    let responder = responder(&hellos, "sesame");
    let mut initiator = initiator(&hellos, responder.share(), "sesame").unwrap();
    let mut verified = responder.verify(&hellos, initiator.credentials(), &password("sesame")).ok().unwrap();
    [initiator.finish(verified.welcome()).ok().unwrap(), verified.finish()]
}

#[test]
fn both_sides_open_what_the_other_seals() {
    let [mut ours, mut theirs] = keys();
    for number in 0..3 {
        for (from, to) in [(0, 1), (1, 0)] {
            let ends = [&mut ours, &mut theirs];
            let plain: [u8; FRAME_LEN] = core::array::from_fn(|at| if at < PLAIN_LEN { number } else { 0 });
            let mut frame = plain;
            let [sender, receiver] = if from < to {
                ends
            } else {
                let [a, b] = ends;
                [b, a]
            };
            sender.seal(&mut frame);
            assert!(
                frame.iter().zip(plain).filter(|(sealed, byte)| *sealed == byte).count() < FRAME_LEN / 32
            );
            receiver.open(&mut frame).unwrap();
            assert_eq!(frame, plain);
        }
    }
}

#[test]
fn a_wrong_password_is_a_guess_and_nothing_else_is() {
    let hellos = hellos();
    let fresh = || responder(&hellos, "sesame");
    let outcome = |credentials: &[u8]| fresh().verify(&hellos, credentials, &password("sesame")).map(|_| ());
    let wrong = initiator(&hellos, fresh().share(), "sesam").unwrap();
    assert_eq!(outcome(wrong.credentials()), Err(Rejection::WrongPassword));
    let right = initiator(&hellos, fresh().share(), "sesame").unwrap();
    assert_eq!(outcome(right.credentials()), Ok(()));

    assert_eq!(outcome(&right.credentials()[1..]), Err(Rejection::Fault(Fault::Length)));
    let mut pointless: [u8; CREDENTIALS_LEN] = right.credentials().try_into().unwrap();
    pointless[..SHARE_LEN].fill(0);
    assert_eq!(outcome(&pointless), Err(Rejection::Fault(Fault::Proof)));
}

#[test]
fn no_bit_of_a_handshake_can_be_changed() {
    let hellos = hellos();
    let share: [u8; SHARE_LEN] = responder(&hellos, "sesame").share().try_into().unwrap();
    let mut honest = initiator(&hellos, &share, "sesame").unwrap();
    let credentials: [u8; CREDENTIALS_LEN] = honest.credentials().try_into().unwrap();
    for bit in 0..CREDENTIALS_LEN * 8 {
        let mut changed = credentials;
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(
            responder(&hellos, "sesame").verify(&hellos, &changed, &password("sesame")).is_err(),
            "bit {bit}"
        );
    }
    for bit in 0..SHARE_LEN * 8 {
        let mut changed = share;
        changed[bit / 8] ^= 1 << (bit % 8);
        let Ok(misled) = initiator(&hellos, &changed, "sesame") else { continue };
        let verified =
            responder(&hellos, "sesame").verify(&hellos, misled.credentials(), &password("sesame"));
        assert!(verified.is_err(), "bit {bit}");
    }
    let verified =
        responder(&hellos, "sesame").verify(&hellos, &credentials, &password("sesame")).ok().unwrap();
    let mut welcome: [u8; 64] = verified.welcome().try_into().unwrap();
    welcome[63] ^= 0x80;
    assert_eq!(honest.finish(&welcome).err(), Some(Fault::Proof));
}

#[test]
fn both_must_have_heard_the_same_hellos() {
    let hellos = hellos();
    let share: [u8; SHARE_LEN] = responder(&hellos, "sesame").share().try_into().unwrap();
    for at in 0..hellos.initiator.len() * 2 {
        let mut other = hellos;
        let bytes = other.initiator.iter_mut().chain(&mut other.responder);
        *bytes.into_iter().nth(at).unwrap() ^= 1;
        let misled = initiator(&other, &share, "sesame").unwrap();
        let outcome = responder(&hellos, "sesame").verify(&hellos, misled.credentials(), &password("sesame"));
        assert_eq!(outcome.map(|_| ()), Err(Rejection::WrongPassword), "byte {at}");
    }
}

#[test]
fn a_frame_opens_once_in_its_place_and_unchanged() {
    let [mut ours, mut theirs] = keys();
    let mut frames = [EMPTY_FRAME; 3];
    for frame in &mut frames {
        ours.seal(frame);
    }
    let [first, second, _] = frames;
    let opens = |keys: &mut SealedKeys, mut frame: Frame| keys.open(&mut frame);
    assert_eq!(opens(&mut keys()[1], second), Err(Fault::Seal), "before its turn");
    assert_eq!(opens(&mut keys()[0], first), Err(Fault::Seal), "back to its sender");
    for at in [0, PLAIN_LEN - 1, PLAIN_LEN, FRAME_LEN - 1] {
        let mut changed = first;
        changed[at] ^= 1;
        assert_eq!(opens(&mut keys()[1], changed), Err(Fault::Seal), "byte {at}");
    }
    assert_eq!(opens(&mut theirs, first), Ok(()));
    assert_eq!(opens(&mut theirs, first), Err(Fault::Seal), "again");
}

#[test]
fn keys_change_on_the_way_and_the_old_ones_do_not_come_back() {
    let [mut ours, mut theirs] = keys();
    let old = ours.sending.key.clone();
    for number in 0..FRAMES_PER_KEY + 2 {
        let mut frame = EMPTY_FRAME;
        frame[0] = 7;
        ours.seal(&mut frame);
        theirs.open(&mut frame).unwrap();
        assert_eq!(frame[0], 7);
        assert_eq!(ours.sending.key == old, number < FRAMES_PER_KEY, "frame {number}");
    }
}
