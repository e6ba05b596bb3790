//! The server under load, and its resource usage.

use std::fs;
use std::io::{self, BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use clap::ValueEnum;
use p2pm_host::config::options::SuiteName;

use crate::process::program;

/// A community server in a process of its own, killed on drop.
#[derive(Debug)]
pub struct Server {
    child: Child,
    /// Address that it listens on.
    pub address: SocketAddr,
}

impl Server {
    /// Starts the real program with room for `users`, on a port of 127.0.0.1 that the system chooses.
    pub fn start(users: u32, suite: SuiteName, password: &str) -> io::Result<Self> {
        let mut child = Command::new(program("communityserver"))
            .args(["--listen", "127.0.0.1:0", "--users", &users.to_string()])
            .args(suite.to_possible_value().iter().flat_map(|suite| ["--suite", suite.get_name()]))
            .env("P2PM_PASSWORD", password)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let output = child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
        let mut output = BufReader::new(output);
        let address = listening_address(&mut output);
        // Its output must be read, or it would block.
        thread::spawn(move || io::copy(&mut output, &mut io::sink()));
        let server = |address| Self { child, address };
        address.map(server)
    }

    /// CPU time so far, of all its threads, in user and system mode.
    pub fn processor_time(&self) -> io::Result<Duration> {
        let mut time = Duration::ZERO;
        for task in fs::read_dir(format!("/proc/{}/task", self.child.id()))? {
            // The first number is the CPU time in nanoseconds.
            let statistics = fs::read_to_string(task?.path().join("schedstat"))?;
            time += Duration::from_nanos(number(statistics.split_whitespace().next())?);
        }
        Ok(time)
    }

    /// Resident memory, in bytes.
    pub fn resident_bytes(&self) -> io::Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        number(line.and_then(|line| line.split_whitespace().next())).map(|kib| kib * 1024)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Fails only if the server has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn listening_address(output: &mut impl BufRead) -> io::Result<SocketAddr> {
    let mut line = String::new();
    output.read_line(&mut line)?;
    let address = line.trim_end().strip_prefix("listening on ").and_then(|address| address.parse().ok());
    address.ok_or_else(|| io::Error::other(format!("the server said {line:?}")))
}

fn number(text: Option<&str>) -> io::Result<u64> {
    text.and_then(|text| text.parse().ok()).ok_or_else(|| io::ErrorKind::InvalidData.into())
}
