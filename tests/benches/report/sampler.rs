//! Medians over many rounds, in each of which every subject is measured.

use std::hint::black_box;
use std::time::{Duration, Instant};

/// Number of different stack depths of the rounds.
const DEPTHS: usize = 64;

/// A subject: runs a batch of operations and returns the time it took.
pub struct Subject<'a> {
    operations: u32,
    batch: Box<dyn FnMut() -> Duration + 'a>,
}

impl<'a> Subject<'a> {
    /// A subject whose batch measures itself, since not all of it counts.
    pub fn new(operations: u32, batch: impl FnMut() -> Duration + 'a) -> Self {
        Self { operations, batch: Box::new(batch) }
    }

    /// A subject that repeats one operation, all of which counts.
    pub fn repeated(operations: u32, mut operation: impl FnMut() + 'a) -> Self {
        Self::new(operations, move || time(|| (0..operations).for_each(|_| operation())))
    }
}

/// Time that `work` takes.
pub fn time(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

/// Median time of one operation of each subject, in nanoseconds.
pub fn medians<const N: usize>(rounds: usize, mut subjects: [Subject<'_>; N]) -> [f64; N] {
    let mut times: [Vec<Duration>; N] = std::array::from_fn(|_| Vec::with_capacity(rounds));
    let warm_up = rounds / 10;
    for round in 0..warm_up + rounds {
        for turn in 0..N {
            // Each subject is first in some rounds, since one leaves data in the caches for the next.
            let number = (round + turn) % N;
            let taken = deeper(round % DEPTHS, &mut subjects[number].batch);
            if round >= warm_up {
                times[number].push(taken);
            }
        }
    }
    std::array::from_fn(|number| {
        let median = median(&mut times[number]);
        median.as_secs_f64() * 1e9 / f64::from(subjects[number].operations)
    })
}

/// Runs `work` this much deeper in the stack. The position of its variables affects some arithmetic by up to
/// a fifth, and would otherwise be fixed for all rounds when the program starts.
#[inline(never)]
fn deeper<R>(levels: usize, work: &mut dyn FnMut() -> R) -> R {
    let step = black_box([0_u8; 16]);
    let result = if levels == 0 { work() } else { deeper(levels - 1, work) };
    black_box(&step);
    result
}

fn median(times: &mut [Duration]) -> Duration {
    let middle = times.len() / 2;
    *times.select_nth_unstable(middle).1
}
