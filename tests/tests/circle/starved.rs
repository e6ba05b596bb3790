//! A node without file descriptors for new clients.

use std::fs;
use std::time::Duration;

use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit};

use crate::cast::Node;

/// Fewer descriptors than a node has open, and enough for poll(2) to wait on those.
const FEW: u64 = 8;

/// CPU time of all threads (`schedstat` of proc(5), ns).
fn processor_time(node: &Node) -> Duration {
    let threads = fs::read_dir(format!("/proc/{}/task", node.id())).expect("it runs");
    let of_thread = |thread: fs::DirEntry| {
        let stat = fs::read_to_string(thread.path().join("schedstat")).ok()?;
        stat.split_ascii_whitespace().next()?.parse().ok()
    };
    threads.map(|thread| Duration::from_nanos(thread.ok().and_then(of_thread).unwrap_or_default())).sum()
}

/// The test takes five seconds: the client's own time limit.
#[test]
fn a_node_without_descriptors_keeps_clients_waiting_and_sleeps() {
    let node = Node::start("katie", None, &[]);
    let pid = Pid::from_raw(node.id().cast_signed());
    let allow = |limit| prlimit(pid, Resource::Nofile, limit).expect("the limit of a program of one's own");
    let before = allow(Rlimit { current: Some(FEW), ..getrlimit(Resource::Nofile) });
    let start = processor_time(&node);
    // The descriptor of the first one was there before it came.
    for _ in 0..2 {
        assert!(!node.run(&["--timeout", "5", "who"]).status.success());
    }
    let used = processor_time(&node).saturating_sub(start);
    assert!(used < Duration::from_secs(1), "it has used {used:?} of a processor to wait");
    allow(before);
    assert!(node.run(&["who"]).status.success());
}
