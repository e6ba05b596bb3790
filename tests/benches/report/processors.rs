//! Which processors the threads of a measurement run on: left to the system, that changes from run to run.

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// The processors that this thread may run on.
pub fn available() -> CpuSet {
    sched_getaffinity(None).expect("a thread knows its processors")
}

/// The first so many of them, one by one; fewer if there are not so many.
pub fn first(count: usize) -> Vec<CpuSet> {
    let all = available();
    let alone = |number| {
        let mut set = CpuSet::new();
        set.set(number);
        set
    };
    (0..CpuSet::MAX_CPU).filter(|number| all.is_set(*number)).take(count).map(alone).collect()
}

/// Has this thread, and those it starts from now on, run there.
pub fn run_on(processors: &CpuSet) {
    sched_setaffinity(None, processors).expect("a processor that is available");
}
