//! The table's row for one mutant.

use crate::command::{self, Found, Shrunk, Verdict};
use heaplab_mutants::{Memory, Specimen, bundled, trace_of};
use std::error::Error;
use std::fmt;
use std::path::Path;

/// The table's head.
pub const HEAD: &str = "\
| mutant | what is wrong | trace | checked machine | plain validity | waste | difference | shrunk | fuzz: case, shrunk | shortest |
|---|---|---|---|---|---|---|---|---|---|
";

/// Results for one mutant.
pub struct Row {
    /// The mutant.
    pub specimen: Specimen,
    /// Results on the first bundled trace that shows it.
    pub bundled: Option<OnTrace>,
    /// Result of fuzzing; `None` also if the default machine does not show it.
    pub fuzzed: Option<Found>,
    /// Number of operations in the list's trace.
    pub shortest: usize,
}

/// Results for one trace.
pub struct OnTrace {
    /// Its name.
    pub trace: String,
    /// Verdict of the checked machine.
    pub checked: Verdict,
    /// Verdict of the check of answers alone.
    pub valid: Option<Verdict>,
    /// Verdict of the accounting by `waste`.
    pub waste: Option<Verdict>,
    /// The operation at which the mutant first differs from the original.
    pub difference: Option<usize>,
    /// The shrunk trace; `None` if it does not fail again.
    pub shrunk: Option<Shrunk>,
}

impl OnTrace {
    /// Returns whether it was stopped at the operation that made the first difference, or before.
    pub fn is_at_once(&self) -> bool {
        let stopped = self.checked.op_index.unwrap_or(0);
        self.difference.is_none_or(|differs| stopped <= differs)
    }
}

impl Row {
    /// Runs a mutant on the traces.
    pub fn of(specimen: Specimen, traces: &[String]) -> Result<Row, Box<dyn Error>> {
        let mut bundled = None;
        // A heap this small is too small for every bundled trace.
        let is_small = matches!(specimen.mutant.memory, Memory::Enough(_));
        for trace in traces.iter().filter(|_| !is_small) {
            if let Some(checked) = command::check(&specimen, trace)? {
                bundled = Some(on_trace(&specimen, trace, checked)?);
                break;
            }
        }
        let shows = trace_of(specimen.mutant.name, specimen.mutant.shows)?;
        Ok(Row {
            specimen,
            bundled,
            fuzzed: command::fuzz(&specimen)?,
            shortest: shows.ops().len(),
        })
    }
}

fn on_trace(specimen: &Specimen, trace: &str, checked: Verdict) -> Result<OnTrace, Box<dyn Error>> {
    let name = Path::new(trace).file_name().unwrap_or_default();
    let name = name.to_string_lossy();
    // The check of answers alone does not support a refused sbrk.
    let (valid, waste) = match specimen.mutant.memory {
        Memory::RefusedFrom(_) | Memory::AnyRequest => (None, None),
        Memory::Plenty | Memory::Enough(_) => {
            (command::validate(specimen, trace)?, command::waste(specimen, trace)?)
        }
    };
    Ok(OnTrace {
        trace: name.split(".rep").next().unwrap_or_default().to_owned(),
        checked,
        valid,
        waste,
        difference: specimen.first_difference(&bundled(trace)?),
        shrunk: command::shrink(specimen, trace)?,
    })
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.op_index {
            Some(index) => write!(f, "{} at {index}", self.code),
            None => write!(f, "{}", self.code),
        }
    }
}

/// Returns a text such as `12000 to 3`.
fn in_words(shrunk: Option<Shrunk>) -> String {
    shrunk.map_or("-".to_owned(), |shrunk| format!("{} to {}", shrunk.from_ops, shrunk.to_ops))
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mutant = self.specimen.mutant;
        let wrong = mutant.wrong.replace('|', "\\|").replace('*', "\\*");
        write!(f, "| `{}` | {wrong} | ", mutant.name)?;
        match &self.bundled {
            None => write!(f, "none | - | - | - | - | - | ")?,
            Some(on) => {
                let differs = on.difference.map_or("-".to_owned(), |index| index.to_string());
                let late = if on.is_at_once() { "" } else { " (later)" };
                let checked = &on.checked;
                let of = |verdict: &Option<Verdict>| {
                    let found = verdict.as_ref().map(Verdict::to_string);
                    found.unwrap_or("passes".to_owned())
                };
                let (valid, waste) = (of(&on.valid), of(&on.waste));
                write!(f, "{} | {checked}{late} | {valid} | {waste} | ", on.trace)?;
                write!(f, "{differs} | ")?;
                write!(f, "{} | ", in_words(on.shrunk))?;
            }
        }
        match &self.fuzzed {
            None => write!(f, "not found | ")?,
            Some(found) => {
                write!(f, "{}: {} | ", found.case, in_words(found.shrunk))?;
            }
        }
        write!(f, "{} |", self.shortest)
    }
}
