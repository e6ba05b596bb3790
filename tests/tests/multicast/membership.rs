//! What a device tells switches and routers of its groups.

use std::net::Ipv4Addr;
use std::time::Duration;

use p2pm_core::time::Instant;
use p2pm_fw::app::{Neighbourhood, Network};
use p2pm_tests::device::ip;
use p2pm_tests::ethernet::address;
use p2pm_tests::frames::{ALL, ALL_HARDWARE, GROUP, GROUP_HARDWARE, packet, query};
use smoltcp::wire::{IgmpPacket, IpProtocol, Ipv4Cidr};

use crate::bench::{Bench, SECOND};

/// After how long without a report a switch forgets a member (RFC 2236 §8.4).
const FORGOTTEN_AFTER: Duration = Duration::from_secs(260);

#[test]
fn a_device_that_sleeps_answers_every_query_in_time() {
    let mut bench = Bench::settled();
    let limit = SECOND * 10;
    for group in [Ipv4Addr::UNSPECIFIED, GROUP].repeat(4) {
        bench.pass(SECOND * 17);
        bench.sent.clear();
        let asked = bench.now();
        bench.inject(&query(group, limit));
        bench.pass(SECOND * 30);
        assert!(bench.reports().iter().any(|report| report.since(asked) <= limit), "{group}");
    }
}

#[test]
fn a_query_of_the_third_version_is_one_as_well() {
    let mut bench = Bench::settled();
    bench.pass(SECOND * 7);
    bench.sent.clear();
    // RFC 3376 §4.1: four more bytes, and sources.
    let frame = packet((address(9), ALL_HARDWARE), (ip(9), ALL), IpProtocol::Igmp, 12, |into| {
        into.copy_from_slice(&[0x11, 10, 0, 0, 0, 0, 0, 0, 2, 125, 0, 0]);
        IgmpPacket::new_unchecked(into).fill_checksum();
    });
    bench.inject(&frame);
    bench.pass(SECOND);
    assert_eq!(bench.reports().len(), 1);
}

#[test]
fn where_nobody_asks_it_reports_before_it_is_forgotten() {
    let mut bench = Bench::new();
    bench.pass(SECOND * 600);
    let reports = bench.reports();
    assert_eq!(reports.first(), Some(&Instant::default()), "at once");
    let gaps: Vec<_> = reports.windows(2).map(|pair| pair[1].since(pair[0])).collect();
    assert!(gaps.iter().all(|gap| *gap <= FORGOTTEN_AFTER / 4), "{gaps:?}");
    assert!(bench.now().since(*reports.last().expect("some")) <= FORGOTTEN_AFTER / 4);
    assert!(reports.len() < 20, "{} of them", reports.len());
}

#[test]
fn a_report_is_as_the_standard_has_it() {
    let mut bench = Bench::new();
    bench.pass(SECOND / 2);
    let report = bench.sent.iter().find(|sent| sent.is_report()).expect("it joins");
    assert_eq!(report.ethernet().src_addr(), address(0));
    assert_eq!(report.ethernet().dst_addr(), GROUP_HARDWARE);
    let packet = report.ip().expect("a packet");
    assert!(packet.verify_checksum());
    assert_eq!((packet.src_addr(), packet.dst_addr(), packet.hop_limit()), (ip(0), GROUP, 1));
    assert_eq!(&packet.into_inner()[20..24], [0x94, 4, 0, 0], "router alert");
    let packet = report.ip().expect("a packet");
    assert_eq!(packet.payload(), [0x16, 0, 0xfa, 0x04, 239, 255, 255, 250]);
}

#[test]
fn a_device_without_an_address_joins_once_it_has_one() {
    let mut bench = Bench::deaf();
    bench.stack.readdress(None, None);
    bench.stack.join();
    bench.pass(SECOND * 100);
    assert!(bench.sent.is_empty());
    bench.stack.readdress(Some(Ipv4Cidr::new(ip(5), 24)), None);
    bench.pass(SECOND / 2);
    let report = bench.sent.iter().find(|sent| sent.is_report()).expect("it joins");
    assert_eq!(report.ip().expect("a packet").src_addr(), ip(5));
    assert!(bench.sent.iter().any(|sent| sent.text().is_some_and(|text| text.contains("10.0.0.6:7776"))));
}

#[test]
fn without_discovery_it_is_in_no_group() {
    let mut bench = Bench::deaf();
    bench.stack.poll(Instant::default());
    assert_eq!((bench.ethernet.sent(), bench.stack.deadline()), (0, None));
}
