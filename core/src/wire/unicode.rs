//! Character properties of Unicode 16.0.0 that names and texts need, as ranges.
//!
//! No crate has these tables in as little flash. `tests/tests/unicode.rs` compares them with those of
//! `regex-syntax` for every code point.

/// Ranges of characters, both ends included, in ascending order.
type Ranges = [(char, char)];

/// Whether a character is invisible or acts on its neighbours: a control (`Cc`), a line or paragraph
/// separator (`Zl`, `Zp`), a format character (`Cf`) that is not shown, a default-ignorable code point,
/// reserved ones included, or a noncharacter.
pub(super) fn is_unseen(c: char) -> bool {
    is_in(UNSEEN, c) || ends_a_plane(c)
}

/// Whether a character that is not [unseen](is_unseen) may be blank or ambiguous: a space (`Zs`) other than
/// U+0020, a symbol without ink, a format character that encloses what follows it, or private use (`Co`).
pub(super) fn is_unclear(c: char) -> bool {
    is_in(UNCLEAR, c)
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
    let starting_before = ranges.partition_point(|(first, _)| *first <= c);
    let nearest = starting_before.checked_sub(1).and_then(|index| ranges.get(index));
    nearest.is_some_and(|(_, last)| c <= *last)
}

/// Whether it is one of the last two code points of a plane, which are noncharacters.
fn ends_a_plane(c: char) -> bool {
    u32::from(c) & 0xFFFE == 0xFFFE
}

const UNSEEN: &Ranges = &[
    ('\u{0}', '\u{1F}'),
    ('\u{7F}', '\u{9F}'),
    ('\u{AD}', '\u{AD}'),
    ('\u{34F}', '\u{34F}'),
    ('\u{61C}', '\u{61C}'),
    ('\u{115F}', '\u{1160}'),
    ('\u{17B4}', '\u{17B5}'),
    ('\u{180B}', '\u{180F}'),
    ('\u{200B}', '\u{200F}'),
    ('\u{2028}', '\u{202E}'),
    ('\u{2060}', '\u{206F}'),
    ('\u{3164}', '\u{3164}'),
    ('\u{FDD0}', '\u{FDEF}'),
    ('\u{FE00}', '\u{FE0F}'),
    ('\u{FEFF}', '\u{FEFF}'),
    ('\u{FFA0}', '\u{FFA0}'),
    ('\u{FFF0}', '\u{FFFB}'),
    ('\u{13430}', '\u{1343F}'),
    ('\u{1BCA0}', '\u{1BCA3}'),
    ('\u{1D173}', '\u{1D17A}'),
    ('\u{E0000}', '\u{E0FFF}'),
];

const UNCLEAR: &Ranges = &[
    ('\u{A0}', '\u{A0}'),
    ('\u{600}', '\u{605}'),
    ('\u{6DD}', '\u{6DD}'),
    ('\u{70F}', '\u{70F}'),
    ('\u{890}', '\u{891}'),
    ('\u{8E2}', '\u{8E2}'),
    ('\u{1680}', '\u{1680}'),
    ('\u{2000}', '\u{200A}'),
    ('\u{202F}', '\u{202F}'),
    ('\u{205F}', '\u{205F}'),
    ('\u{2800}', '\u{2800}'), // BRAILLE PATTERN BLANK
    ('\u{3000}', '\u{3000}'),
    ('\u{E000}', '\u{F8FF}'),
    ('\u{FFFC}', '\u{FFFC}'), // OBJECT REPLACEMENT CHARACTER
    ('\u{110BD}', '\u{110BD}'),
    ('\u{110CD}', '\u{110CD}'),
    ('\u{13441}', '\u{13442}'), // EGYPTIAN HIEROGLYPH FULL BLANK, HALF BLANK
    ('\u{16FE4}', '\u{16FE4}'), // KHITAN SMALL SCRIPT FILLER
    ('\u{1D159}', '\u{1D159}'), // MUSICAL SYMBOL NULL NOTEHEAD
    ('\u{F0000}', '\u{10FFFD}'),
];

/// Blocks from Hebrew to Myanmar, and others with scripts of the same kinds.
const JOINING: &Ranges = &[
    ('\u{590}', '\u{109F}'),
    ('\u{1700}', '\u{18AF}'),
    ('\u{1900}', '\u{1CFF}'),
    ('\u{A800}', '\u{ABFF}'),
    ('\u{FB1D}', '\u{FDFF}'),
    ('\u{FE70}', '\u{FEFC}'),
    ('\u{10A00}', '\u{11FFF}'),
    ('\u{1E900}', '\u{1E95F}'),
];

const PICTOGRAPHS: &Ranges = &[
    ('\u{A9}', '\u{A9}'),
    ('\u{AE}', '\u{AE}'),
    ('\u{203C}', '\u{203C}'),
    ('\u{2049}', '\u{2049}'),
    ('\u{2122}', '\u{2122}'),
    ('\u{2139}', '\u{2139}'),
    ('\u{2194}', '\u{2199}'),
    ('\u{21A9}', '\u{21AA}'),
    ('\u{231A}', '\u{231B}'),
    ('\u{2328}', '\u{2328}'),
    ('\u{2388}', '\u{2388}'),
    ('\u{23CF}', '\u{23CF}'),
    ('\u{23E9}', '\u{23F3}'),
    ('\u{23F8}', '\u{23FA}'),
    ('\u{24C2}', '\u{24C2}'),
    ('\u{25AA}', '\u{25AB}'),
    ('\u{25B6}', '\u{25B6}'),
    ('\u{25C0}', '\u{25C0}'),
    ('\u{25FB}', '\u{25FE}'),
    ('\u{2600}', '\u{2605}'),
    ('\u{2607}', '\u{2612}'),
    ('\u{2614}', '\u{2685}'),
    ('\u{2690}', '\u{2705}'),
    ('\u{2708}', '\u{2712}'),
    ('\u{2714}', '\u{2714}'),
    ('\u{2716}', '\u{2716}'),
    ('\u{271D}', '\u{271D}'),
    ('\u{2721}', '\u{2721}'),
    ('\u{2728}', '\u{2728}'),
    ('\u{2733}', '\u{2734}'),
    ('\u{2744}', '\u{2744}'),
    ('\u{2747}', '\u{2747}'),
    ('\u{274C}', '\u{274C}'),
    ('\u{274E}', '\u{274E}'),
    ('\u{2753}', '\u{2755}'),
    ('\u{2757}', '\u{2757}'),
    ('\u{2763}', '\u{2767}'),
    ('\u{2795}', '\u{2797}'),
    ('\u{27A1}', '\u{27A1}'),
    ('\u{27B0}', '\u{27B0}'),
    ('\u{27BF}', '\u{27BF}'),
    ('\u{2934}', '\u{2935}'),
    ('\u{2B05}', '\u{2B07}'),
    ('\u{2B1B}', '\u{2B1C}'),
    ('\u{2B50}', '\u{2B50}'),
    ('\u{2B55}', '\u{2B55}'),
    ('\u{3030}', '\u{3030}'),
    ('\u{303D}', '\u{303D}'),
    ('\u{3297}', '\u{3297}'),
    ('\u{3299}', '\u{3299}'),
    ('\u{1F000}', '\u{1F0FF}'),
    ('\u{1F10D}', '\u{1F10F}'),
    ('\u{1F12F}', '\u{1F12F}'),
    ('\u{1F16C}', '\u{1F171}'),
    ('\u{1F17E}', '\u{1F17F}'),
    ('\u{1F18E}', '\u{1F18E}'),
    ('\u{1F191}', '\u{1F19A}'),
    ('\u{1F1AD}', '\u{1F1E5}'),
    ('\u{1F201}', '\u{1F20F}'),
    ('\u{1F21A}', '\u{1F21A}'),
    ('\u{1F22F}', '\u{1F22F}'),
    ('\u{1F232}', '\u{1F23A}'),
    ('\u{1F23C}', '\u{1F23F}'),
    ('\u{1F249}', '\u{1F3FA}'),
    ('\u{1F400}', '\u{1F53D}'),
    ('\u{1F546}', '\u{1F64F}'),
    ('\u{1F680}', '\u{1F6FF}'),
    ('\u{1F774}', '\u{1F77F}'),
    ('\u{1F7D5}', '\u{1F7FF}'),
    ('\u{1F80C}', '\u{1F80F}'),
    ('\u{1F848}', '\u{1F84F}'),
    ('\u{1F85A}', '\u{1F85F}'),
    ('\u{1F888}', '\u{1F88F}'),
    ('\u{1F8AE}', '\u{1F8FF}'),
    ('\u{1F90C}', '\u{1F93A}'),
    ('\u{1F93C}', '\u{1F945}'),
    ('\u{1F947}', '\u{1FAFF}'),
    ('\u{1FC00}', '\u{1FFFD}'),
];
