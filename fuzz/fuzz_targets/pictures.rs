//! Pictures: whatever a file has in it, it is none, or one of the size that was asked for, whose preview is one of the protocol.
#![no_main]

use std::io::Cursor;

use libfuzzer_sys::fuzz_target;
use p2pm_core::limits::PREVIEW_PIXELS_MAX;
use p2pm_host::picture::{Fit, Picture, Thumbnail, decode};

/// Most pixels of a picture: with as many as the programs decode, there would be few pictures in a run.
const PIXELS_MAX: u64 = 1 << 18;

fuzz_target!(|bytes: &[u8]| {
    let Some((sides, file)) = bytes.split_first_chunk::<2>() else { return };
    let [columns, rows] = sides.map(|side| u32::from(side) + 1);
    let picture = |file, fit| decode(Cursor::new(file), fit, PIXELS_MAX);
    let Some(seen) = picture(file, Fit::Within(columns, rows)) else { return };
    assert!((1..=columns).contains(&seen.width()) && (1..=rows).contains(&seen.height()));
    let thumbnail = Thumbnail::from(&seen);
    let preview = thumbnail.preview().expect("it is as long as it may be");
    assert!(preview.pixels().len() <= PREVIEW_PIXELS_MAX);
    let sent = Picture::from(&preview);
    assert_eq!((sent.width(), sent.height() as usize), (preview.width().into(), preview.rows().len()));
    let whole = Fit::Within(seen.width(), seen.height());
    assert_eq!(picture(&seen.png(), whole), Some(seen));
});
