//! Recorded conversations, read from `tests/vectors` and from the examples in `docs/PROTOCOL.md`.

use std::fs;
use std::path::{Path, PathBuf};

use p2pm_core::channel::Machine;
use p2pm_core::limits::FRAME_LEN;
use p2pm_core::time::Instant;
use p2pm_core::wire::{EMPTY_FRAME, Frame};

/// Key of the xor suite, defined independently of the implementation.
const XOR: u8 = 0x41;

/// A frame of a recording, or an example of the document.
pub(crate) struct Recorded {
    /// From the initiator (`>`) or back (`<`).
    pub(crate) way: char,
    kind: String,
    pub(crate) plain: Frame,
    /// As sent; `None` for an example that leaves it to the recording.
    pub(crate) travels: Option<Frame>,
}

impl Recorded {
    /// The frame of a recording as sent.
    pub(crate) fn sent(&self) -> &Frame {
        self.travels.as_ref().expect("a recording has every frame as sent")
    }
}

/// The rest of one conversation's frames.
pub(crate) struct Recording {
    conversation: String,
    frames: std::vec::IntoIter<Recorded>,
}

impl Recording {
    pub(crate) fn open(conversation: &str) -> Self {
        let text = read(&format!("tests/vectors/{conversation}.txt"));
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let frames: Vec<_> = lines.map(read_line).collect();
        assert!(!frames.is_empty(), "{conversation} is empty");
        Self { conversation: conversation.to_owned(), frames: frames.into_iter() }
    }

    pub(crate) fn next(&mut self) -> Recorded {
        self.frames.next().unwrap_or_else(|| panic!("{} is over", self.conversation))
    }

    /// Direction of the next frame, if one is left.
    pub(crate) fn way(&self) -> Option<char> {
        self.frames.as_slice().first().map(|recorded| recorded.way)
    }

    /// Checks that this is the next frame, as sent.
    pub(crate) fn check(&mut self, way: char, frame: &Frame) {
        let recorded = self.next();
        assert_eq!(way, recorded.way, "{}: direction of {}", self.conversation, recorded.kind);
        assert_same(frame, recorded.sent(), &format!("{}: {}", self.conversation, recorded.kind));
    }

    /// Checks that the machine's next frame is the next one, as sent.
    pub(crate) fn polled(&mut self, way: char, machine: &mut impl Machine, now: Instant) -> Frame {
        let mut frame = EMPTY_FRAME;
        assert!(machine.poll_frame(now, &mut frame), "{}: nothing to say", self.conversation);
        self.check(way, &frame);
        frame
    }

    /// Checks that an example shows the next frame.
    pub(crate) fn check_example(&mut self, example: &Recorded) {
        let recorded = self.next();
        let place = format!("the {} example of {}", recorded.kind, self.conversation);
        assert_eq!(example.way, recorded.way, "{place}: direction");
        assert_eq!(example.kind, recorded.kind, "{place}: kind");
        assert_same(&example.plain, &recorded.plain, &format!("{place}: plain"));
        if let Some(travels) = &example.travels {
            assert_same(travels, recorded.sent(), &format!("{place}: as it travels"));
        }
    }

    /// Checks that no frame is left.
    pub(crate) fn finish(mut self) {
        let left = self.frames.next().map(|recorded| recorded.kind);
        assert_eq!(left, None, "{} goes on", self.conversation);
    }
}

/// Compares two frames; shows the rows that differ in hex.
#[track_caller]
fn assert_same(found: &Frame, recorded: &Frame, what: &str) {
    const ROW: usize = 32;
    let rows = found.chunks(ROW).zip(recorded.chunks(ROW)).enumerate();
    let differing: Vec<_> = rows
        .filter(|(_, (found, recorded))| found != recorded)
        .map(|(row, (found, recorded))| {
            format!("\nfrom byte {}\n  found    {found:02x?}\n  recorded {recorded:02x?}", row * ROW)
        })
        .collect();
    assert!(differing.is_empty(), "{what}: {}", differing.concat());
}

/// Parses a line of a file: direction, suite, kind, header and body in hex, and the sealed form of a sealed
/// frame.
fn read_line(line: &str) -> Recorded {
    let fields: Vec<_> = line.split(' ').collect();
    let [way, suite, kind, hex, ref rest @ ..] = fields[..] else { panic!("not a frame: {line}") };
    let mut plain = read_hex(hex);
    assert!(plain.len() <= FRAME_LEN, "{line}");
    plain.resize(FRAME_LEN, 0);
    let plain = read_frame(plain);
    let travels = match (suite, rest) {
        ("clear", []) => plain,
        ("xor", []) => plain.map(|byte| byte ^ XOR),
        ("sealed", [travels]) => read_frame(read_hex(travels)),
        _ => panic!("unknown suite: {line}"),
    };
    Recorded { way: read_way(way), kind: kind.to_owned(), plain, travels: Some(travels) }
}

/// Values of a file: name and bytes, one per line.
pub(crate) fn recorded_values(file: &str) -> Vec<(String, Vec<u8>)> {
    let text = read(&format!("tests/vectors/{file}.txt"));
    let values = text.lines().filter(|line| !line.starts_with('#')).map(|line| {
        let (name, hex) = line.split_once(" = ").unwrap_or_else(|| panic!("not a value: {line}"));
        (name.to_owned(), read_hex(hex))
    });
    values.collect()
}

const DOCUMENT: &str = "docs/PROTOCOL.md";
const EXAMPLE: &str = "```frame ";
const VALUES: &str = "```values ";

/// Examples of one conversation in the document: fenced blocks marked `frame` and its name.
pub(crate) fn examples_of(conversation: &str) -> Vec<Recorded> {
    let opening = format!("{EXAMPLE}{conversation}\n");
    read(DOCUMENT).split(opening.as_str()).skip(1).map(read_example).collect()
}

/// Number of examples in the document.
pub(crate) fn all_examples() -> usize {
    read(DOCUMENT).matches(EXAMPLE).count()
}

/// Values of a file that the document shows: a fenced block marked `values` and the name of the file, in
/// which `# name: note` precedes the bytes of each.
pub(crate) fn shown_values(file: &str) -> Vec<(String, Vec<u8>)> {
    let text = read(DOCUMENT);
    let (_, block) = text.split_once(&format!("{VALUES}{file}\n# ")).expect("the document shows the values");
    let (block, _) = block.split_once("\n```").expect("the block ends");
    let values = block.split("\n# ").map(|value| {
        let (title, rows) = value.split_once('\n').expect("a title and bytes");
        let (name, _) = title.split_once(": ").expect("a name and what it is");
        (name.to_owned(), read_rows(rows))
    });
    values.collect()
}

/// Name and value of every limit in the document's table, whose rows begin with a name in capitals.
pub(crate) fn stated_limits() -> Vec<(String, String)> {
    let text = read(DOCUMENT);
    let rows = text.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` | "));
    let limits = rows.filter(|(name, _)| name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_'));
    let value = |rest: &str| rest.split(" |").next().unwrap_or_default().to_owned();
    limits.map(|(name, rest)| (name.to_owned(), value(rest))).collect()
}

/// Parses an example: `# way kind: note`, the plain bytes, a line that begins with `--`, the bytes as sent.
fn read_example(text: &str) -> Recorded {
    let (block, _) = text.split_once("\n```").expect("the block ends");
    let (title, rows) = block.split_once('\n').expect("a title and bytes");
    let words: Vec<_> = title.split(' ').collect();
    let ["#", way, kind, ..] = words[..] else { panic!("not a title: {title}") };
    let (plain, travels) = rows.split_once("\n-- travels ").expect("how it travels");
    let plain = read_frame(read_rows(plain));
    let travels = match travels {
        "as it is" => Some(plain),
        "sealed" => None,
        rows => Some(read_frame(read_rows(rows.strip_prefix("as\n").expect("rows of bytes")))),
    };
    Recorded { way: read_way(way), kind: kind.trim_end_matches(':').to_owned(), plain, travels }
}

/// Parses rows of bytes and runs of one byte (`00 × 1005`), each with a comment after `#`.
fn read_rows(rows: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for row in rows.lines() {
        let row = row.split('#').next().unwrap_or_default();
        if let Some((byte, times)) = row.split_once(" × ") {
            let times = times.trim().parse().unwrap_or_else(|_| panic!("not a number of bytes: {row}"));
            bytes.extend(std::iter::repeat_n(read_byte(byte), times));
        } else {
            bytes.extend(row.split_whitespace().map(read_byte));
        }
    }
    bytes
}

fn read_frame(bytes: Vec<u8>) -> Frame {
    let beginning = bytes.get(..16).map(<[u8]>::to_vec);
    Frame::try_from(bytes)
        .unwrap_or_else(|bytes| panic!("{} bytes in a frame that begins {beginning:02x?}", bytes.len()))
}

fn read_hex(hex: &str) -> Vec<u8> {
    assert!(hex.len().is_multiple_of(2), "half a byte: {hex}");
    (0..hex.len()).step_by(2).map(|at| read_byte(&hex[at..at + 2])).collect()
}

fn read_byte(hex: &str) -> u8 {
    assert_eq!(hex.len(), 2, "not a byte: {hex}");
    u8::from_str_radix(hex, 16).unwrap_or_else(|_| panic!("not a byte: {hex}"))
}

fn read_way(way: &str) -> char {
    assert!(matches!(way, ">" | "<"), "not a direction: {way}");
    way.chars().next().unwrap_or_default()
}

fn read(path: &str) -> String {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
