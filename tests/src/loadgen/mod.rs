//! Load generator: joins many users to a real community server and keeps them connected.

mod server;
mod swarm;
mod user;

use std::collections::BTreeSet;
use std::io;
use std::time::Instant;

use clap::Parser;
use p2pm_core::suite::{Suite, Xor};
use p2pm_host::config::options::SuiteName;
use p2pm_host::suite::Sealed;

use self::server::Server;
use self::swarm::Swarm;
use self::user::name_of;

const PASSWORD: &str = "a password under load";

/// Starts a community server, joins many users over loopback, keeps them connected, and fetches the whole list.
///
/// The last line tells: joins a second as seen from outside, processor time of the server for one join in
/// microseconds (all its threads, user and system), its resident memory for one user in bytes (over what it
/// had before the first connection), and the time one user waits for the whole list in milliseconds.
#[derive(Debug, Parser)]
#[command(name = "loadgen")]
struct Options {
    /// Users to join, and the server's capacity
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=65_536))]
    users: u32,
    /// Users, the first ones, who are told who comes and goes
    #[arg(long, value_name = "M", default_value_t = 0)]
    subscribers: u32,
    /// How connections are protected
    #[arg(long, value_enum, default_value_t)]
    suite: SuiteName,
}

/// Runs the program as its command line says.
pub fn run() -> io::Result<()> {
    let options = Options::parse();
    match options.suite {
        SuiteName::Xor => load::<Xor>(&options),
        SuiteName::Sealed => load::<Sealed>(&options),
    }
}

fn load<S: Suite>(options: &Options) -> io::Result<()> {
    let Options { users, subscribers, suite } = *options;
    let subscribers = subscribers.min(users);
    let server = Server::start(users, suite, PASSWORD)?;
    let (memory_before, processor_before) = (server.resident_bytes()?, server.processor_time()?);

    let mut swarm = Swarm::<S>::new(server.address, PASSWORD, users as usize, subscribers as usize)?;
    let start = Instant::now();
    swarm.join_all()?;
    let joining = start.elapsed();
    let processor = server.processor_time()?.saturating_sub(processor_before);

    let start = Instant::now();
    let names = swarm.fetch_list()?;
    let list = start.elapsed();
    check_names(&names, users as usize)?;
    let memory = server.resident_bytes()?.saturating_sub(memory_before);

    if subscribers > 0 {
        swarm.wait_for_presence()?;
        let (frames, seconds) = (swarm.presence_frames(), swarm.age().as_secs_f64());
        let each_second = f64::from(frames) / f64::from(subscribers) / seconds;
        println!("subscribers={subscribers} presence_frames={frames} each_a_second={each_second:.2}");
    }
    println!("server_rss_bytes_before={memory_before} of which the registry has room for all users");
    let joins_per_s = f64::from(users) / joining.as_secs_f64();
    let processor_us = processor.as_secs_f64() * 1e6 / f64::from(users);
    let memory_each = memory / u64::from(users);
    let list_ms = list.as_secs_f64() * 1e3;
    println!(
        "users={users} joins_per_s={joins_per_s:.0} server_cpu_us_per_join={processor_us:.1} \
         server_rss_bytes_per_user={memory_each} list_ms={list_ms:.1}"
    );
    Ok(())
}

/// Fails unless the list has every user exactly once.
fn check_names(names: &[String], users: usize) -> io::Result<()> {
    let listed: BTreeSet<&str> = names.iter().map(String::as_str).collect();
    let all = (0..users).all(|index| listed.contains(name_of(index).as_str()));
    if all && names.len() == users {
        Ok(())
    } else {
        Err(io::Error::other(format!(
            "the list has {} names, {} of them different",
            names.len(),
            listed.len()
        )))
    }
}
