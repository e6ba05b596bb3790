//! The device's packets.

use std::fs;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use p2pm_tests::namespace::DEVICE;
use p2pm_tests::pty::Terminal;
use rustix::process::Signal;
use tempfile::TempDir;

use crate::cast::Site;

#[test]
fn the_device_answers_a_ping() {
    let Some(site) = Site::for_test() else { return };
    let _node = site.listening("node");
    let ping = |bytes: &str| {
        let mut ping = site.network.command("ping");
        let output = ping.args(["-n", "-c", "3", "-i", "0.2", "-W", "5", "-s", bytes, DEVICE]).output();
        let output = output.expect("ping, of the package iputils-ping");
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && said.contains(" 0% packet loss"), "{said}");
    };
    ping("56");
    // The longest packet.
    ping("1472");
}

/// Resource usage of a process since its start.
struct Used {
    /// CPU time, in hundredths of a second.
    ticks: u64,
    /// Voluntary context switches.
    waits: u64,
}

impl Used {
    fn by(program: &Terminal) -> Self {
        let read = |file: &str| fs::read_to_string(format!("/proc/{}/{file}", program.id())).unwrap();
        let stat = read("stat");
        // After the program's name: fields 14 and 15 are the 12th and 13th.
        let (_, fields) = stat.rsplit_once(')').unwrap();
        let ticks =
            fields.split_whitespace().skip(11).take(2).map(|field| field.parse::<u64>().unwrap()).sum();
        let status = read("status");
        let (_, waits) = status.split_once("\nvoluntary_ctxt_switches:").unwrap();
        let waits = waits.lines().next().unwrap().trim().parse().unwrap();
        Self { ticks, waits }
    }
}

/// Checks that the program is idle for some seconds, with few wake-ups.
#[track_caller]
fn assert_idle(program: &mut Terminal, wakes: u64) {
    let before = Used::by(program);
    program.expect_nothing_for(Duration::from_secs(4));
    let after = Used::by(program);
    let (ticks, waits) = (after.ticks - before.ticks, after.waits - before.waits);
    assert!(ticks <= 1 && waits <= wakes, "{ticks} ticks, {waits} waits\n{}", program.screen());
}

#[test]
fn with_nothing_to_do_the_device_does_nothing() {
    let Some(site) = Site::for_test() else { return };
    let mut node = site.listening("node");
    assert_idle(&mut node, 2);
    let mut client = site.call("");
    client.send_line("hello device!");
    node.expect("THEM: hello device!\n");
    // The last acknowledgement, and Linux' renewal of its ARP entry.
    assert_idle(&mut node, 8);
    client.send_line("quit");
    node.signal(Signal::INT);
    assert_eq!(node.wait().code(), Some(0));
    let mut community = site.listening("community");
    assert_idle(&mut community, 2);
}

/// A file of libpcap, as far as these tests parse it.
struct Capture {
    /// Seconds since 1970, and the packet.
    packets: Vec<(u32, Vec<u8>)>,
}

impl Capture {
    fn parse(bytes: &[u8]) -> Self {
        // In the byte order of the writer.
        let is_little = bytes[0] == 0xd4;
        let word = |at: usize| {
            let word = bytes[at..at + 4].try_into().unwrap();
            if is_little { u32::from_le_bytes(word) } else { u32::from_be_bytes(word) }
        };
        assert_eq!(word(0), 0xa1b2_c3d4, "magic, which stands for microseconds");
        assert_eq!(word(4), if is_little { 0x0004_0002 } else { 0x0002_0004 }, "version 2.4");
        assert!(word(16) >= 1514, "longest packet");
        assert_eq!(word(20), 1, "Ethernet");
        let mut packets = Vec::new();
        let mut at = 24;
        while at < bytes.len() {
            let (seconds, microseconds, captured, length) =
                (word(at), word(at + 4), word(at + 8), word(at + 12));
            assert!(microseconds < 1_000_000 && captured == length && length <= 1514);
            at += 16 + length as usize;
            packets.push((seconds, bytes[at - length as usize..at].to_vec()));
        }
        assert_eq!(at, bytes.len(), "whole packets");
        Self { packets }
    }

    /// Number of packets of this Ethernet type whose payload matches.
    fn count(&self, kind: u16, is_wanted: impl Fn(&[u8]) -> bool) -> usize {
        let of_kind = self.packets.iter().filter(|(_, packet)| packet[12..14] == kind.to_be_bytes());
        of_kind.filter(|(_, packet)| is_wanted(&packet[14..])).count()
    }
}

#[test]
fn a_capture_holds_what_crossed_the_wire() {
    let Some(site) = Site::for_test() else { return };
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("packets");
    let seconds = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let start = seconds();
    let mut node = site.listening(&format!("--pcap {} node --echo", file.display()));
    let mut client = site.call("");
    client.send_line("hello device!");
    client.expect("THEM: hello device!\n");
    node.signal(Signal::INT);
    assert_eq!(node.wait().code(), Some(0));

    let capture = Capture::parse(&fs::read(file).unwrap());
    let port = 5460_u16.to_be_bytes();
    let (arp, ip) = (0x0806, 0x0800);
    assert!(capture.count(arp, |packet| packet[7] == 1) >= 1, "a question");
    assert!(capture.count(arp, |packet| packet[7] == 2) >= 1, "an answer");
    // TCP in IPv4 without options, and its ports; the handshake alone is three frames.
    let is_tcp = |packet: &[u8]| packet[0] == 0x45 && packet[9] == 6;
    assert!(capture.count(ip, |packet| is_tcp(packet) && packet[22..24] == port) >= 5, "to the device");
    assert!(capture.count(ip, |packet| is_tcp(packet) && packet[20..22] == port) >= 5, "from the device");
    let is_now = |second: u32| (start..=seconds()).contains(&u64::from(second));
    assert!(capture.packets.iter().all(|(second, _)| is_now(*second)), "when it was");
}
