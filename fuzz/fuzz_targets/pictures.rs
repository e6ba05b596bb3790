//! Pictures: whatever a file has in it, it is none, or one of the size that was asked for, whose preview is one of the protocol.
#![no_main]

use std::io::Cursor;

use libfuzzer_sys::fuzz_target;
use p2pm_core::limits::PREVIEW_PIXELS_MAX;
use p2pm_host::picture::{Fit, Picture, Thumbnail, decode};

fuzz_target!(|bytes: &[u8]| {
    let Some((sides, file)) = bytes.split_first_chunk::<2>() else { return };
    let [columns, rows] = sides.map(|side| u32::from(side) + 1);
    let Some(picture) = decode(Cursor::new(file), Fit::Within(columns, rows)) else { return };
    assert!((1..=columns).contains(&picture.width()) && (1..=rows).contains(&picture.height()));
    let thumbnail = Thumbnail::from(&picture);
    let preview = thumbnail.preview().expect("it is as long as it may be");
    assert!(preview.pixels().len() <= PREVIEW_PIXELS_MAX);
    let seen = Picture::from(&preview);
    assert_eq!(
        u32::from(preview.width()) * seen.height(),
        u32::try_from(preview.pixels().len()).expect("few")
    );
    let whole = Fit::Within(picture.width(), picture.height());
    assert_eq!(decode(Cursor::new(picture.png()), whole), Some(picture));
});
