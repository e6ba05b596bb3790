//! What a program is told: its command line, addresses, passwords.

pub mod address;
pub mod options;
pub mod password;
pub mod resolve;
