use std::fs::{self, File};
use std::io::Cursor;
use std::path::PathBuf;

use image::codecs::gif::GifEncoder;
use image::codecs::webp::WebPEncoder;
use image::{Frame, ImageFormat, Rgb, Rgba, RgbaImage};
use rustix::fs::{CWD, FileType, Mode, mknodat};

use super::*;

const FORMATS: [ImageFormat; 4] = [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Gif, ImageFormat::WebP];

/// A picture of this size that is red on the left and blue on the right.
fn red_and_blue(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(
        width,
        height,
        |column, _| {
            if column < width / 2 { Rgb([200, 0, 0]) } else { Rgb([0, 0, 200]) }
        },
    )
}

/// A picture of one colour.
pub(crate) fn plain(width: u32, height: u32, colour: [u8; 3]) -> Picture {
    Picture(RgbImage::from_pixel(width, height, Rgb(colour)))
}

/// A picture that cannot be compressed much.
pub(crate) fn noise(width: u32, height: u32) -> Picture {
    let mut state = 7_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    Picture(RgbImage::from_fn(width, height, |_, _| Rgb([next(), next(), next()])))
}

fn encoded(image: &RgbImage, format: ImageFormat) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    image.write_to(&mut file, format).unwrap();
    file.into_inner()
}

fn decoded(file: &[u8], fit: Fit) -> Option<Picture> {
    decode(Cursor::new(file), fit, PIXELS_MAX)
}

/// Whether the pixel there is mostly of this colour: red, green or blue.
fn is_mostly(picture: &Picture, column: u32, row: u32, colour: usize) -> bool {
    let pixel = picture.pixel(column, row).unwrap();
    (0..3).all(|other| other == colour || pixel[colour] > 100 && pixel[other] < 100)
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self, name: &str, contents: &[u8]) -> PathBuf {
        let path = self.0.path().join(name);
        fs::write(&path, contents).unwrap();
        path
    }
}

#[test]
fn every_format_is_known_by_its_content() {
    let folder = Folder::new();
    for format in FORMATS {
        let path = folder.file("picture.txt", &encoded(&red_and_blue(400, 300), format));
        let picture = open(&path, Fit::Preview).unwrap_or_else(|| panic!("{format:?}"));
        assert_eq!((picture.width(), picture.height()), (20, 15));
        assert!(is_mostly(&picture, 2, 7, 0) && is_mostly(&picture, 17, 7, 2), "{format:?}");
    }
}

#[test]
fn what_is_no_picture_is_none() {
    let folder = Folder::new();
    let png = encoded(&red_and_blue(40, 30), ImageFormat::Png);
    assert!(open(&folder.file("a.png", &png), Fit::Preview).is_some());
    for (name, contents) in [("empty.png", &b""[..]), ("text.jpg", b"at eight"), ("svg.gif", b"<svg/>")] {
        assert_eq!(open(&folder.file(name, contents), Fit::Preview), None, "{name}");
    }
    assert_eq!(open(&folder.0.path().join("nothing"), Fit::Preview), None);
    assert_eq!(open(folder.0.path(), Fit::Preview), None);
    let fifo = folder.0.path().join("fifo.png");
    mknodat(CWD, &fifo, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    assert_eq!(open(&fifo, Fit::Preview), None);
}

#[test]
fn a_file_that_is_too_long_is_not_decoded() {
    let folder = Folder::new();
    let path = folder.file("a.png", &encoded(&red_and_blue(40, 30), ImageFormat::Png));
    let file = File::options().write(true).open(&path).unwrap();
    file.set_len(FILE_MAX).unwrap();
    assert!(open(&path, Fit::Preview).is_some());
    file.set_len(FILE_MAX + 1).unwrap();
    assert_eq!(open(&path, Fit::Preview), None);
}

/// A chunk of PNG with its length and its check.
fn chunk(kind: [u8; 4], data: &[u8]) -> Vec<u8> {
    let body = [&kind, data].concat();
    // CRC-32 of ISO 3309, bit by bit.
    let check = !body.iter().fold(u32::MAX, |check, byte| {
        (0..8).fold(check ^ u32::from(*byte), |it, _| (it >> 1) ^ (0xEDB8_8320 * (it & 1)))
    });
    [&u32::try_from(data.len()).unwrap().to_be_bytes()[..], &body, &check.to_be_bytes()].concat()
}

/// The beginning of a PNG of this size, with bytes of one kind and depth.
fn png_of(width: u32, height: u32, depth: u8, kind: u8) -> Vec<u8> {
    let about = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[depth, kind, 0, 0, 0]].concat();
    [&b"\x89PNG\r\n\x1a\n"[..], &chunk(*b"IHDR", &about), &chunk(*b"IDAT", b"")].concat()
}

#[test]
fn a_picture_that_is_too_large_is_not_decoded() {
    let too_wide =
        [&b"GIF89a\xff\xff\xff\xff\0\0\0"[..], b"\x2c\0\0\0\0\xff\xff\xff\xff\0\x02\0\x3b"].concat();
    let mut jpeg = encoded(&red_and_blue(40, 30), ImageFormat::Jpeg);
    let about = jpeg.windows(2).position(|it| it == [0xFF, 0xC0]).unwrap();
    jpeg[about + 5..about + 9].fill(0xFF);
    let mut webp = encoded(&red_and_blue(40, 30), ImageFormat::WebP);
    // Behind the names of the formats, a length and a signature: twice 14 bits of width and height.
    webp[21..24].fill(0xFF);
    for (name, file) in [
        ("PNG", png_of(30_000, 30_000, 8, 2)),
        ("PNG, wide", png_of(SIDE_MAX + 1, 1, 1, 0)),
        ("PNG, one row too many", png_of(5000, 5001, 1, 0)),
        ("PNG of long pixels", png_of(4000, 4000, 16, 6)),
        ("GIF", too_wide),
        ("JPEG", jpeg),
        ("WebP", webp),
    ] {
        assert_eq!(decoded(&file, Fit::Preview), None, "{name}");
    }
}

#[test]
fn a_picture_may_be_as_large_as_the_limits_and_no_larger() {
    for (width, height, is_shown) in
        [(5000, 5000, true), (5001, 5000, false), (SIDE_MAX, 1, true), (SIDE_MAX + 1, 1, false)]
    {
        let mut file = Cursor::new(Vec::new());
        image::GrayImage::new(width, height).write_to(&mut file, ImageFormat::Png).unwrap();
        let picture = decoded(&file.into_inner(), Fit::Within(8, 8));
        assert_eq!(picture.is_some_and(|it| it.pixel(7, 0) == Some([0; 3])), is_shown, "{width}x{height}");
    }
}

#[test]
fn a_file_that_is_cut_off_is_no_picture_and_no_panic() {
    for format in FORMATS {
        let file = encoded(&red_and_blue(40, 30), format);
        assert!(decoded(&file, Fit::Preview).is_some());
        for len in 0..file.len() {
            _ = decoded(&file[..len], Fit::Preview);
        }
        assert_eq!(decoded(&file[..file.len() / 4], Fit::Preview), None, "{format:?}");
    }
}

#[test]
fn of_several_pictures_the_first_is_shown() {
    let mut file = Vec::new();
    let frames =
        [[200, 0, 0, 255], [0, 0, 200, 255]].map(|it| Frame::new(RgbaImage::from_pixel(9, 9, Rgba(it))));
    GifEncoder::new(&mut file).encode_frames(frames).unwrap();
    let picture = decoded(&file, Fit::Preview).unwrap();
    assert!(is_mostly(&picture, 4, 4, 0));
}

#[test]
fn a_picture_is_seen_before_paper() {
    let image = RgbaImage::from_fn(9, 9, |column, _| Rgba([0, 0, 0, if column < 4 { 0 } else { 255 }]));
    let mut file = Vec::new();
    WebPEncoder::new_lossless(&mut file).write_image(image.as_raw(), 9, 9, ExtendedColorType::Rgba8).unwrap();
    let picture = decoded(&file, Fit::Preview).unwrap();
    assert_eq!((picture.pixel(0, 0), picture.pixel(8, 0)), (Some([255; 3]), Some([0; 3])));
}

#[test]
fn a_picture_that_lies_on_its_side_is_turned() {
    let file = encoded(&red_and_blue(400, 300), ImageFormat::Jpeg);
    // Exif 2.32: that the first row is on the right, and the first column on top, stands in the tag 0x0112.
    let notes = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
    let length = u16::try_from(notes.len() + 2).unwrap().to_be_bytes();
    let (start, rest) = file.split_at(2);
    let file = [start, b"\xff\xe1", &length, notes, rest].concat();
    let picture = decoded(&file, Fit::Preview).unwrap();
    assert_eq!((picture.width(), picture.height()), (15, 20));
    assert!(is_mostly(&picture, 7, 2, 0) && is_mostly(&picture, 7, 17, 2));
}

#[test]
fn a_strip_is_scaled_to_a_strip() {
    for ((width, height), size) in [((3000, 3), (255, 1)), ((3, 3000), (1, 320))] {
        let picture =
            decoded(&encoded(&red_and_blue(width, height), ImageFormat::Png), Fit::Preview).unwrap();
        assert_eq!((picture.width(), picture.height()), size);
    }
}

#[test]
fn a_preview_is_what_was_seen() {
    let picture = Picture(red_and_blue(40, 30));
    let thumbnail = Thumbnail::from(&picture);
    let seen = Picture::from(&thumbnail.preview().unwrap());
    assert_eq!((seen.width(), seen.height()), (20, 15));
    assert!(is_mostly(&seen, 2, 7, 0) && is_mostly(&seen, 17, 7, 2));
}

#[test]
fn a_file_of_png_is_read_again() {
    let picture = Picture(red_and_blue(40, 30));
    assert_eq!(decoded(&picture.png(), Fit::Within(40, 30)), Some(picture));
}

#[test]
fn json_has_every_pixel() {
    let picture = Picture(red_and_blue(2, 1));
    let json = r#"{"width":2,"height":1,"rgb":"c800000000c8"}"#;
    assert_eq!(serde_json::to_string(&picture).unwrap(), json);
    assert_eq!(serde_json::from_str::<Picture>(json).unwrap(), picture);
    for wrong in [
        r#"{"width":2,"height":1,"rgb":"c800000000c"}"#,
        r#"{"width":2,"height":1,"rgb":"c800000000c8c8"}"#,
        r#"{"width":3,"height":1,"rgb":"c800000000c8"}"#,
        r#"{"width":0,"height":0,"rgb":""}"#,
        r#"{"width":2,"height":1,"rgb":"red and blue"}"#,
        r#"{"width":4294967295,"height":4294967295,"rgb":"c800000000c8"}"#,
    ] {
        assert!(serde_json::from_str::<Picture>(wrong).is_err(), "{wrong}");
    }
}
