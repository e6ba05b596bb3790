//! Secrets left in the memory of a connection: none whose bytes an example shows.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::thread;

use p2pm_core::channel::Machine;
use p2pm_core::chat::{Callee, Caller};
use p2pm_core::door::Door;
use p2pm_core::suite::Sealed;
use p2pm_core::wire::{EMPTY_FRAME, Turns};

use crate::recording::recorded_values;
use crate::{HERE, START, initiator_entropy, password, responder_entropy};

/// Secrets that must be gone once the connection is open: see `sealed_keys.txt`. The entropy is not among
/// them: it is wiped, but moved while the connection is made, and a move may copy it into padding that cannot
/// be wiped.
const USED_UP: [&str; 7] = ["P", "ya", "yb", "g", "K", "ISK", "PRK"];
const KEYS: [&str; 2] = ["Sa", "Sb"];

/// Number of copies of each of these values, or of its first 32 bytes, in the memory of `owner`, padding and
/// unused parts included.
fn count<T>(owner: &T, names: &[&str]) -> Vec<usize> {
    let mut memory = vec![0; size_of::<T>()];
    let address = std::ptr::from_ref(owner).addr() as u64;
    File::open("/proc/self/mem").unwrap().read_exact_at(&mut memory, address).unwrap();
    let values = recorded_values("sealed_keys");
    let times = |name: &&str| {
        let (_, value) = values.iter().find(|(known, _)| known == name).expect("a value of the example");
        let value = &value[..value.len().min(32)];
        memory.windows(value.len()).filter(|window| *window == value).count()
    };
    names.iter().map(times).collect()
}

/// Larger than the stack of any other thread here, in bytes.
const UNUSED_STACK: usize = 64 << 20;

/// Makes a connection, in a box, on a fresh stack: a move could copy what earlier calls left there into
/// unused parts of the connection. The C library reuses the stacks of threads uncleared, but none of this
/// size.
fn on_an_unused_stack<T: Send + 'static>(make: impl FnOnce() -> T + Send + 'static) -> T {
    let maker = thread::Builder::new().stack_size(UNUSED_STACK).spawn(make);
    maker.unwrap().join().unwrap()
}

#[test]
fn what_is_used_up_is_wiped_at_once_and_the_keys_with_the_connection() {
    let mut door = Door::new(password("barbeau"));
    let (password, entropy) = (password("barbeau"), initiator_entropy());
    let mut katie = on_an_unused_stack(move || {
        Box::new(Some(Caller::<Sealed>::new(START, password, Turns::Linear, None, entropy)))
    });
    let entropy = responder_entropy();
    let mut node = on_an_unused_stack(move || Box::new(Some(Callee::<Sealed>::new(START, HERE, entropy))));
    assert!(count(&*katie, &["P", "ya_random"]).into_iter().all(|times| times > 0), "it would be found");
    let mut frame = EMPTY_FRAME;
    for _ in 0..2 {
        let (katie, node) = (katie.as_mut().as_mut().unwrap(), node.as_mut().as_mut().unwrap());
        assert!(katie.poll_frame(START, &mut frame));
        assert_eq!(node.at(&mut door).handle_frame(START, &mut frame), None);
        assert!(node.at(&mut door).poll_frame(START, &mut frame));
        katie.handle_frame(START, &mut frame);
    }
    for (used_up, keys) in
        [(count(&*katie, &USED_UP), count(&*katie, &KEYS)), (count(&*node, &USED_UP), count(&*node, &KEYS))]
    {
        assert_eq!(used_up, [0; 7]);
        assert!(keys.into_iter().all(|times| times > 0), "there they are in use");
    }
    *katie = None;
    *node = None;
    assert_eq!(count(&*katie, &KEYS), [0; 2]);
    assert_eq!(count(&*node, &KEYS), [0; 2]);
}
