//! Nothing grows past what a reader can hold: functions, files.

use crate::Violation;
use crate::source::{Source, Token, begins_with, behind_group};

const FILE_LINES_MAX: usize = 600;
/// From the line of `fn` to the line of the closing brace, both counted.
const FUNCTION_LINES_MAX: usize = 70;

pub(crate) fn check(sources: &[Source]) -> Vec<Violation> {
    sources.iter().filter(|source| source.is_rust()).flat_map(check_source).collect()
}

fn check_source(source: &Source) -> Vec<Violation> {
    let mut violations = Vec::new();
    let lines = source.text.lines().count();
    if lines > FILE_LINES_MAX {
        violations.push(source.violation(lines, format!("{lines} lines in a file, over {FILE_LINES_MAX}")));
    }
    for index in 0..source.tokens.len() {
        let Some((name, lines)) = function_at(&source.tokens[index..]) else { continue };
        if lines > FUNCTION_LINES_MAX {
            let complaint = format!("{lines} lines in function `{name}`, over {FUNCTION_LINES_MAX}");
            violations.push(source.violation(source.tokens[index].line, complaint));
        }
    }
    violations
}

/// Name and lines of the function that begins here, if one with a body does.
fn function_at(tokens: &[Token]) -> Option<(&str, usize)> {
    if !begins_with(tokens, &["fn"]) || begins_with(&tokens[1..], &["("]) {
        return None;
    }
    let name = tokens.get(1)?;
    let mut generics = 0_usize; // how many `<` are open: braces among them hold a constant, not the body
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
    fn a_file_has_at_most_600_lines() {
        assert_eq!(complaints_of(&"// a\n".repeat(600)), [""; 0]);
        assert_eq!(complaints_of(&"// a\n".repeat(601)), ["601: 601 lines in a file, over 600"]);
    }
}
