//! Operations on a community and on a client: see [`p2pm_fuzz::community`].
#![no_main]

use libfuzzer_sys::fuzz_target;
use p2pm_core::suite::Xor;
use p2pm_fuzz::community::{Input, play};

fuzz_target!(|input: Input<'_>| play::<Xor>(input));
