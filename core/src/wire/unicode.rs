//! Character properties of Unicode 16.0.0 that names and texts need, as ranges.
//!
//! No crate has these tables in as little flash. `tests/tests/unicode.rs` compares them with those of
//! `regex-syntax` for every code point.

/// Ranges of characters, in ascending order.
type Ranges = [Range];

/// A range of characters, both ends included, in 4 bytes: the first code point in the upper 20 bits, and in the
/// lower 12 how many follow it.
struct Range(u32);

impl Range {
    const FOLLOWING_BITS: u32 = 12;

    const fn new(first: char, last: char) -> Self {
        let (first, last) = (first as u32, last as u32);
        assert!(first < 1 << 20 && last - first < 1 << Self::FOLLOWING_BITS, "a range that does not fit");
        Self(first << Self::FOLLOWING_BITS | (last - first))
    }

    const fn first(&self) -> u32 {
        self.0 >> Self::FOLLOWING_BITS
    }

    const fn last(&self) -> u32 {
        self.first() + (self.0 & ((1 << Self::FOLLOWING_BITS) - 1))
    }
}

/// Whether a character is invisible or acts on its neighbours: a control (`Cc`), a line or paragraph
/// separator (`Zl`, `Zp`), a format character (`Cf`) that is not shown, a default-ignorable code point,
/// reserved ones included, or a noncharacter.
pub(super) fn is_unseen(c: char) -> bool {
    is_in(UNSEEN, c) || ends_a_plane(c)
}

/// Whether a character that is not [unseen](is_unseen) may be blank or ambiguous: a space (`Zs`) other than
/// U+0020, a symbol without ink, a format character that encloses what follows it, or private use (`Co`).
pub(super) fn is_unclear(c: char) -> bool {
    is_in(UNCLEAR, c) || is_of_private_plane(c)
}

/// Whether U+200D joins a character to others: `Extended_Pictographic`.
pub(super) fn is_pictograph(c: char) -> bool {
    is_in(PICTOGRAPHS, c)
}

/// Whether U+034F, U+200C or U+200D can change the spelling after this character: its script is cursive,
/// forms conjuncts, or orders its marks.
pub(super) fn is_joining(c: char) -> bool {
    is_in(JOINING, c)
}

fn is_in(ranges: &Ranges, c: char) -> bool {
    let c = u32::from(c);
    let starting_before = ranges.partition_point(|range| range.first() <= c);
    let nearest = starting_before.checked_sub(1).and_then(|index| ranges.get(index));
    nearest.is_some_and(|range| c <= range.last())
}

/// Whether it is one of the last two code points of a plane, which are noncharacters.
fn ends_a_plane(c: char) -> bool {
    u32::from(c) & 0xFFFE == 0xFFFE
}

/// Whether it is of one of the two planes of private use.
fn is_of_private_plane(c: char) -> bool {
    c >= '\u{F0000}'
}

const UNSEEN: &Ranges = &[
    Range::new('\u{0}', '\u{1F}'),
    Range::new('\u{7F}', '\u{9F}'),
    Range::new('\u{AD}', '\u{AD}'),
    Range::new('\u{34F}', '\u{34F}'),
    Range::new('\u{61C}', '\u{61C}'),
    Range::new('\u{115F}', '\u{1160}'),
    Range::new('\u{17B4}', '\u{17B5}'),
    Range::new('\u{180B}', '\u{180F}'),
    Range::new('\u{200B}', '\u{200F}'),
    Range::new('\u{2028}', '\u{202E}'),
    Range::new('\u{2060}', '\u{206F}'),
    Range::new('\u{3164}', '\u{3164}'),
    Range::new('\u{FDD0}', '\u{FDEF}'),
    Range::new('\u{FE00}', '\u{FE0F}'),
    Range::new('\u{FEFF}', '\u{FEFF}'),
    Range::new('\u{FFA0}', '\u{FFA0}'),
    Range::new('\u{FFF0}', '\u{FFFB}'),
    Range::new('\u{13430}', '\u{1343F}'),
    Range::new('\u{1BCA0}', '\u{1BCA3}'),
    Range::new('\u{1D173}', '\u{1D17A}'),
    Range::new('\u{E0000}', '\u{E0FFF}'),
];

const UNCLEAR: &Ranges = &[
    Range::new('\u{A0}', '\u{A0}'),
    Range::new('\u{600}', '\u{605}'),
    Range::new('\u{6DD}', '\u{6DD}'),
    Range::new('\u{70F}', '\u{70F}'),
    Range::new('\u{890}', '\u{891}'),
    Range::new('\u{8E2}', '\u{8E2}'),
    Range::new('\u{1680}', '\u{1680}'),
    Range::new('\u{2000}', '\u{200A}'),
    Range::new('\u{202F}', '\u{202F}'),
    Range::new('\u{205F}', '\u{205F}'),
    Range::new('\u{2800}', '\u{2800}'), // BRAILLE PATTERN BLANK
    Range::new('\u{3000}', '\u{3000}'),
    Range::new('\u{E000}', '\u{EFFF}'),
    Range::new('\u{F000}', '\u{F8FF}'),
    Range::new('\u{FFFC}', '\u{FFFC}'), // OBJECT REPLACEMENT CHARACTER
    Range::new('\u{110BD}', '\u{110BD}'),
    Range::new('\u{110CD}', '\u{110CD}'),
    Range::new('\u{13441}', '\u{13442}'), // EGYPTIAN HIEROGLYPH FULL BLANK, HALF BLANK
    Range::new('\u{16FE4}', '\u{16FE4}'), // KHITAN SMALL SCRIPT FILLER
    Range::new('\u{1D159}', '\u{1D159}'), // MUSICAL SYMBOL NULL NOTEHEAD
];

/// Blocks from Hebrew to Myanmar, and others with scripts of the same kinds.
const JOINING: &Ranges = &[
    Range::new('\u{590}', '\u{109F}'),
    Range::new('\u{1700}', '\u{18AF}'),
    Range::new('\u{1900}', '\u{1CFF}'),
    Range::new('\u{A800}', '\u{ABFF}'),
    Range::new('\u{FB1D}', '\u{FDFF}'),
    Range::new('\u{FE70}', '\u{FEFC}'),
    Range::new('\u{10A00}', '\u{10FFF}'),
    Range::new('\u{11000}', '\u{11FFF}'),
    Range::new('\u{1E900}', '\u{1E95F}'),
];

const PICTOGRAPHS: &Ranges = &[
    Range::new('\u{A9}', '\u{A9}'),
    Range::new('\u{AE}', '\u{AE}'),
    Range::new('\u{203C}', '\u{203C}'),
    Range::new('\u{2049}', '\u{2049}'),
    Range::new('\u{2122}', '\u{2122}'),
    Range::new('\u{2139}', '\u{2139}'),
    Range::new('\u{2194}', '\u{2199}'),
    Range::new('\u{21A9}', '\u{21AA}'),
    Range::new('\u{231A}', '\u{231B}'),
    Range::new('\u{2328}', '\u{2328}'),
    Range::new('\u{2388}', '\u{2388}'),
    Range::new('\u{23CF}', '\u{23CF}'),
    Range::new('\u{23E9}', '\u{23F3}'),
    Range::new('\u{23F8}', '\u{23FA}'),
    Range::new('\u{24C2}', '\u{24C2}'),
    Range::new('\u{25AA}', '\u{25AB}'),
    Range::new('\u{25B6}', '\u{25B6}'),
    Range::new('\u{25C0}', '\u{25C0}'),
    Range::new('\u{25FB}', '\u{25FE}'),
    Range::new('\u{2600}', '\u{2605}'),
    Range::new('\u{2607}', '\u{2612}'),
    Range::new('\u{2614}', '\u{2685}'),
    Range::new('\u{2690}', '\u{2705}'),
    Range::new('\u{2708}', '\u{2712}'),
    Range::new('\u{2714}', '\u{2714}'),
    Range::new('\u{2716}', '\u{2716}'),
    Range::new('\u{271D}', '\u{271D}'),
    Range::new('\u{2721}', '\u{2721}'),
    Range::new('\u{2728}', '\u{2728}'),
    Range::new('\u{2733}', '\u{2734}'),
    Range::new('\u{2744}', '\u{2744}'),
    Range::new('\u{2747}', '\u{2747}'),
    Range::new('\u{274C}', '\u{274C}'),
    Range::new('\u{274E}', '\u{274E}'),
    Range::new('\u{2753}', '\u{2755}'),
    Range::new('\u{2757}', '\u{2757}'),
    Range::new('\u{2763}', '\u{2767}'),
    Range::new('\u{2795}', '\u{2797}'),
    Range::new('\u{27A1}', '\u{27A1}'),
    Range::new('\u{27B0}', '\u{27B0}'),
    Range::new('\u{27BF}', '\u{27BF}'),
    Range::new('\u{2934}', '\u{2935}'),
    Range::new('\u{2B05}', '\u{2B07}'),
    Range::new('\u{2B1B}', '\u{2B1C}'),
    Range::new('\u{2B50}', '\u{2B50}'),
    Range::new('\u{2B55}', '\u{2B55}'),
    Range::new('\u{3030}', '\u{3030}'),
    Range::new('\u{303D}', '\u{303D}'),
    Range::new('\u{3297}', '\u{3297}'),
    Range::new('\u{3299}', '\u{3299}'),
    Range::new('\u{1F000}', '\u{1F0FF}'),
    Range::new('\u{1F10D}', '\u{1F10F}'),
    Range::new('\u{1F12F}', '\u{1F12F}'),
    Range::new('\u{1F16C}', '\u{1F171}'),
    Range::new('\u{1F17E}', '\u{1F17F}'),
    Range::new('\u{1F18E}', '\u{1F18E}'),
    Range::new('\u{1F191}', '\u{1F19A}'),
    Range::new('\u{1F1AD}', '\u{1F1E5}'),
    Range::new('\u{1F201}', '\u{1F20F}'),
    Range::new('\u{1F21A}', '\u{1F21A}'),
    Range::new('\u{1F22F}', '\u{1F22F}'),
    Range::new('\u{1F232}', '\u{1F23A}'),
    Range::new('\u{1F23C}', '\u{1F23F}'),
    Range::new('\u{1F249}', '\u{1F3FA}'),
    Range::new('\u{1F400}', '\u{1F53D}'),
    Range::new('\u{1F546}', '\u{1F64F}'),
    Range::new('\u{1F680}', '\u{1F6FF}'),
    Range::new('\u{1F774}', '\u{1F77F}'),
    Range::new('\u{1F7D5}', '\u{1F7FF}'),
    Range::new('\u{1F80C}', '\u{1F80F}'),
    Range::new('\u{1F848}', '\u{1F84F}'),
    Range::new('\u{1F85A}', '\u{1F85F}'),
    Range::new('\u{1F888}', '\u{1F88F}'),
    Range::new('\u{1F8AE}', '\u{1F8FF}'),
    Range::new('\u{1F90C}', '\u{1F93A}'),
    Range::new('\u{1F93C}', '\u{1F945}'),
    Range::new('\u{1F947}', '\u{1FAFF}'),
    Range::new('\u{1FC00}', '\u{1FFFD}'),
];
