//! CPU affinity of the measuring threads, which the system would otherwise change from run to run.

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// Processors that this thread may run on.
pub fn available() -> CpuSet {
    sched_getaffinity(None).expect("a thread knows its processors")
}

/// The first `count` of them, one set each; fewer if there are not as many.
pub fn first(count: usize) -> Vec<CpuSet> {
    let all = available();
    let alone = |number| {
        let mut set = CpuSet::new();
        set.set(number);
        set
    };
    (0..CpuSet::MAX_CPU).filter(|number| all.is_set(*number)).take(count).map(alone).collect()
}

/// Restricts this thread, and those it starts from now on, to these processors.
pub fn run_on(processors: &CpuSet) {
    sched_setaffinity(None, processors).expect("a processor that is available");
}
