//! Configuration of a program: command line, addresses, passwords, codes, profiles.

pub mod address;
pub mod code;
pub mod options;
pub mod password;
pub mod private;
pub mod profile;
pub mod resolve;
pub mod runtime;
