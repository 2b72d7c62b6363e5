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
    /// `a 0 100, f 0`.
    ///
    /// # Errors
    /// For the first text that is not an operation, or makes no sense where it stands.
    pub fn of_line(name: &str, line: &str) -> Result<Trace, ShortTraceError> {
        let texts = line.split(',').map(str::trim).filter(|text| !text.is_empty());
        let ops: Result<Vec<Op>, ShortTraceError> = texts
            .map(|text| op(text).ok_or_else(|| ShortTraceError::UnknownOp(text.to_owned())))
            .collect();
        Trace::from_ops(name, Weight::None, ops?).map_err(ShortTraceError::InvalidOp)
    }
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
        for wrong in ["a 0", "x 0 1", "m 0 3 5", "f 0", "a 0 -1", "w 0 1", "a 0 8, w 0 9"] {
            assert!(Trace::of_line("wrong", wrong).is_err(), "{wrong}");
        }
    }
}
