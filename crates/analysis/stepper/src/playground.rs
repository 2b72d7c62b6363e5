//! A trace that the reader types, a line at a time.

use heaplab_trace::{
    Dialect, Inexpressible, Op, ReadOptions, ShortTraceError, Trace, Weight, write,
};
use std::sync::Arc;

/// The name of the trace that is typed.
const NAME: &str = "playground.rep";

/// What a line asks for.
#[derive(Debug)]
pub(crate) enum Entered {
    /// Nothing: it is empty.
    Nothing,
    /// These operations, after those that are there.
    Extended(Arc<Trace>),
    /// To go back to before the last line.
    Undo,
    /// To write the trace to this file.
    Save(String),
    /// To see what can be typed.
    Help,
    /// To end.
    Quit,
}

/// The lines that were typed, and their operations.
#[derive(Debug, Default)]
pub(crate) struct Playground {
    /// How many operations there were before each line.
    before: Vec<usize>,
    /// The lines, as they were typed.
    pub(crate) lines: Vec<String>,
}

impl Playground {
    /// Returns what a line asks for after these operations.
    ///
    /// # Errors
    /// If it asks for nothing that makes sense: why.
    pub(crate) fn understand(&self, line: &str, ops: &[Op]) -> Result<Entered, String> {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            [] => Ok(Entered::Nothing),
            ["undo" | "u"] => Ok(Entered::Undo),
            ["save", file] => Ok(Entered::Save((*file).to_owned())),
            ["save", ..] => Err("`save` takes the name of a file: save mine.rep".to_owned()),
            ["help" | "?"] => Ok(Entered::Help),
            ["quit" | "q" | "exit"] => Ok(Entered::Quit),
            _ => extended(line, ops).map(Entered::Extended),
        }
    }

    /// Remembers a line that led to more operations than `before`.
    pub(crate) fn remember(&mut self, line: &str, before: usize) {
        self.lines.push(line.to_owned());
        self.before.push(before);
    }

    /// Forgets the last line, and returns how many operations there were before it.
    pub(crate) fn forget(&mut self) -> Option<usize> {
        self.before.pop()
    }
}

/// Returns the trace of these operations and those of a line.
fn extended(line: &str, ops: &[Op]) -> Result<Arc<Trace>, String> {
    let before = ops.len();
    let all: Vec<String> = ops.iter().map(Op::to_string).collect();
    let all = if all.is_empty() { line.to_owned() } else { format!("{}, {line}", all.join(", ")) };
    match Trace::of_line(NAME, &all) {
        Ok(trace) if trace.ops().len() == before => Err(unknown(line)),
        Ok(trace) => made(trace.ops().to_vec()),
        Err(ShortTraceError::UnknownOp(text)) if text.is_empty() => Err(unknown(line)),
        Err(ShortTraceError::UnknownOp(text)) => Err(unknown(&text)),
        Err(ShortTraceError::InvalidOp(error)) => Err(error.to_string()),
    }
}

fn unknown(text: &str) -> String {
    format!("`{text}` is not understood: a ID SIZE, f ID, r ID SIZE, undo, save FILE, help, quit")
}

/// Returns a trace of operations, with the lines that they have in a file.
///
/// # Errors
/// If they make no sense.
pub(crate) fn made(ops: Vec<Op>) -> Result<Arc<Trace>, String> {
    let trace = Trace::from_ops(NAME, Weight::Both, ops).map_err(|error| error.to_string())?;
    let written = written(&trace)?;
    let reading = Trace::parse(NAME, &written, &ReadOptions::default());
    Ok(Arc::new(reading.map_err(|report| report.in_a_line())?.trace))
}

/// Returns the file that a typed trace is saved as.
///
/// # Errors
/// If the dialect can't express it.
pub fn written(trace: &Trace) -> Result<Vec<u8>, String> {
    let written = write(trace, Dialect::Extended, Inexpressible::Refuse);
    Ok(written.map_err(|error| error.to_string())?.bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ops(line: &str) -> Vec<Op> {
        Trace::of_line(NAME, line).unwrap().ops().to_vec()
    }

    fn refusal(line: &str, before: &str) -> String {
        Playground::default().understand(line, &ops(before)).unwrap_err()
    }

    #[test]
    fn lines_extend_the_trace() {
        for (before, line, all) in [
            ("", "a 0 24", "a 0 24"),
            ("a 0 24", "  f 0 ", "a 0 24, f 0"),
            ("a 0 24", "a 7 8, r 0 40, f 7", "a 0 24, a 7 8, r 0 40, f 7"),
            ("", "a 0..2 8", "a 0 8, a 1 8, a 2 8"),
            ("", "m 3 64 100", "m 3 64 100"),
        ] {
            match Playground::default().understand(line, &ops(before)).unwrap() {
                Entered::Extended(trace) => {
                    assert_eq!(trace.ops(), ops(all));
                    assert_eq!(trace.line(0), 6, "as in the file that is saved");
                }
                other => panic!("{line}: {other:?}"),
            }
        }
    }

    #[test]
    fn an_empty_trace_is_one() {
        assert_eq!(made(Vec::new()).unwrap().ops(), []);
    }

    #[test]
    fn a_wrong_line_is_answered() {
        for (before, line, said) in [
            ("", "f 0", "never allocated"),
            ("a 0 24, f 0", "f 0", "was freed"),
            ("a 0 24", "a 0 24", "holds a block"),
            ("", "a 0", "`a 0` is not understood"),
            ("", "malloc(24)", "is not understood"),
            ("a 0 24", "f 0 (", "is not understood"),
            ("", ",", "is not understood"),
            ("", "a 0 99999999999", "is not understood"),
            ("", "a 4000000000 1", "number the blocks from 0"),
            ("", "save", "takes the name of a file"),
            ("", "save a b", "takes the name of a file"),
            ("", "m 0 3 5", "is not understood"),
        ] {
            let refused = refusal(line, before);
            assert!(refused.contains(said), "{line}: {refused}");
        }
    }
}
