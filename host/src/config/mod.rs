//! What a program is told before it starts: its command line, its passwords.

pub mod options;
pub mod password;
