//! Operations on a node with several peers: see [`p2pm_fuzz::node`].
#![no_main]

use libfuzzer_sys::fuzz_target;
use p2pm_fuzz::node::{Input, play};

fuzz_target!(|input: Input<'_>| play(&input));
