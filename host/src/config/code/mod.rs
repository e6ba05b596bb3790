//! Codes: passphrases of circles that p2pm makes, such as `47-coral-tulip-anvil-mocha`.

mod passphrase;
mod words;

use std::fmt::{self, Write};
use std::num::{NonZeroU16, NonZeroU32};
use std::str::FromStr;

use p2pm_core::limits::PASSWORD_MAX;
pub use passphrase::{OwnPassphrase, Passphrase, PassphraseError};
pub use words::comparison_words;
use zeroize::{Zeroize, Zeroizing};

/// Words of a code.
pub const CODE_WORDS: usize = 4;
/// Greatest number of a code that someone has chosen.
const NUMBER_MAX: u16 = 9999;
/// Greatest number of a code that is made here: few digits to read out.
const NUMBER_MADE_MAX: u16 = 99;
/// Longest code in bytes: its number, and for each word a hyphen and the nine letters of the longest ones.
const CODE_LEN_MAX: usize = 4 + CODE_WORDS * (1 + 9);
const _: () = assert!(CODE_LEN_MAX <= PASSWORD_MAX);
/// Random bytes that a code is made from.
pub const CODE_RANDOM_LEN: usize = 16;

/// Code of a circle: a public number, and four secret words of a list of 7,776, which are 51 bits.
///
/// It is read in any case, with spaces or hyphens between the words. Wiped on drop; a move may leave a copy.
#[derive(Clone, PartialEq, Eq)]
pub struct Code {
    number: NonZeroU16,
    /// Numbers of the words in the list.
    words: [u16; CODE_WORDS],
}

/// Why a text is no code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CodeError {
    /// It is not a number with four words behind it.
    Form,
    /// This number is not from 1 to 9999.
    Number(String),
    /// There are so many words in place of four.
    Count(usize),
    /// A word that is not in the list, and the one of the list that is most like it.
    Word {
        /// The word, in lower case.
        word: String,
        /// The nearest word.
        nearest: &'static str,
    },
}

impl Code {
    /// Makes a code from bytes of a cryptographic generator. Its number is from 1 to 99; all codes are equally likely, but
    /// for one part in 2^70.
    pub fn generate(random: &[u8; CODE_RANDOM_LEN]) -> Self {
        let mut bits = u128::from_be_bytes(*random);
        let mut draw = |below: u128| {
            let drawn = bits % below;
            bits /= below;
            u16::try_from(drawn).unwrap_or_default()
        };
        let number = NonZeroU16::MIN.saturating_add(draw(NUMBER_MADE_MAX.into()));
        let code = Self { number, words: [(); CODE_WORDS].map(|()| draw(words::WORDS as u128)) };
        bits.zeroize();
        code
    }

    /// Reads a code. `None` if the text does not have the form of one, which then is a passphrase of someone's own.
    ///
    /// A number and four words of letters are that form, whatever the words; and so are a number and words of the list,
    /// one too few or too many: such a text is a code with a mistake.
    pub fn read(text: &str) -> Result<Option<Self>, CodeError> {
        let text = normalised(text);
        let Some((digits, words)) =
            text.split_once('-').filter(|(first, _)| is_all(first, u8::is_ascii_digit))
        else {
            return Ok(None);
        };
        let words: Vec<_> = words_of(words).collect();
        let number = digits.parse().ok().filter(|number: &NonZeroU16| number.get() <= NUMBER_MAX);
        let unknown = words.iter().find(|word| words::find(word).is_none());
        match (number, words.as_slice(), unknown) {
            (Some(number), &[a, b, c, d], None) => Ok(Some(Self {
                number,
                words: [a, b, c, d].map(|word| words::find(word).unwrap_or_default()),
            })),
            (None, [_, _, _, _], None) => Err(CodeError::Number(digits.to_owned())),
            (Some(_), [_, _, _, _], Some(word)) if words.iter().all(|word| is_word(word)) => {
                Err(CodeError::Word { word: (*word).to_owned(), nearest: words::nearest(word) })
            }
            (Some(_), words @ ([_, _, _] | [_, _, _, _, _]), None) => Err(CodeError::Count(words.len())),
            _ => Ok(None),
        }
    }

    /// Whether the text, which is no code, is how one begins: a number, and fewer words than a code has. It can be a
    /// passphrase of someone's own all the same.
    pub fn is_begun(text: &str) -> bool {
        let text = normalised(text);
        let (digits, words) = text.split_once('-').unwrap_or((&text, ""));
        let words: Vec<_> = words_of(words).filter(|word| !word.is_empty()).collect();
        let is_number =
            is_all(digits, u8::is_ascii_digit) && digits.parse().is_ok_and(|it: u16| it <= NUMBER_MAX);
        is_number && words.len() < CODE_WORDS && words.into_iter().all(is_word)
    }

    /// The public number, which a Hello refers to.
    pub fn number(&self) -> NonZeroU32 {
        self.number.into()
    }

    /// The text that is shown, in memory that is wiped.
    pub(super) fn reveal(&self) -> Zeroizing<String> {
        // Of sufficient capacity, since a text that moves leaves a copy.
        let mut text = Zeroizing::new(String::with_capacity(CODE_LEN_MAX));
        // A string takes everything.
        _ = write!(text, "{self}");
        text
    }
}

/// The text in lower case, with a hyphen between two parts.
fn normalised(text: &str) -> Zeroizing<String> {
    let is_separator = |c: char| c == '-' || c.is_whitespace();
    let lower = Zeroizing::new(text.to_ascii_lowercase());
    let parts: Vec<_> = lower.split(is_separator).filter(|part| !part.is_empty()).collect();
    Zeroizing::new(parts.join("-"))
}

/// Splits a text at its hyphens, but for those of the words that have one.
fn words_of(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let mut hyphens = text.match_indices('-').map(|(index, _)| index);
        let first = hyphens.next().unwrap_or(text.len());
        let second = hyphens.next().unwrap_or(text.len());
        let end = if words::find(&text[..second]).is_some() { second } else { first };
        rest = text[end..].strip_prefix('-');
        Some(&text[..end])
    })
}

fn is_all(text: &str, of_kind: impl Fn(&u8) -> bool) -> bool {
    !text.is_empty() && text.as_bytes().iter().all(of_kind)
}

fn is_word(text: &str) -> bool {
    is_all(text, |c| c.is_ascii_lowercase() || *c == b'-')
}

impl FromStr for Code {
    type Err = CodeError;

    fn from_str(text: &str) -> Result<Self, CodeError> {
        Self::read(text)?.ok_or(CodeError::Form)
    }
}

impl fmt::Display for Code {
    /// The whole code, for whoever is to share it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.number.fmt(f)?;
        self.words.iter().try_for_each(|number| write!(f, "-{}", words::word(*number)))
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Code({}-..)", self.number)
    }
}

impl Drop for Code {
    fn drop(&mut self) {
        self.words.zeroize();
    }
}

impl fmt::Display for CodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Form => {
                write!(f, "a code is a number and {CODE_WORDS} words, such as 47-coral-tulip-anvil-mocha")
            }
            Self::Number(number) => {
                write!(f, "`{number}` is not a number of codes: they are from 1 to {NUMBER_MAX}")
            }
            Self::Count(count) => write!(f, "a code has {CODE_WORDS} words, and this one {count}"),
            Self::Word { word, nearest } => {
                write!(f, "`{word}` is not a word of codes: did you mean `{nearest}`?")
            }
        }
    }
}

impl std::error::Error for CodeError {}

#[cfg(test)]
mod tests {
    use super::*;

    const CODE: &str = "47-coral-tulip-anvil-mocha";

    fn read(text: &str) -> Result<Option<String>, String> {
        Code::read(text).map(|code| code.map(|code| code.to_string())).map_err(|error| error.to_string())
    }

    #[test]
    fn a_code_is_read_as_it_is_shown_and_as_people_type_it() {
        for text in [CODE, " 47 Coral  tulip ANVIL-mocha\n", "0047-coral - tulip\tanvil mocha-"] {
            assert_eq!(read(text), Ok(Some(CODE.to_owned())), "{text}");
        }
        let code: Code = CODE.parse().unwrap();
        assert_eq!(code.number().get(), 47);
        assert_eq!(format!("{code:?}"), "Code(47-..)");
    }

    #[test]
    fn words_with_a_hyphen_are_read_however_they_are_split() {
        for (text, code) in [
            ("1 t shirt yo yo drop down felt tip", "1-t-shirt-yo-yo-drop-down-felt-tip"),
            ("9999-t-shirt-shirt-down-drop-down", "9999-t-shirt-shirt-down-drop-down"),
            ("1-coral-coral-coral-yo-yo", "1-coral-coral-coral-yo-yo"),
        ] {
            assert_eq!(read(text), Ok(Some(code.to_owned())));
        }
    }

    #[test]
    fn what_does_not_have_the_form_is_no_code() {
        for text in [
            "",
            "-",
            "47",
            "coral-tulip-anvil-mocha",
            "47-coral-tulip",
            "47-coral-tulip-anvil-mocha-coral-coral",
            "47-not-these-three",
            "47 coral tulip anvil m0cha",
            "20000 leagues under the sea",
            "x47-coral-tulip-anvil-mocha",
            "47-coral-tulip-anvil-möcha",
        ] {
            assert_eq!(read(text), Ok(None), "{text}");
            assert_eq!(text.parse::<Code>().unwrap_err(), CodeError::Form);
        }
        assert!(CodeError::Form.to_string().ends_with(CODE));
    }

    #[test]
    fn the_beginning_of_a_code_is_known() {
        for text in ["47", "47-", "47 Coral", "47-coral-tulip", "47-coral-tul", "47-coral-tulip-yo-yo"] {
            assert!(Code::is_begun(text), "{text}");
        }
        for text in ["", CODE, "coral", "20000 leagues", "47!", "47-c0ral", "2 be or not 2 be", "1 2 3"] {
            assert!(!Code::is_begun(text), "{text}");
        }
    }

    #[test]
    fn a_mistake_in_a_code_is_named() {
        for (text, why) in [
            ("47-Corel-tulip-anvil-mocha", "`corel` is not a word of codes: did you mean `coral`?"),
            ("47 coral tulip anvil moth", "`moth` is not a word of codes: did you mean `math`?"),
            ("47 coral tshirt anvil mocha", "`tshirt` is not a word of codes: did you mean `t-shirt`?"),
            ("0-coral-tulip-anvil-mocha", "`0` is not a number of codes: they are from 1 to 9999"),
            ("10000-coral-tulip-anvil-mocha", "`10000` is not a number of codes: they are from 1 to 9999"),
            ("47-coral-tulip-anvil", "a code has 4 words, and this one 3"),
            ("47-coral-tulip-anvil-mocha-coral", "a code has 4 words, and this one 5"),
        ] {
            assert_eq!(read(text), Err(why.to_owned()), "{text}");
        }
    }

    #[test]
    fn all_codes_can_be_made() {
        let made = |bits: u128| Code::generate(&bits.to_be_bytes()).to_string();
        let list = words::WORDS as u128;
        assert_eq!(made(0), "1-abacus-abacus-abacus-abacus");
        assert_eq!(made(98), "99-abacus-abacus-abacus-abacus");
        assert_eq!(made(99), "1-abdomen-abacus-abacus-abacus");
        assert_eq!(made(99 * list.pow(4) - 1), "99-zoom-zoom-zoom-zoom");
        assert_eq!(made(99 * list.pow(4)), made(0));
        let longest = "9999-abdominal-abdominal-abdominal-abdominal".parse::<Code>().unwrap().reveal();
        assert_eq!((longest.len(), longest.capacity()), (CODE_LEN_MAX, CODE_LEN_MAX));
        for bits in [u128::MAX, u128::MAX / 3, 1 << 77] {
            assert_eq!(read(&made(bits)), Ok(Some(made(bits))));
        }
    }
}
