//! The traces that show mutants.

use heaplab_trace::{Id, InvalidOp, Op, ReadOptions, Trace, Weight};
use std::error::Error;
use std::path::Path;
use std::{fmt, fs};

/// A trace of the folder `labs/traces`.
///
/// # Errors
/// If it can't be read, or is none.
pub fn bundled(path: &str) -> Result<Trace, Box<dyn Error>> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let bytes = fs::read(workspace.join(path)).map_err(|error| format!("{path}: {error}"))?;
    Ok(Trace::parse(path, &bytes, &ReadOptions::default())?.trace)
}

/// The trace of these operations, as a trace file writes them and with commas
/// between, `a 0 100, f 0`; or of the file with this name.
///
/// # Errors
/// For a file that can't be read, an operation that is none, or one that makes no sense where
/// it stands.
pub fn trace_of(name: &str, operations: &str) -> Result<Trace, Box<dyn Error>> {
    if operations.starts_with("labs/") {
        return bundled(operations);
    }
    let texts = operations.split(',').map(str::trim);
    let ops: Result<Vec<Op>, UnknownOp> = texts
        .filter(|text| !text.is_empty())
        .map(|text| op(text).ok_or_else(|| UnknownOp(text.to_owned())))
        .collect();
    let trace: Result<Trace, InvalidOp> = Trace::from_ops(name, Weight::None, ops?);
    Ok(trace?)
}

fn op(text: &str) -> Option<Op> {
    let mut words = text.split_whitespace();
    let letter = words.next()?;
    let numbers: Option<Vec<i64>> = words.map(|word| word.parse().ok()).collect();
    let numbers = numbers?;
    let id = |number: i64| u32::try_from(number).ok().map(Id);
    let size = |number: i64| u32::try_from(number).ok();
    match (letter, numbers.as_slice()) {
        ("a", &[i, n]) => Some(Op::Malloc {
            id: id(i)?,
            size: size(n)?,
        }),
        ("c", &[i, n]) => Some(Op::Calloc {
            id: id(i)?,
            size: size(n)?,
        }),
        ("r", &[i, n]) => Some(Op::Realloc {
            id: id(i)?,
            size: size(n)?,
        }),
        ("m", &[i, align, n]) => {
            let align = size(align)?;
            align.is_power_of_two().then_some(())?;
            Some(Op::Memalign {
                id: id(i)?,
                align_log2: u8::try_from(align.trailing_zeros()).ok()?,
                size: size(n)?,
            })
        }
        ("f", &[-1]) => Some(Op::FreeNull),
        ("f", &[i]) => Some(Op::Free { id: id(i)? }),
        _ => None,
    }
}

/// A text that is no operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownOp(pub String);

impl fmt::Display for UnknownOp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is no operation: expected `a 0 16`, `f 0`", self.0)
    }
}

impl Error for UnknownOp {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_are_written_as_in_a_file() {
        let text = "a 0 16, c 1 8, m 2 64 5, r 0 32, f 1, f -1";
        let trace = trace_of("short", text).expect("six operations");
        let again: Vec<String> = trace.ops().iter().map(Op::to_string).collect();
        assert_eq!(again.join(", "), text);
        for wrong in ["a 0", "x 0 1", "m 0 3 5", "f 0", "a 0 -1"] {
            assert!(trace_of("wrong", wrong).is_err(), "{wrong}");
        }
    }
}
