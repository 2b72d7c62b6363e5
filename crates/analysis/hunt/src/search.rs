//! A search by a worker: cases of the fuzzer until one fails, and the one that failed.

use crate::shrinker::HOST_BYTES;
use crate::{CaseFile, Fuzz, Progress};
use heaplab_inputs::Input;
use heaplab_scratch::Scratch;
use heaplab_support::{Listener, Work};
use heaplab_trace::{ReadOptions, Trace, Weight};
use heaplab_worker::pool::{WorkerOptions, do_one};
use heaplab_worker::{Common, Error};
use std::fs;
use std::sync::Arc;

/// What is searched, and for how long.
#[derive(Clone, Copy, Debug)]
pub struct Search<'a> {
    /// The heap, as named on the command line.
    pub heap: &'a str,
    /// The machine, and how long to wait.
    pub common: Common,
    /// The seed that determines all cases.
    pub seed: u64,
    /// The most operations to run.
    pub ops: u64,
    /// The most seconds to search; none without a limit.
    pub seconds: Option<f64>,
    /// Whether the heap is called with bad pointers between the operations.
    pub bad_pointers: bool,
}

/// The result of the search.
pub enum Searched {
    /// No case failed.
    Sound(Progress),
    /// The last case failed.
    Failed(Box<FailedCase>),
}

/// A case that fails.
pub struct FailedCase {
    /// Its machine.
    pub case: CaseFile,
    /// Its trace, in a temporary file.
    pub input: Input,
    /// The folder with that file; other files may be put there.
    pub folder: Scratch,
}

impl Search<'_> {
    /// Has a worker run cases. If the worker is lost, its current case is in the case file.
    ///
    /// # Errors
    /// If the host can't do it.
    pub fn run(&self, listener: &Arc<dyn Listener>) -> Result<Searched, Error> {
        let no_folder =
            |error| Error::new(format!("error: can't make a temporary folder: {error}"));
        let folder = Scratch::new().map_err(no_folder)?;
        let case_file = folder.path().join("case");
        let job = Fuzz {
            heap: self.heap.to_owned(),
            common: self.common,
            seed: self.seed,
            ops: self.ops,
            seconds: self.seconds.unwrap_or(f64::MAX), // JSON has no infinity
            bad_pointers: self.bad_pointers,
            case_file: case_file.clone(),
        };
        let nothing = Trace::from_ops("nothing", Weight::None, Vec::new()).map_err(Error::new)?;
        let work = Work::begin(&**listener, "fuzzing", None);
        let fuzzed = do_one(&job, &nothing, &WorkerOptions::told(listener, HOST_BYTES))?;
        drop(work);
        if let Ok(fuzzed) = fuzzed
            && fuzzed.signature.is_none()
        {
            return Ok(Searched::Sound(fuzzed.progress));
        }
        let lost = || Error::new("error: the case that failed is lost");
        let bytes = fs::read(&case_file).map_err(|_| lost())?;
        let (case, trace) = CaseFile::read(&bytes).ok_or_else(lost)?;
        let path = folder.path().join(format!("case-{}.rep", case.number));
        fs::write(&path, trace).map_err(no_folder)?;
        let reading = Trace::parse("case.rep", trace, &ReadOptions::default());
        let trace = reading.map_err(Error::new)?.trace;
        Ok(Searched::Failed(Box::new(FailedCase { case, input: Input { path, trace }, folder })))
    }
}
