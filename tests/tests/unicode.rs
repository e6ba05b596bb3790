//! Characters of names and texts: every code point compared with the tables of `regex-syntax` and with
//! section 4.1 of `docs/PROTOCOL.md`.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::path::Path;

use p2pm_core::wire::{Name, sanitise};
use regex_syntax::hir::{Class, HirKind};

/// Characters without ink, which no property of Unicode covers.
const BLANKS: &str = r"[\u2800\uFFFC\U00013441\U00013442\U00016FE4\U0001D159]";

/// Characters of a class of a regular expression.
fn class(expression: &str) -> BTreeSet<char> {
    let hir = regex_syntax::parse(expression).expect("a regular expression");
    match hir.into_kind() {
        HirKind::Class(Class::Unicode(class)) => {
            class.ranges().iter().flat_map(|range| range.start()..=range.end()).collect()
        }
        other => panic!("{expression} is no class: {other:?}"),
    }
}

fn code_points(characters: &BTreeSet<char>) -> String {
    let named: Vec<_> = characters.iter().map(|c| format!("U+{:04X}", u32::from(*c))).collect();
    named.join(" ")
}

fn assert_same(ours: &BTreeSet<char>, theirs: &BTreeSet<char>) {
    let (more, less) = (ours - theirs, theirs - ours);
    assert!(
        more.is_empty() && less.is_empty(),
        "too many: {}\ntoo few: {}",
        code_points(&more),
        code_points(&less)
    );
}

/// Characters that no name may contain, found by trying each of them between two letters.
fn refused_in_names() -> BTreeSet<char> {
    let is_refused = |c: &char| Name::new(format!("a{c}b").as_bytes()).is_err();
    ('\0'..=char::MAX).filter(is_refused).collect()
}

/// Characters that are replaced in a text, found by trying each of them between two letters.
fn replaced_in_texts() -> BTreeSet<char> {
    let is_replaced = |c: &char| sanitise(&format!("a{c}b")).to_string() == "a\u{FFFD}b";
    ('\0'..=char::MAX).filter(is_replaced).filter(|c| *c != char::REPLACEMENT_CHARACTER).collect()
}

/// Characters that U+200D joins to another pictograph.
fn joined_pictures() -> BTreeSet<char> {
    let is_joined = |c: &char| {
        let pair = format!("\u{1F468}\u{200D}{c}");
        sanitise(&pair).to_string() == pair
    };
    ('\0'..=char::MAX).filter(is_joined).collect()
}

/// The table of section 4.1: properties, or nothing, and the code points that have them.
fn documented() -> Vec<(String, BTreeSet<char>)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/PROTOCOL.md");
    let text = std::fs::read_to_string(path).expect("the document");
    let (_, section) = text.split_once("### 4.1 Names").expect("the section");
    let (section, _) = section.split_once("\n## ").expect("its end");
    let rows = section.lines().filter_map(|line| line.strip_prefix("| ")?.split_once(" | "));
    let rows = rows.filter_map(|(why, rest)| Some((why, rest.strip_suffix(" |")?)));
    rows.filter(|(_, code_points)| code_points.starts_with("U+"))
        .map(|(why, code_points)| (property_in(why), code_points.split(", ").flat_map(range).collect()))
        .collect()
}

/// The class in backticks, if there is one.
fn property_in(why: &str) -> String {
    why.split('`').nth(1).unwrap_or_default().to_owned()
}

/// Parses `U+0041` or `U+0041..U+005A`.
fn range(text: &str) -> RangeInclusive<char> {
    let one = |text: &str| {
        let digits = text.strip_prefix("U+").expect("U+");
        u32::from_str_radix(digits, 16).ok().and_then(char::from_u32).expect("a code point")
    };
    let (first, last) = text.split_once("..").unwrap_or((text, text));
    one(first)..=one(last)
}

#[test]
fn names_hold_what_their_categories_allow() {
    let refused = class(r"[\p{Cc}\p{Cf}\p{Co}\p{Zl}\p{Zp}\p{Zs}\p{DI}\p{Noncharacter_Code_Point}--\x20]");
    assert_same(&refused_in_names(), &(&refused | &class(BLANKS)));
}

#[test]
fn the_document_lists_what_names_must_not_hold() {
    let rows = documented();
    let mut listed = BTreeSet::new();
    for (property, code_points) in &rows {
        if property.is_empty() {
            assert_same(code_points, &class(BLANKS));
        } else {
            assert_same(code_points, &class(&format!("[{property}]")));
        }
        listed.extend(code_points);
    }
    assert_eq!(rows.len(), 8);
    assert_same(&listed, &refused_in_names());
}

#[test]
fn texts_show_what_can_be_seen() {
    let unseen = r"[[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{DI}\p{Noncharacter_Code_Point}]--[\t\p{Prepended_Concatenation_Mark}]]";
    assert_same(&replaced_in_texts(), &class(unseen));
}

#[test]
fn pictures_are_those_of_unicode() {
    assert_same(&joined_pictures(), &class(r"\p{Extended_Pictographic}"));
}
