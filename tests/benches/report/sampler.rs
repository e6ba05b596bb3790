//! Takes the median of many rounds, in which everything that is compared has its turn.

use std::hint::black_box;
use std::time::{Duration, Instant};

/// In so many depths of the stack a round is played.
const DEPTHS: usize = 64;

/// Something to measure: does a batch of operations, and says how long they took.
pub struct Subject<'a> {
    operations: u32,
    batch: Box<dyn FnMut() -> Duration + 'a>,
}

impl<'a> Subject<'a> {
    /// A batch of so many operations that times itself, because not all of it counts.
    pub fn new(operations: u32, batch: impl FnMut() -> Duration + 'a) -> Self {
        Self { operations, batch: Box::new(batch) }
    }

    /// So many times the same, all of which counts.
    pub fn repeated(operations: u32, mut operation: impl FnMut() + 'a) -> Self {
        Self::new(operations, move || time(|| (0..operations).for_each(|_| operation())))
    }
}

/// How long it takes.
pub fn time(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

/// The median time of one operation of each subject, in nanoseconds.
pub fn medians<const N: usize>(rounds: usize, mut subjects: [Subject<'_>; N]) -> [f64; N] {
    let mut times: [Vec<Duration>; N] = std::array::from_fn(|_| Vec::with_capacity(rounds));
    let warm_up = rounds / 10;
    for round in 0..warm_up + rounds {
        for turn in 0..N {
            // Everyone goes first in some rounds: what one leaves in the caches is there for another.
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

/// Does it this much deeper in the stack. Where its variables lie decides up to a fifth of the time that some
/// arithmetic takes, and would otherwise be settled for all rounds when the program starts.
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
