//! A device on a TAP interface and the programs of Linux, each test on a network of its own.
//!
//! That needs the rights of root. Without them, every test here says that it is skipped.

mod cast;
mod chat;
mod cut;
mod loss;
mod meeting;
mod start;
mod wire;
