//! Imports in core run one way: from a higher layer to a lower one.

use crate::Violation;
use crate::source::{Source, Token, begins_with, behind_group};

/// Modules of core, lowest layer first. Modules of one layer do not import each other.
const LAYERS: &[&[&str]] = &[
    &["time", "limits", "error", "log"],
    &["wire"],
    &["registry", "discovery"],
    &["suite"],
    &["door", "identity"],
    &["channel"],
    &["community", "chat", "link", "transfer"],
    &["drive", "node"],
];

pub(crate) fn check(sources: &[Source]) -> Vec<Violation> {
    Source::product(sources, "core/src/").iter().flat_map(check_source).collect()
}

fn check_source(source: &Source) -> Vec<Violation> {
    let module = module_of(&source.path);
    let Some(own) = module.first() else { return Vec::new() }; // lib.rs is above the layers
    if rank_of(own).is_none() {
        return vec![source.violation(1, format!("module `{own}` has no layer: give it one"))];
    }
    paths(&source.tokens, &module)
        .into_iter()
        .filter_map(|(line, path)| Some(source.violation(line, objection(own, path.first()?)?)))
        .collect()
}

/// Why a file of the module `own` must not name the module `other`, if it must not.
fn objection(own: &str, other: &str) -> Option<String> {
    if own == other {
        return None;
    }
    match rank_of(other) {
        None => Some(format!("`{own}` imports `crate::{other}`, which is not a module with a layer")),
        rank if rank < rank_of(own) => None,
        _ => Some(format!("`{own}` imports `{other}`, which is no lower layer")),
    }
}

fn rank_of(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&module))
}

/// The module path of a file of core: `core/src/wire/name.rs` is `wire`, `name`; `lib.rs` is the empty path.
fn module_of(path: &str) -> Vec<String> {
    let path = path.trim_start_matches("core/src/").trim_end_matches(".rs");
    let mut module: Vec<String> = path.split('/').map(str::to_owned).collect();
    if module.last().is_some_and(|last| last == "mod" || module == ["lib"]) {
        module.pop();
    }
    module
}

/// Line and absolute path of everything named through `crate`, `super` or `self`.
fn paths(tokens: &[Token], module: &[String]) -> Vec<(usize, Vec<String>)> {
    let mut found = Vec::new();
    let mut module = module.to_vec();
    let mut inline_ends = Vec::new(); // ends of the enclosing inline modules, outermost first
    let mut index = 0;
    while index < tokens.len() {
        if inline_ends.last() == Some(&index) {
            inline_ends.pop();
            module.pop();
        }
        let here = &tokens[index..];
        if begins_with(here, &["mod"]) && here.len() > 2 && here[2].text == "{" {
            inline_ends.push(behind_group(tokens, index + 2) - 1);
            module.push(here[1].text.clone());
        }
        let relative = matches!(here[0].text.as_str(), "crate" | "super" | "self");
        if relative && begins_with(&here[1..], &["::"]) {
            index += expand(here, &module, &mut found);
        } else {
            index += 1;
        }
    }
    found
}

/// Adds every path of the `use` tree or plain path at the start of `tokens`; returns its number of tokens.
fn expand(tokens: &[Token], base: &[String], found: &mut Vec<(usize, Vec<String>)>) -> usize {
    let mut path = base.to_vec();
    let mut index = 0;
    while let Some(token) = tokens.get(index) {
        match token.text.as_str() {
            "crate" => path.clear(),
            "super" => _ = path.pop(),
            "self" => {}
            "{" => {
                let end = behind_group(tokens, index);
                expand_group(&tokens[index + 1..end - 1], &path, found);
                return end;
            }
            name => path.push(name.to_owned()),
        }
        index += 1;
        if !begins_with(&tokens[index..], &["::"]) {
            break;
        }
        index += 1;
    }
    found.push((tokens[index - 1].line, path));
    index
}

/// The elements of a `use` group, without its braces.
fn expand_group(tokens: &[Token], base: &[String], found: &mut Vec<(usize, Vec<String>)>) {
    let mut index = 0;
    while index < tokens.len() {
        index += expand(&tokens[index..], base, found);
        while index < tokens.len() && tokens[index].text != "," {
            index += 1; // past `as` and the new name
        }
        index += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::complaints;

    fn complaints_of(path: &str, text: &str) -> Vec<String> {
        complaints(check, path, text)
    }

    #[test]
    fn imports_run_downwards() {
        let text =
            "use crate::limits::NAME_MAX;\nuse crate::{error, wire::{Name, User as U}};\nuse core::time;";
        assert_eq!(complaints_of("core/src/channel.rs", text), [""; 0]);
        assert_eq!(
            complaints_of("core/src/wire/name.rs", "use super::Endpoint; use super::super::time;"),
            [""; 0]
        );
        assert_eq!(complaints_of("core/src/lib.rs", "pub use crate::drive::pump;"), [""; 0]);
    }

    #[test]
    fn never_upwards() {
        let text = "use crate::wire::Name;\nuse crate::{\nlimits,\nchannel::{self, Channel},\n};";
        assert_eq!(
            complaints_of("core/src/suite/mod.rs", text),
            [
                "4: `suite` imports `channel`, which is no lower layer",
                "4: `suite` imports `channel`, which is no lower layer",
            ]
        );
    }

    #[test]
    fn never_sideways() {
        for (file, sibling) in [("chat", "community"), ("community", "chat"), ("limits", "time")] {
            assert_eq!(
                complaints_of(&format!("core/src/{file}.rs"), &format!("use crate::{sibling}::X;")),
                [format!("1: `{file}` imports `{sibling}`, which is no lower layer")]
            );
        }
    }

    #[test]
    fn paths_count_wherever_they_are() {
        for text in [
            "fn f(x: crate::drive::Pump) {}",
            "fn f() { assert!(super::super::drive::pump()) }",
            "pub(in crate::drive) struct X;",
            "macro_rules! m { () => { $crate::drive::pump() } }",
            "mod inner { mod deeper { use super::super::super::super::drive; } }",
        ] {
            let expected = ["1: `wire` imports `drive`, which is no lower layer"];
            assert_eq!(complaints_of("core/src/wire/name.rs", text), expected, "{text}");
        }
    }

    #[test]
    fn super_is_relative_to_the_inline_module() {
        let text = "mod inner { use super::drive; }\nuse super::drive;";
        let expected = ["2: `wire` imports `drive`, which is no lower layer"];
        assert_eq!(complaints_of("core/src/wire/mod.rs", text), expected);
    }

    #[test]
    fn modules_without_a_layer_are_named() {
        assert_eq!(complaints_of("core/src/misc.rs", ""), ["1: module `misc` has no layer: give it one"]);
        assert_eq!(
            complaints_of("core/src/chat.rs", "use crate::Thing;"),
            ["1: `chat` imports `crate::Thing`, which is not a module with a layer"]
        );
        let everything = ["1: `chat` imports `crate::*`, which is not a module with a layer"];
        assert_eq!(complaints_of("core/src/chat.rs", "use crate::*;"), everything);
    }

    #[test]
    fn tests_may_import_anything() {
        let text = "#[cfg(test)] mod tests { use crate::drive::pump; }";
        assert_eq!(complaints_of("core/src/wire/name.rs", text), [""; 0]);
    }
}
