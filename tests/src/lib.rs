//! Shared code of the tests.

pub mod capture;
pub mod circle;
pub mod counting;
pub mod device;
pub mod ethernet;
pub mod flood;
pub mod frames;
pub mod lan;
pub mod loadgen;
pub mod loopback;
pub mod machine;
pub mod middle;
pub mod namespace;
pub mod picture;
pub mod piped;
pub mod power_cut;
pub mod process;
pub mod pty;
pub mod random;
pub mod screen;
pub mod simulation;
pub mod sink;
pub mod small_disk;
pub mod transcript;
pub mod watched;

pub use p2pm_transcript::stage;
