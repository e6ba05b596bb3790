//! Operations on nodes that are linked with each other: see [`p2pm_fuzz::circle`].
#![no_main]

use libfuzzer_sys::fuzz_target;
use p2pm_fuzz::circle::{Input, play};

fuzz_target!(|input: Input| play(&input));
