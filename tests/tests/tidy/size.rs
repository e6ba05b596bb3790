//! Limits on the length of functions and files.

use crate::Violation;
use crate::source::{Source, Token, begins_with, behind_group};

const FILE_LINES_MAX: usize = 500;
/// From the line of `fn` to the line of the closing brace, both included.
const FUNCTION_LINES_MAX: usize = 70;

pub(crate) fn check(sources: &[Source]) -> Vec<Violation> {
    sources.iter().filter(|source| source.is_rust() || source.is_python()).flat_map(check_source).collect()
}

fn check_source(source: &Source) -> Vec<Violation> {
    let mut violations = Vec::new();
    let lines = source.text.lines().count();
    if lines > FILE_LINES_MAX {
        violations.push(source.violation(lines, format!("{lines} lines in a file, over {FILE_LINES_MAX}")));
    }
    let functions =
        if source.is_python() { python_functions(&source.text) } else { functions(&source.tokens) };
    for Function { name, line, lines } in functions {
        if lines > FUNCTION_LINES_MAX {
            let complaint = format!("{lines} lines in function `{name}`, over {FUNCTION_LINES_MAX}");
            violations.push(source.violation(line, complaint));
        }
    }
    violations
}

struct Function<'a> {
    name: &'a str,
    /// First line.
    line: usize,
    lines: usize,
}

fn functions(tokens: &[Token]) -> Vec<Function<'_>> {
    let function = |index: usize| {
        let (name, lines) = function_at(&tokens[index..])?;
        Some(Function { name, line: tokens[index].line, lines })
    };
    (0..tokens.len()).filter_map(function).collect()
}

/// A function of Python extends over the lines that are indented further than its `def`; the closing
/// parenthesis of its parameters may be on a line of its own.
fn python_functions(text: &str) -> Vec<Function<'_>> {
    let lines: Vec<_> = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()).collect();
    let indent = |line: &str| line.len() - line.trim_start().len();
    let mut functions = Vec::new();
    for (nth, (index, line)) in lines.iter().enumerate() {
        let Some(rest) = line.trim_start().strip_prefix("def ") else { continue };
        let within =
            |(_, later): &&(usize, &str)| indent(later) > indent(line) || later.trim_start().starts_with(')');
        let last = lines[nth + 1..].iter().take_while(within).last().map_or(*index, |(last, _)| *last);
        let name = rest.split('(').next().unwrap_or_default();
        functions.push(Function { name, line: index + 1, lines: last - index + 1 });
    }
    functions
}

/// Name and number of lines of the function that starts here, if it has a body.
fn function_at(tokens: &[Token]) -> Option<(&str, usize)> {
    if !begins_with(tokens, &["fn"]) || begins_with(&tokens[1..], &["("]) {
        return None;
    }
    let name = tokens.get(1)?;
    let mut generics = 0_usize; // number of open `<`: braces among them hold a constant, not the body
    let mut index = 2;
    loop {
        match tokens.get(index)?.text.as_str() {
            "{" if generics == 0 => break,
            ";" => return None,
            "<" => generics += 1,
            ">" => generics = generics.checked_sub(1)?,
            "(" | "[" | "{" => {
                index = behind_group(tokens, index);
                continue;
            }
            _ => {}
        }
        index += 1;
    }
    let close = &tokens[behind_group(tokens, index) - 1];
    Some((&name.text, close.line - tokens[0].line + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::complaints;

    fn complaints_of(text: &str) -> Vec<String> {
        complaints(check, "host/src/lib.rs", text)
    }

    fn function(lines: usize) -> String {
        format!(
            "fn f<const N: usize>() -> Array<{{ N * 2 }}>\nwhere\n{}}}\n",
            "{\n".to_owned() + &"\n".repeat(lines - 4)
        )
    }

    #[test]
    fn a_function_has_at_most_70_lines() {
        assert_eq!(complaints_of(&function(70)), [""; 0]);
        assert_eq!(complaints_of(&function(71)), ["1: 71 lines in function `f`, over 70"]);
    }

    #[test]
    fn functions_in_impls_and_macros_are_seen() {
        for wrapper in ["\nimpl X {", "\nproptest! {", "\nmod x { mod y {"] {
            let text = format!("{wrapper}{}{}", function(71), "}".repeat(wrapper.matches('{').count()));
            assert_eq!(complaints_of(&text), ["2: 71 lines in function `f`, over 70"]);
        }
    }

    #[test]
    fn what_has_no_body_is_no_function() {
        let text = format!("trait T {{ fn f(&self); }} type F = fn(u8); impl T {{ {} }}", "\n".repeat(100));
        assert_eq!(complaints_of(&text), [""; 0]);
    }

    #[test]
    fn functions_of_python_are_seen() {
        let function = |lines: usize| {
            let body = "\n        pass".repeat(lines - 3);
            format!("class C:\n    def f(\n        a,\n    ) -> None:{body}\n\n\n    b = 1\n")
        };
        assert_eq!(complaints(check, "tests/a.py", &function(70)), [""; 0]);
        assert_eq!(complaints(check, "tests/a.py", &function(71)), ["2: 71 lines in function `f`, over 70"]);
    }

    #[test]
    fn a_file_has_at_most_500_lines() {
        assert_eq!(complaints_of(&"// a\n".repeat(500)), [""; 0]);
        assert_eq!(complaints_of(&"// a\n".repeat(501)), ["501: 501 lines in a file, over 500"]);
    }
}
