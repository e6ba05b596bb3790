//! How far down the stack is used: what lies below it is painted first, and then looked at.

use cortex_m::register::msp;

const PAINT: u32 = 0xcccc_cccc;
/// How many words are painted: the board has room for many more.
const WORDS: usize = 16 * 1024;
/// How many are left out, for whoever paints.
const SPARED: usize = 64;

/// How many bytes of stack this takes.
pub fn used_by<R>(work: impl FnOnce() -> R) -> (R, u32) {
    let top = msp::read();
    paint(top);
    let result = work();
    (result, written_below(top))
}

#[inline(never)]
fn paint(top: u32) {
    for word in words_below(top) {
        // SAFETY: it lies below the stack pointer, but not where this function is at work, and above the statics, by
        // megabytes. So nothing else is there.
        unsafe { word.write_volatile(PAINT) };
    }
}

/// How many bytes from `top` down to the last word that is not as it was painted.
#[inline(never)]
fn written_below(top: u32) -> u32 {
    // SAFETY: see `paint`; and it has written all of them.
    let painted = words_below(top).take_while(|word| unsafe { word.read_volatile() } == PAINT).count();
    u32::try_from((WORDS - painted) * size_of::<u32>()).unwrap_or(u32::MAX)
}

/// The lowest one first.
fn words_below(top: u32) -> impl Iterator<Item = *mut u32> {
    let bottom = top as usize - WORDS * size_of::<u32>();
    (0..WORDS - SPARED).map(move |nth| (bottom + nth * size_of::<u32>()) as *mut u32)
}
