//! Other programs, where they are installed.

use std::fs::{self, File};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;

/// A server for scp, on loopback, with keys of its own.
pub struct Ssh {
    server: Child,
    port: u16,
    home: PathBuf,
}

impl Ssh {
    /// Starts it; `None`, said aloud, if it is not installed.
    pub fn start(room: &Path) -> Option<Self> {
        let program = ["/usr/sbin/sshd", "/usr/bin/sshd"].into_iter().find(|path| Path::new(path).exists());
        let (Some(program), true) = (program, is_installed("scp")) else {
            println!("  scp: not installed (Debian: openssh-client, openssh-server)");
            return None;
        };
        let home = room.join("ssh");
        let _ = fs::remove_dir_all(&home);
        fs::create_dir(&home).expect("room in memory");
        let key = home.join("key");
        run(Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(&key));
        let port = free_port();
        let allowed = format!("AuthorizedKeysFile={}.pub", key.display());
        let server = Command::new(program)
            .args(["-D", "-e", "-f", "/dev/null", "-o", "ListenAddress=127.0.0.1", "-o", "StrictModes=no"])
            .args([
                "-o",
                "UsePAM=no",
                "-o",
                "PidFile=none",
                "-o",
                "Subsystem=sftp internal-sftp",
                "-o",
                &allowed,
            ])
            .args(["-p", &port.to_string(), "-h"])
            .arg(&key)
            .stderr(Stdio::null())
            .spawn()
            .expect("it is installed");
        let mut ssh = Self { server, port, home };
        ssh.is_up().then_some(ssh)
    }

    /// Whether it listens, once that is known. It has said why it does not.
    fn is_up(&mut self) -> bool {
        while TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_err() {
            if self.server.try_wait().expect("it was started").is_some() {
                println!("  scp: its server has ended (on Debian it wants the folder /run/sshd)");
                return false;
            }
            thread::yield_now();
        }
        true
    }

    /// Copies a file or a folder into another one.
    pub fn copy(&self, cipher: &str, from: &Path, to: &Path) {
        run(Command::new("scp")
            .args(["-q", "-r", "-P", &self.port.to_string(), "-c", cipher, "-i"])
            .arg(self.home.join("key"))
            .args([
                "-o",
                "StrictHostKeyChecking=no",
                "-o",
                "UserKnownHostsFile=/dev/null",
                "-o",
                "LogLevel=ERROR",
            ])
            .arg(from)
            .arg(format!("127.0.0.1:{}", to.display())));
    }
}

impl Drop for Ssh {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// Whether there is an ncat; said aloud if not.
pub fn has_ncat() -> bool {
    let has = is_installed("ncat");
    if !has {
        println!("  ncat: not installed (Debian: ncat)");
    }
    has
}

/// Brings a file into a folder.
pub fn ncat(from: &Path, to: &Path) {
    let to = File::create(to.join(from.file_name().expect("a name"))).expect("room in memory");
    through_ncat(File::open(from).expect("it is there").into(), to.into());
}

/// Brings a folder into another one.
pub fn tar_through_ncat(from: &Path, to: &Path) {
    let (folder, name) = (from.parent().expect("a folder"), from.file_name().expect("a name"));
    let mut pack = Command::new("tar");
    pack.arg("-C").arg(folder).args(["-cf", "-"]).arg(name).stdout(Stdio::piped());
    let mut unpack = Command::new("tar");
    unpack.arg("-C").arg(to).args(["-xf", "-"]).stdin(Stdio::piped());
    let [mut pack, mut unpack] = [pack, unpack].map(|mut tar| tar.spawn().expect("it is installed"));
    let (stream, into) = (pack.stdout.take().expect("piped"), unpack.stdin.take().expect("piped"));
    through_ncat(stream.into(), into.into());
    for mut tar in [pack, unpack] {
        assert!(tar.wait().expect("it ends").success());
    }
}

fn through_ncat(input: Stdio, output: Stdio) {
    let port = free_port().to_string();
    // The command, which holds the output as long as it is there, goes at once.
    let receiver =
        Command::new("ncat").args(["--recv-only", "-l", "127.0.0.1", &port]).stdout(output).spawn();
    wait_for_listener(&port);
    let sender = Command::new("ncat").args(["--send-only", "127.0.0.1", &port]).stdin(input).spawn();
    for ncat in [sender, receiver] {
        assert!(ncat.expect("it is installed").wait().expect("it ends").success());
    }
}

/// ncat takes one connection, so it cannot be tried whether it listens.
fn wait_for_listener(port: &str) {
    let local = format!(":{:04X}", port.parse::<u16>().expect("a port"));
    let listens = |line: &str| {
        let fields: Vec<_> = line.split_whitespace().collect();
        matches!(fields.as_slice(), [_, address, _, "0A", ..] if address.ends_with(&local))
    };
    while !fs::read_to_string("/proc/net/tcp").expect("Linux").lines().any(listens) {
        thread::yield_now();
    }
}

fn is_installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).exists())
}

fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback");
    listener.local_addr().expect("bound").port()
}

fn run(command: &mut Command) {
    assert!(command.status().expect("it is installed").success(), "{command:?}");
}
