//! `docs/CONTROL.md` against the types: each example is what it is said to be, and none is missing.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use p2pm_host::node::{Answer, Ask, Numbered};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// Lines of the examples of this kind, which are in fenced blocks marked `json` and the kind.
fn examples(kind: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/CONTROL.md");
    let document = fs::read_to_string(path).unwrap();
    let opening = format!("```json {kind}\n");
    let blocks = document.split(&opening).skip(1);
    let lines = blocks.flat_map(|block| block.split_once("```").expect("the block ends").0.lines());
    lines.map(str::to_owned).collect()
}

/// Parses the examples of a kind as values of `T`, checks that they are written as they are read, and returns what they
/// have in the member `tag`.
fn check<T: Serialize + DeserializeOwned>(kind: &str, tag: &str) -> BTreeSet<String> {
    let tag_of = |line: String| {
        let mut fields: Map<String, Value> =
            serde_json::from_str(&line).unwrap_or_else(|e| panic!("{line}: {e}"));
        assert_eq!(fields.remove("v"), Some(1.into()), "{line}");
        let example = Value::Object(fields);
        let value: T = serde_json::from_value(example.clone()).unwrap_or_else(|e| panic!("{line}: {e}"));
        assert_eq!(serde_json::to_value(value).unwrap(), example, "{line}");
        example[tag].as_str().expect("a word").to_owned()
    };
    examples(kind).into_iter().map(tag_of).collect()
}

/// Every value that the member `tag` of a `T` may have, as serde names them where there is none of that name; `rest` are the
/// other members.
fn variants<T: DeserializeOwned>(tag: &str, mut rest: Value) -> BTreeSet<String> {
    rest[tag] = "?".into();
    let error = serde_json::from_value::<T>(rest).err().expect("there is no such variant").to_string();
    let (_, list) = error.split_once("expected one of ").unwrap_or_else(|| panic!("{error}"));
    list.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

fn none() -> Value {
    Value::Object(Map::new())
}

#[test]
fn every_request_is_shown() {
    assert_eq!(check::<Ask>("ask", "do"), variants::<Ask>("do", none()));
}

#[test]
fn every_answer_is_shown() {
    assert_eq!(check::<Answer>("answer", "answer"), variants::<Answer>("answer", none()));
}

#[test]
fn every_piece_of_news_is_shown() {
    let rest = serde_json::json!({ "n": 1, "at": 0 });
    assert_eq!(check::<Numbered>("news", "news"), variants::<Numbered>("news", rest));
}

/// Values of the member `tag` of all objects within a value.
fn within(value: &Value, tag: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            found.extend(fields.get(tag).and_then(Value::as_str).map(str::to_owned));
            fields.values().for_each(|value| within(value, tag, found));
        }
        Value::Array(values) => values.iter().for_each(|value| within(value, tag, found)),
        _ => {}
    }
}

#[test]
fn every_kind_of_error_and_every_trust_is_shown() {
    let error = serde_json::json!({ "answer": "error", "text": "" });
    let kinds = variants::<Answer>("kind", error);
    let person = serde_json::json!({ "name": null, "tag": "", "here": false, "address": null, "circle": "" });
    let trusts = variants::<p2pm_host::node::KnownPerson>("trust", person);
    assert!(kinds.contains("usage") && trusts.contains("asks"), "{kinds:?} {trusts:?}");
    for (tag, all) in [("kind", kinds), ("trust", trusts)] {
        let mut found = BTreeSet::new();
        for line in examples("answer") {
            within(&serde_json::from_str(&line).unwrap(), tag, &mut found);
        }
        assert_eq!(found, all, "{tag}");
    }
}
