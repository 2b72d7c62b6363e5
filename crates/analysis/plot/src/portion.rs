//! The part of a trace that a heap gets through, with what was found there.

use heaplab_checks::run_before;
use heaplab_inputs::Input;
use heaplab_scratch::Scratch;
use heaplab_support::Error;
use heaplab_trace::{Dialect, Inexpressible, Visible};
use heaplab_worker::FaultReport;
use std::fs;

/// What was found of one heap, up to the operation at which it fails if it does.
#[derive(Debug)]
pub struct Portion<T> {
    /// The heap, as named on the command line.
    pub heap: String,
    /// What was found; none if the heap fails before anything can be drawn.
    pub found: Option<T>,
    /// How many operations it is about.
    pub ops: usize,
    /// Why it is not about all of them.
    pub fault: Option<FaultReport>,
}

impl<T> Portion<T> {
    /// Asks about one heap on a trace. If the heap is at fault, asks again about the operations
    /// before the fault.
    ///
    /// # Errors
    /// If the host can't do it.
    pub(crate) fn find(
        heap: &str,
        input: &Input,
        ask: impl Fn(Input) -> Result<Result<T, FaultReport>, Error>,
    ) -> Result<Portion<T>, Error> {
        let all = input.trace.ops().len();
        let portion =
            |found: Option<T>, ops, fault| Portion { heap: heap.to_owned(), found, ops, fault };
        let whole = Input { path: input.path.clone(), trace: input.trace.clone() };
        let fault = match ask(whole)? {
            Ok(found) => return Ok(portion(Some(found), all, None)),
            Err(fault) => fault,
        };
        let folder = Scratch::new()
            .map_err(|error| Error::new(format!("error: can't make a folder: {error}")))?;
        let before = fault.op_index.filter(|ops| *ops > 0);
        let found = run_before(before, |ops| ask(first_ops(input, ops, &folder)?))?;
        Ok(match found {
            Some((ops, found)) => portion(Some(found), ops, Some(fault)),
            None => portion(None, 0, Some(fault)),
        })
    }

    /// Returns what a picture says of a heap that fails.
    pub(crate) fn remark(&self) -> Option<String> {
        let fault = self.fault.as_ref()?;
        let place = fault.line.map_or(String::new(), |line| format!(" at line {line}"));
        let shown = match self.found {
            Some(_) => format!("; shown are the {} operations before", self.ops),
            None => "; nothing can be shown".to_owned(),
        };
        Some(format!("{} is at fault{place}: {}: {}{shown}.", self.heap, fault.code, fault.message))
    }
}

/// Writes the first operations of a trace to where a worker can read them.
fn first_ops(input: &Input, count: usize, folder: &Scratch) -> Result<Input, Error> {
    let path = folder.path().join("beginning.rep");
    let failed = |error: &dyn std::fmt::Display| {
        Error::new(format!("error: can't write to {}: {error}", path.visible()))
    };
    let trace = input.trace.first_ops(count);
    let written = heaplab_trace::write(&trace, Dialect::Extended, Inexpressible::Refuse)
        .map_err(|error| failed(&error))?;
    fs::write(&path, written.bytes).map_err(|error| failed(&error))?;
    Ok(Input { path, trace })
}
