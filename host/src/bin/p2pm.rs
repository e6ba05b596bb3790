//! `p2pm`: all programs other than the three of 2015.

use clap::{Parser, Subcommand};
use p2pm_host::demo;
use p2pm_posix::exit::Exit;

/// Peer-to-peer messaging: people who share a password talk directly.
#[derive(Parser)]
#[command(name = "p2pm", version, max_term_width = 100)]
struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Play the whole story in this terminal, on this machine alone: a community server, two users who meet
    /// and chat, a wrong password, a busy node
    Demo,
}

fn main() -> Exit {
    match Options::parse().command {
        Command::Demo => demo::main(),
    }
}
