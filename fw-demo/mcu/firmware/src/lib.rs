//! What the boards have in common.

#![no_std]

use defmt_semihosting as _; // the logger

mod panic;
