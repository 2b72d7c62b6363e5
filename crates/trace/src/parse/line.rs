//! One line of operations.

use super::fields::{Fault, Fields, Word, number};
use super::lines::Line;
use crate::problem::{CALLOC, MEMALIGN};
use crate::{Field, Id, Op, Problem};

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

/// Reads a line. Ids are only checked to fit into 32 bits.
#[inline]
pub(super) fn read(line: Line<'_>, has_calloc_and_memalign: bool) -> Result<Content, Fault> {
    let mut fields = Fields::new(line.text);
    let Some(verb) = fields.next() else {
        return Ok(Content::Blank);
    };
    let eof = line.unfinished;
    let op = match verb.text.as_bytes() {
        b"a" => Op::Malloc {
            id: id(fields.expect(Field::Id, eof)?)?,
            size: size(fields.expect(Field::Size, eof)?)?,
        },
        b"f" => match fields.expect(Field::Id, eof)? {
            Word { text: "-1", .. } => Op::FreeNull,
            word => Op::Free { id: id(word)? },
        },
        b"r" => Op::Realloc {
            id: id(fields.expect(Field::Id, eof)?)?,
            size: size(fields.expect(Field::Size, eof)?)?,
        },
        b"c" if has_calloc_and_memalign => Op::Calloc {
            id: id(fields.expect(Field::Id, eof)?)?,
            size: size(fields.expect(Field::Size, eof)?)?,
        },
        b"m" if has_calloc_and_memalign => Op::Memalign {
            id: id(fields.expect(Field::Id, eof)?)?,
            align_log2: align_log2(fields.expect(Field::Alignment, eof)?)?,
            size: size(fields.expect(Field::Size, eof)?)?,
        },
        [b'#', ..] => return Ok(Content::Comment(verb.start)),
        _ => return Err(unknown(verb)),
    };
    match fields.next() {
        None => Ok(Content::Op(op, None)),
        Some(word) if word.text.starts_with('#') => Ok(Content::Op(op, Some(word.start))),
        Some(word) => Err(Fault {
            problem: Problem::ExtraField,
            start: word.start,
            len: line.text.trim_end().len() - word.start,
        }),
    }
}

#[inline]
fn id(word: Word<'_>) -> Result<Id, Fault> {
    let value = number(word, Field::Id)?;
    u32::try_from(value)
        .map(Id)
        .map_err(|_| word.fault(Problem::IdTooLarge))
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

/// Characters of an unknown word that are worth repeating.
const SHOWN_CHARS: usize = 20;

#[cold]
fn unknown(verb: Word<'_>) -> Fault {
    verb.fault(match verb.text {
        "c" | "m" => Problem::NotInDialect {
            what: if verb.text == "c" { CALLOC } else { MEMALIGN },
            dialect: None,
        },
        text => Problem::UnknownOperation {
            found: text
                .chars()
                .take(SHOWN_CHARS)
                .flat_map(char::escape_debug)
                .collect(),
        },
    })
}
