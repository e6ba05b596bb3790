//! Sources of the repository, as tokens with line numbers.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::str::FromStr;

use proc_macro2::{Delimiter, Group, Spacing, TokenStream, TokenTree};

use crate::Violation;

/// A token: a word, a literal, one character of punctuation, a bracket, `::` or `->`.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) text: String,
    /// Counted from 1.
    pub(crate) line: usize,
}

/// A file of Rust or Python, or a Cargo manifest, which has no tokens.
#[derive(Clone)]
pub(crate) struct Source {
    /// Relative to the repository, with forward slashes.
    pub(crate) path: String,
    pub(crate) text: String,
    pub(crate) tokens: Vec<Token>,
}

impl Source {
    pub(crate) fn new(path: &str, text: &str) -> Self {
        let mut source = Self { path: path.to_owned(), text: text.to_owned(), tokens: Vec::new() };
        if source.is_rust() {
            let stream = TokenStream::from_str(text).unwrap_or_else(|error| panic!("{path}: {error}"));
            flatten(stream, &mut source.tokens);
        } else if source.is_python() {
            source.tokens = words(text);
        }
        source
    }

    pub(crate) fn is_rust(&self) -> bool {
        self.has_extension("rs")
    }

    pub(crate) fn is_python(&self) -> bool {
        self.has_extension("py")
    }

    fn has_extension(&self, wanted: &str) -> bool {
        Path::new(&self.path).extension().is_some_and(|extension| extension == wanted)
    }

    /// Every file of Rust or Python and every manifest under `root`, except generated and hidden ones.
    pub(crate) fn all_in(root: &Path) -> Vec<Self> {
        let mut folders = vec![root.to_owned()];
        let mut sources = Vec::new();
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).expect("a readable folder") {
                let path = entry.expect("a readable entry").path();
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                if path.is_dir() && name != "target" && !name.starts_with('.') {
                    folders.push(path);
                } else if name.ends_with(".rs") || name.ends_with(".py") || name == "Cargo.toml" {
                    let text = fs::read_to_string(&path).expect("a readable file of UTF-8");
                    let relative = path.strip_prefix(root).expect("a path under the root");
                    sources.push(Self::new(&relative.to_string_lossy(), &text));
                }
            }
        }
        sources.sort_by(|a, b| a.path.cmp(&b.path));
        sources
    }

    /// Sources in `folder` that are part of a product: without `#[cfg(test)]` modules, inline or in files of
    /// their own.
    pub(crate) fn product(sources: &[Self], folder: &str) -> Vec<Self> {
        let mut product: Vec<Self> =
            sources.iter().filter(|source| source.path.starts_with(folder)).cloned().collect();
        let mut test_files = BTreeSet::new();
        for source in &mut product {
            for name in remove_test_modules(&mut source.tokens) {
                test_files.insert(format!("{}/{name}", source.module_folder()));
            }
        }
        product.retain(|source| {
            !test_files.iter().any(|file| {
                source.path.strip_prefix(file).is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
            })
        });
        product
    }

    /// Folder of this file's child modules.
    fn module_folder(&self) -> &str {
        let stem = self.path.trim_end_matches(".rs");
        ["/mod", "/lib", "/main"].iter().find_map(|root| stem.strip_suffix(root)).unwrap_or(stem)
    }

    pub(crate) fn violation(&self, line: usize, complaint: impl Into<String>) -> Violation {
        Violation { file: self.path.clone(), line, complaint: complaint.into() }
    }
}

/// Whether `tokens` begin with these texts.
pub(crate) fn begins_with(tokens: &[Token], texts: &[&str]) -> bool {
    tokens.len() >= texts.len() && tokens.iter().zip(texts).all(|(token, text)| token.text == *text)
}

/// Index just behind the bracket that closes the one at `open`.
pub(crate) fn behind_group(tokens: &[Token], open: usize) -> usize {
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate().skip(open) {
        match token.text.as_str() {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return index + 1;
        }
    }
    tokens.len()
}

/// Words of Python outside comments, enough for the banned ones.
fn words(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let code = line.split('#').next().unwrap_or_default();
        let words = code.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
        let words = words.filter(|word| !word.is_empty());
        tokens.extend(words.map(|word| Token { text: word.to_owned(), line: index + 1 }));
    }
    tokens
}

fn flatten(stream: TokenStream, tokens: &mut Vec<Token>) {
    let mut trees = stream.into_iter().peekable();
    while let Some(tree) = trees.next() {
        let line = tree.span().start().line;
        match tree {
            TokenTree::Group(group) => flatten_group(&group, tokens),
            TokenTree::Punct(first) if first.spacing() == Spacing::Joint => {
                let mut text = first.as_char().to_string();
                if let Some(TokenTree::Punct(second)) = trees.peek()
                    && matches!((first.as_char(), second.as_char()), (':', ':') | ('-', '>'))
                {
                    text.push(second.as_char());
                    trees.next();
                }
                tokens.push(Token { text, line });
            }
            tree => tokens.push(Token { text: tree.to_string(), line }),
        }
    }
}

fn flatten_group(group: &Group, tokens: &mut Vec<Token>) {
    let (open, close) = match group.delimiter() {
        Delimiter::Parenthesis => ("(", ")"),
        Delimiter::Bracket => ("[", "]"),
        Delimiter::Brace => ("{", "}"),
        Delimiter::None => return flatten(group.stream(), tokens),
    };
    tokens.push(Token { text: open.to_owned(), line: group.span_open().start().line });
    flatten(group.stream(), tokens);
    tokens.push(Token { text: close.to_owned(), line: group.span_close().start().line });
}

/// Removes every `#[cfg(test)]` module and returns the names of those whose bodies are in other files.
fn remove_test_modules(tokens: &mut Vec<Token>) -> Vec<String> {
    let mut files = Vec::new();
    let mut index = 0;
    while index < tokens.len() {
        let Some(module) = test_module_at(&tokens[index..]).map(|offset| index + offset) else {
            index += 1;
            continue;
        };
        if begins_with(&tokens[module + 2..], &[";"]) {
            files.push(tokens[module + 1].text.clone());
        }
        let end = behind_group(tokens, module + 2);
        tokens.drain(index..end);
    }
    files
}

/// Index of the word `mod`, if the tokens begin with `#[cfg(test)]`, optional further attributes, and a
/// module.
fn test_module_at(tokens: &[Token]) -> Option<usize> {
    if !begins_with(tokens, &["#", "[", "cfg", "(", "test", ")", "]"]) {
        return None;
    }
    let mut index = 0;
    while begins_with(&tokens[index..], &["#", "["]) {
        index = behind_group(tokens, index + 1);
    }
    if begins_with(&tokens[index..], &["pub"]) {
        index += 1;
        if begins_with(&tokens[index..], &["("]) {
            index = behind_group(tokens, index);
        }
    }
    begins_with(&tokens[index..], &["mod"]).then_some(index)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(source: &Source) -> Vec<&str> {
        source.tokens.iter().map(|token| token.text.as_str()).collect()
    }

    #[test]
    fn tokens_are_flat_and_know_their_lines() {
        let source = Source::new("a.rs", "a::b(\n-> c)");
        assert_eq!(texts(&source), ["a", "::", "b", "(", "->", "c", ")"]);
        assert_eq!(source.tokens.iter().map(|token| token.line).collect::<Vec<_>>(), [1, 1, 1, 1, 2, 2, 2]);
    }

    #[test]
    fn the_product_of_a_folder_is_without_its_tests() {
        let sources = [
            Source::new("core/src/wire/mod.rs", "a #[cfg(test)] mod cases; b"),
            Source::new("core/src/wire/cases.rs", "gone"),
            Source::new("core/src/wire/cases/more.rs", "gone"),
            Source::new("core/src/wire/cases_of_ours.rs", "stays"),
            Source::new("core/src/chat.rs", "c #[cfg(test)] #[allow(x)] pub(crate) mod tests { d { e } } f"),
            Source::new("core/src/drive.rs", "#[cfg(feature = \"nal\")] mod g {}"),
            Source::new("core/tests/h.rs", "gone"),
            Source::new("host/src/lib.rs", "gone"),
        ];
        let product = Source::product(&sources, "core/src/");
        let rest: Vec<_> = product.iter().map(|source| texts(source).join(" ")).collect();
        assert_eq!(rest, ["a b", "stays", "c f", "# [ cfg ( feature = \"nal\" ) ] mod g { }"]);
    }
}
