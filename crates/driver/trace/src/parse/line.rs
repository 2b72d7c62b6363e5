//! One line of operations.

use super::fields::{Fault, Fields, Word, is_comment, number};
use super::lines::Line;
use super::start::Start;
use crate::problem::{CALLOC, MEMALIGN};
use crate::{Field, Id, Op, Problem};
use std::collections::HashMap;

/// What a line holds.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// Nothing.
    Blank,
    /// A comment that begins at that byte.
    Comment(usize),
    /// An operation, and perhaps a comment that begins at that byte.
    Op(Op, Option<usize>),
}

/// What a file's lines may hold.
#[derive(Clone, Copy)]
pub(super) struct Rules {
    has_calloc_and_memalign: bool,
    /// The file has no header, so messages about its lines do not mention one.
    is_script: bool,
}

impl Rules {
    pub(super) fn of(start: Start) -> Rules {
        Rules {
            has_calloc_and_memalign: start == Start::Extended,
            is_script: start == Start::Script,
        }
    }
}

/// How the words for blocks become ids.
pub(super) enum Ids {
    /// They are ids.
    Numbers,
    /// They are addresses or other names, numbered in the order in which they come.
    Names(HashMap<u128, u32>),
}

/// Reads a line. Ids are only checked to fit into 32 bits.
#[inline]
pub(super) fn read(line: Line<'_>, rules: Rules, ids: &mut Ids) -> Result<Content, Fault> {
    let mut fields = Fields::new(line.text);
    let Some(verb) = fields.next() else {
        return Ok(Content::Blank);
    };
    let eof = line.unfinished;
    let has_more = rules.has_calloc_and_memalign;
    let op = match verb.text.as_bytes() {
        b"a" => Op::Malloc {
            id: id(fields.expect(Field::Id, eof)?, ids)?,
            size: size(fields.expect(Field::Size, eof)?)?,
        },
        b"f" => match fields.expect(Field::Id, eof)? {
            Word { text: "-1", .. } => Op::FreeNull,
            word if matches!(ids, Ids::Names(_)) && is_null(word.text) => Op::FreeNull,
            word => Op::Free { id: id(word, ids)? },
        },
        b"r" => Op::Realloc {
            id: id(fields.expect(Field::Id, eof)?, ids)?,
            size: size(fields.expect(Field::Size, eof)?)?,
        },
        b"w" => Op::Write {
            id: id(fields.expect(Field::Id, eof)?, ids)?,
            bytes: size(fields.expect(Field::Size, eof)?)?,
        },
        b"c" if has_more => Op::Calloc {
            id: id(fields.expect(Field::Id, eof)?, ids)?,
            size: size(fields.expect(Field::Size, eof)?)?,
        },
        b"m" if has_more => Op::Memalign {
            id: id(fields.expect(Field::Id, eof)?, ids)?,
            align_log2: align_log2(fields.expect(Field::Alignment, eof)?)?,
            size: size(fields.expect(Field::Size, eof)?)?,
        },
        _ if is_comment(verb.text) => return Ok(Content::Comment(verb.start)),
        _ => return Err(unknown(verb, rules)),
    };
    match fields.next() {
        None => Ok(Content::Op(op, None)),
        Some(word) if is_comment(word.text) => Ok(Content::Op(op, Some(word.start))),
        Some(word) => {
            Err(word.fault_to(line.text.trim_end().len(), Problem::ExtraField { in_header: false }))
        }
    }
}

/// Returns a comment's text, without the characters that begin it.
pub(super) fn comment_text(comment: &str) -> &str {
    let text = comment.strip_prefix("//");
    text.or(comment.strip_prefix('#')).unwrap_or(comment)
}

#[inline]
fn id(word: Word<'_>, ids: &mut Ids) -> Result<Id, Fault> {
    if let Ids::Names(numbers) = ids {
        return numbered(word, numbers);
    }
    match number(word, Field::Id) {
        Ok(value) => u32::try_from(value).map(Id).map_err(|_| word.fault(Problem::IdTooLarge)),
        Err(_) if is_address(word.text) => Err(word.fault(Problem::IdIsAddress)),
        Err(fault) => Err(fault),
    }
}

/// Returns the number of a name: the one it has, or the next.
fn numbered(word: Word<'_>, numbers: &mut HashMap<u128, u32>) -> Result<Id, Fault> {
    // Decimal digits are read as hexadecimal: another number, but still a distinct one.
    let field = Field::Id;
    let Some(digits) = hex_digits(word.text) else {
        let none = |_| Err(word.fault(Problem::NotANumber { field }));
        return number(word, field).and_then(none);
    };
    let name = u128::from_str_radix(digits, 16);
    let name = name.map_err(|_| word.fault(Problem::Overflow { field }))?;
    let next = u32::try_from(numbers.len());
    let next = next.map_err(|_| word.fault(Problem::IdTooLarge))?;
    Ok(Id(*numbers.entry(name).or_insert(next)))
}

/// Returns the digits of a hexadecimal number, perhaps after `0x`.
fn hex_digits(word: &str) -> Option<&str> {
    let digits = word.strip_prefix("0x").or(word.strip_prefix("0X"));
    let digits = digits.unwrap_or(word);
    let is_hex = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hex.then_some(digits)
}

/// Returns whether a word that is not a decimal number is an address, as tracers print it: with
/// `0x`, or of at least five hexadecimal digits with a letter among them, or a null pointer.
fn is_address(word: &str) -> bool {
    let has_prefix = word.starts_with("0x") || word.starts_with("0X");
    let has_letter = word.bytes().any(|byte| byte.is_ascii_alphabetic());
    let is_long = |digits: &str| digits.len() >= 5 && has_letter;
    is_null(word) || hex_digits(word).is_some_and(|digits| has_prefix || is_long(digits))
}

/// Returns whether a word is a null pointer, as C libraries print it.
fn is_null(word: &str) -> bool {
    matches!(word, "(nil)" | "nil" | "(null)" | "NULL" | "null" | "0x0")
}

#[inline]
fn size(word: Word<'_>) -> Result<u32, Fault> {
    let value = number(word, Field::Size)?;
    u32::try_from(value).map_err(|_| word.fault(Problem::SizeTooLarge))
}

fn align_log2(word: Word<'_>) -> Result<u8, Fault> {
    let value = number(word, Field::Alignment)?;
    match u32::try_from(value) {
        // At most 31, which fits.
        Ok(align) if align.is_power_of_two() => Ok(align.trailing_zeros() as u8),
        _ => Err(word.fault(Problem::BadAlignment)),
    }
}

/// A message repeats at most this many characters of an unknown word.
const SHOWN_CHARS: usize = 20;

#[cold]
fn unknown(verb: Word<'_>, rules: Rules) -> Fault {
    verb.fault(match verb.text {
        "c" | "m" => Problem::NotInDialect {
            what: if verb.text == "c" { CALLOC } else { MEMALIGN },
            dialect: None,
        },
        text => Problem::UnknownOperation {
            found: text.chars().take(SHOWN_CHARS).flat_map(char::escape_debug).collect(),
            in_script: rules.is_script,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::read as read_line;
    use super::*;

    #[test]
    fn addresses_are_recognized_by_their_form() {
        for address in ["0x55d0c0", "0XFF", "0x1", "55d0c0", "7f3a2c0010", "(nil)", "NULL"] {
            assert!(is_address(address), "{address}");
        }
        for other in [
            "x55d0c0",
            "0x",
            "abc",
            "face",
            "55d0c0g",
            "18446744073709551616",
            "-1",
            "3.5",
            "+3",
            "",
        ] {
            assert!(!is_address(other), "{other}");
        }
    }

    #[test]
    fn names_are_numbered_in_order_of_appearance() {
        let mut ids = Ids::Names(HashMap::new());
        let mut read = |text| {
            let line = Line { number: 1, text, unfinished: false };
            let rules = Rules::of(Start::Script);
            read_line(line, rules, &mut ids).map_err(|fault| fault.problem)
        };
        let malloc = |id, size| {
            let id = Id(id);
            Ok(Content::Op(Op::Malloc { id, size }, None))
        };
        assert_eq!(read("a 0x55d0c0 16"), malloc(0, 16));
        assert_eq!(read("a 99999999999999999999 8"), malloc(1, 8));
        assert_eq!(read("a 0X55D0C0 4"), malloc(0, 4));
        assert_eq!(read("a 55d0c0 4"), malloc(0, 4));
        assert_eq!(read("f (nil)"), Ok(Content::Op(Op::FreeNull, None)));
        assert_eq!(read("f 0x0"), Ok(Content::Op(Op::FreeNull, None)));
        let field = Field::Id;
        assert_eq!(read("a x 4"), Err(Problem::NotANumber { field }));
        assert_eq!(read("a -2 4"), Err(Problem::Negative { field }));
        let long = "f".repeat(40);
        assert!(read(&format!("f {long}")).is_err());
    }
}
