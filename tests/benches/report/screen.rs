//! The face for terminals: how soon a key is echoed while others write, what scrollback costs, and what it does when nothing
//! happens.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::{self, JoinHandle, park_timeout};
use std::time::{Duration, Instant};

use p2pm_host::config::profile::ProfileName;
use p2pm_host::node::Ask;
use p2pm_host::node::control::Client;
use p2pm_tests::machine::Machine;
use p2pm_tests::pty::Terminal;
use p2pm_tests::screen::Screen;

use crate::circle::{address_in, number, resident_bytes};
use crate::link::{End, PASSPHRASE};
use crate::table::{heading, row};

/// Keys that are timed at each rate.
const KEYS: usize = 500;
/// Keys in the line before it is cleared.
const KEYS_A_LINE: usize = 40;
const CLEAR: &str = "\x15";
/// Texts that come in a second.
const RATES: [u32; 3] = [0, 1000, 10_000];
/// Texts that have come when the memory is looked at again.
const SCROLLBACK: u32 = 100_000;
const IDLE: Duration = Duration::from_secs(10);
const PATIENCE: Duration = Duration::from_mins(1);

/// Measures and prints.
pub fn report() {
    heading("Screen", "p2pm on a terminal of 24 rows and 80 columns, with one link over loopback");
    let machine = Machine::new();
    let mut command = machine.command("p2pm");
    command.args(["--no-discovery", "--name", "katie", "--port", "0", "--accept", "all"]);
    command.env("P2PM_PASSPHRASE", PASSPHRASE).env("TERM", "xterm-256color").env("TZ", "UTC");
    let terminal = Terminal::spawn(command);
    let process = terminal.id();
    let mut screen = Screen::of(terminal);
    screen.expect(&["everyone>"]);
    let mut writer = Writer::start(address_of(&machine));
    screen.expect(&["1 node"]);

    let before = switches(process);
    park_timeout(IDLE);
    println!("  wake-ups in {} s when nothing happens: {}", IDLE.as_secs(), switches(process) - before);
    let at_first = resident_bytes(process);
    for rate in RATES {
        writer.write_at(rate);
        let (start, said) = (Instant::now(), writer.said());
        let times = echoes(&mut screen);
        let achieved = f64::from(writer.said() - said) / start.elapsed().as_secs_f64();
        writer.write_at(0);
        let what = format!("key to echo, {achieved:.0} texts a second, median");
        row(&what, percentile(&times, 50), "");
        row("  99th percentile", percentile(&times, 99), "(bound: at most 50 ms)");
    }
    writer.write_at(10_000);
    while writer.said() < SCROLLBACK {
        screen.terminal().read();
    }
    let bytes = resident_bytes(process).saturating_sub(at_first);
    println!("  resident bytes after {} texts, more than at first: {bytes}", writer.said());
    writer.end();
}

/// Times from a key to its echo, in nanoseconds, in ascending order.
fn echoes(screen: &mut Screen) -> Vec<f64> {
    let mut times = Vec::new();
    while times.len() < KEYS {
        screen.press(CLEAR);
        screen.expect_that("an empty line", |shown| typed(shown) == 0);
        for count in 1..=KEYS_A_LINE {
            let start = Instant::now();
            screen.press("x");
            screen.expect_that("an echo", |shown| typed(shown) == count);
            times.push(start.elapsed().as_secs_f64() * 1e9);
            park_timeout(Duration::from_millis(5));
        }
    }
    times.sort_by(f64::total_cmp);
    times
}

/// Keys in the line that is typed.
fn typed(shown: &str) -> usize {
    let line = shown.lines().rev().find(|line| line.contains("everyone>")).unwrap_or_default();
    line.matches('x').count()
}

fn percentile(sorted: &[f64], percent: usize) -> f64 {
    sorted[(sorted.len() - 1) * percent / 100]
}

/// Somebody who writes, in a thread.
struct Writer {
    rate: Arc<AtomicU32>,
    said: Arc<AtomicU32>,
    thread: Option<JoinHandle<()>>,
}

/// The rate that ends a writer.
const NO_MORE: u32 = u32::MAX;

impl Writer {
    fn start(address: SocketAddr) -> Self {
        let [rate, said] = [(); 2].map(|()| Arc::new(AtomicU32::new(0)));
        let (its_rate, its_said) = (Arc::clone(&rate), Arc::clone(&said));
        let thread = thread::spawn(move || {
            let mut end = End::dial_as(1, address);
            let (mut since, mut due, mut last) = (Instant::now(), 0, 0);
            loop {
                let rate = its_rate.load(Ordering::Relaxed);
                if rate == NO_MORE {
                    return;
                }
                if rate != last {
                    (since, due, last) = (Instant::now(), 0, rate);
                }
                end.serve();
                while f64::from(due) < since.elapsed().as_secs_f64() * f64::from(rate)
                    && end.say_to_all("dinner?")
                {
                    due += 1;
                    its_said.fetch_add(1, Ordering::Relaxed);
                    end.serve();
                }
                park_timeout(Duration::from_millis(1));
            }
        });
        Self { rate, said, thread: Some(thread) }
    }

    fn write_at(&self, rate: u32) {
        self.rate.store(rate, Ordering::Relaxed);
    }

    fn said(&self) -> u32 {
        self.said.load(Ordering::Relaxed)
    }

    fn end(&mut self) {
        self.write_at(NO_MORE);
        if let Some(thread) = self.thread.take() {
            thread.join().expect("it does not fail");
        }
    }
}

fn address_of(machine: &Machine) -> SocketAddr {
    let socket = machine.control_socket(ProfileName::default().as_str());
    let mut client = Client::connect_at(&socket, Some(PATIENCE)).expect("it runs");
    let address = address_in(&client.ask(&Ask::Who {}).expect("an answer")).expect("an address");
    (Ipv4Addr::LOCALHOST, address.port()).into()
}

/// How often the threads of a process have waited for something.
fn switches(process: u32) -> usize {
    let tasks = fs::read_dir(format!("/proc/{process}/task")).expect("it runs");
    let statuses = tasks.map(|task| fs::read_to_string(task.expect("it runs").path().join("status")));
    statuses.map(|status| number(&status.expect("it runs"), "voluntary_ctxt_switches:")).sum()
}
