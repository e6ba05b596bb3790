//! Operations on either side of a chat, and on both sides together: see [`p2pm_fuzz::chat`].
#![no_main]

use libfuzzer_sys::fuzz_target;
use p2pm_core::suite::Sealed;
use p2pm_fuzz::chat::{Input, play};

fuzz_target!(|input: Input<'_>| play::<Sealed>(input));
