//! Configuration of a program: command line, addresses, passwords.

pub mod address;
pub mod options;
pub mod password;
pub mod resolve;
pub mod runtime;
