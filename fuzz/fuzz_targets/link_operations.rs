//! Operations on one link of a node with an arbitrary peer: see [`p2pm_fuzz::node`].
#![no_main]

use libfuzzer_sys::fuzz_target;
use p2pm_fuzz::node::{LinkInput, play_link};

fuzz_target!(|input: LinkInput<'_>| play_link(&input));
