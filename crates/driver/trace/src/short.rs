//! Traces of a few operations, written in one line.

use crate::{Id, InvalidOp, Op, Trace, Weight};
use std::fmt;

/// Why a line is not a trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ShortTraceError {
    /// A text between commas is not an operation.
    UnknownOp(String),
    /// An operation makes no sense where it stands.
    InvalidOp(InvalidOp),
}

impl fmt::Display for ShortTraceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ShortTraceError::UnknownOp(text) => {
                write!(f, "`{text}` is not an operation: expected `a 0 16`, `f 0`")
            }
            ShortTraceError::InvalidOp(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for ShortTraceError {}

impl Trace {
    /// Returns the trace of these operations, each as a trace file writes it, with commas between:
    /// `a 0 100, f 0`. A range in the place of the id stands for one operation for each id in it:
    /// `a 0..2 24` for `a 0 24, a 1 24, a 2 24`. What is in parentheses is repeated:
    /// `3 * (a 0 24, f 0)`.
    ///
    /// # Errors
    /// For the first text that is not an operation, or makes no sense where it stands.
    pub fn of_line(name: &str, line: &str) -> Result<Trace, ShortTraceError> {
        let mut all = Vec::new();
        let mut rest = line;
        while let Some((before, after)) = rest.split_once('(') {
            let unknown = |text: &str| ShortTraceError::UnknownOp(text.trim().to_owned());
            let (listed, times) = before.rsplit_once(',').unwrap_or(("", before));
            let (repeated, behind) = after.split_once(')').ok_or_else(|| unknown(after))?;
            let times = repetitions(times).ok_or_else(|| unknown(times))?;
            all.extend(listed_ops(listed)?);
            all.extend(listed_ops(repeated)?.repeat(times));
            rest = behind;
        }
        all.extend(listed_ops(rest)?);
        Trace::from_ops(name, Weight::None, all).map_err(ShortTraceError::InvalidOp)
    }
}

/// The most operations that a range stands for, and how often operations are repeated at most.
const MOST: usize = 10_000;

/// Returns how often operations are repeated after a text such as `3 *`.
fn repetitions(text: &str) -> Option<usize> {
    let times = text.trim().strip_suffix('*')?.trim().parse().ok()?;
    (times <= MOST).then_some(times)
}

/// Returns the operations between commas.
fn listed_ops(line: &str) -> Result<Vec<Op>, ShortTraceError> {
    let mut all = Vec::new();
    for text in line.split(',').map(str::trim).filter(|text| !text.is_empty()) {
        let some = ops(text).ok_or_else(|| ShortTraceError::UnknownOp(text.to_owned()))?;
        all.extend(some);
    }
    Ok(all)
}

/// Returns the operations of a text between commas: one, or one for each id in a range.
fn ops(text: &str) -> Option<Vec<Op>> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let [letter, range, rest @ ..] = words.as_slice() else {
        return None;
    };
    let Some((first, last)) = range.split_once("..") else {
        return Some(vec![op(text)?]);
    };
    let ids = first.parse::<u32>().ok()?..=last.parse::<u32>().ok()?;
    if ids.is_empty() || ids.clone().nth(MOST).is_some() {
        return None;
    }
    ids.map(|id| op(&format!("{letter} {id} {}", rest.join(" ")))).collect()
}

fn op(text: &str) -> Option<Op> {
    let mut words = text.split_whitespace();
    let letter = words.next()?;
    let numbers: Option<Vec<i64>> = words.map(|word| word.parse().ok()).collect();
    let numbers = numbers?;
    let id = |number: i64| u32::try_from(number).ok().map(Id);
    let size = |number: i64| u32::try_from(number).ok();
    match (letter, numbers.as_slice()) {
        ("a", &[i, n]) => Some(Op::Malloc { id: id(i)?, size: size(n)? }),
        ("c", &[i, n]) => Some(Op::Calloc { id: id(i)?, size: size(n)? }),
        ("r", &[i, n]) => Some(Op::Realloc { id: id(i)?, size: size(n)? }),
        ("m", &[i, align, n]) => {
            let align = size(align)?;
            align.is_power_of_two().then_some(())?;
            Some(Op::Memalign {
                id: id(i)?,
                align_log2: u8::try_from(align.trailing_zeros()).ok()?,
                size: size(n)?,
            })
        }
        ("w", &[i, n]) => Some(Op::Write { id: id(i)?, bytes: size(n)? }),
        ("f", &[-1]) => Some(Op::FreeNull),
        ("f", &[i]) => Some(Op::Free { id: id(i)? }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_are_written_as_in_a_file() {
        let text = "a 0 16, c 1 8, m 2 64 5, r 0 32, w 0 20, f 1, f -1";
        let trace = Trace::of_line("short", text).unwrap();
        let again: Vec<String> = trace.ops().iter().map(Op::to_string).collect();
        assert_eq!(again.join(", "), text);
        let ranges = Trace::of_line("short", "a 0..2 24, r 1..1 8, f 0..1").unwrap();
        let written = Trace::of_line("short", "a 0 24, a 1 24, a 2 24, r 1 8, f 0, f 1").unwrap();
        assert_eq!(ranges.ops(), written.ops());
        let repeated = Trace::of_line("short", "a 1 8, 2 * (a 0 24, f 0), f 1").unwrap();
        let written = Trace::of_line("short", "a 1 8, a 0 24, f 0, a 0 24, f 0, f 1").unwrap();
        assert_eq!(repeated.ops(), written.ops());
        for wrong in ["(a 0 8", "(a 0 8)", "2 (a 0 8)", "99999999 * (f -1)", "2 * (a 0 8)"] {
            assert!(Trace::of_line("wrong", wrong).is_err(), "{wrong}");
        }
        for wrong in ["a 0..", "a 2..1 8", "a 0..4294967295 8", "a 0...2 8", "a 0 1..2"] {
            assert!(Trace::of_line("wrong", wrong).is_err(), "{wrong}");
        }
        for wrong in ["a 0", "x 0 1", "m 0 3 5", "f 0", "a 0 -1", "w 0 1", "a 0 8, w 0 9"] {
            assert!(Trace::of_line("wrong", wrong).is_err(), "{wrong}");
        }
    }
}
