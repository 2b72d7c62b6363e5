//! What the screen asks of a film, and of the program that shows it.

use heaplab_film::{Access, Failure, Film, FilmInWorker, HeapView, Kind, Pending, Step};
use heaplab_heap::Design;
use heaplab_trace::Trace;
use std::sync::Arc;
use std::time::Duration;

/// A film that can be asked: in this process or in a worker. Every error is a text for the reader.
pub trait Filmed {
    /// Returns how many steps are recorded.
    fn steps(&self) -> usize;

    /// Returns why the run does not go on after the last step.
    fn failure(&self) -> Option<Failure>;

    /// Returns a step, from 0.
    ///
    /// # Errors
    /// If the heap does not repeat what it did, or ends its process.
    fn step(&mut self, step: usize) -> Result<Step, String>;

    /// Returns all that the allocator did within a step.
    ///
    /// # Errors
    /// As for [`step`](Filmed::step).
    fn accesses(&mut self, step: usize) -> Result<Vec<Access>, String>;

    /// Returns the heap when `done` operations are done.
    ///
    /// # Errors
    /// As for [`step`](Filmed::step).
    fn heap(&mut self, done: usize) -> Result<HeapView, String>;

    /// Returns bytes of memory when `done` operations are done; none if they are not all there.
    ///
    /// # Errors
    /// As for [`step`](Filmed::step).
    fn bytes(&mut self, done: usize, addr: u32, size: u32) -> Result<Option<Vec<u8>>, String>;

    /// Returns the first step after `from` of this kind; the first of all if `from` is none.
    ///
    /// # Errors
    /// As for [`step`](Filmed::step).
    fn next(&mut self, kind: Kind, from: Option<usize>) -> Result<Option<usize>, String>;

    /// Returns the last step before `from` of this kind.
    ///
    /// # Errors
    /// As for [`step`](Filmed::step).
    fn previous(&mut self, kind: Kind, from: usize) -> Result<Option<usize>, String>;

    /// Records some more, or sees whether the heap is checked. Returns what is still going on. A
    /// fault that is found may take steps away.
    ///
    /// # Errors
    /// If it can't be done; then nothing is going on any more.
    fn more(&mut self) -> Result<Pending, String> {
        Ok(Pending::Nothing)
    }
}

/// What the program does for the screen: record, read sources, write files.
pub trait Outside<'a> {
    /// Records a heap on a trace.
    ///
    /// # Errors
    /// If there is not even an empty heap: what is wrong with it.
    fn record(&mut self, heap: &str, trace: &Arc<Trace>) -> Result<Box<dyn Filmed + 'a>, String>;

    /// Returns the text of a source file, as the compiler was given its name; none if it is not
    /// there.
    fn source(&mut self, file: &str) -> Option<String>;

    /// Writes a new file.
    ///
    /// # Errors
    /// If there is such a file, or it can't be written.
    fn save(&mut self, path: &str, bytes: &[u8]) -> Result<(), String>;

    /// Returns the line that a heap printed last, if one has printed since this was asked before.
    fn said(&mut self) -> Option<String> {
        None
    }
}

impl<D: Design> Filmed for Film<D> {
    fn steps(&self) -> usize {
        self.len()
    }

    fn failure(&self) -> Option<Failure> {
        Film::failure(self).cloned()
    }

    fn step(&mut self, step: usize) -> Result<Step, String> {
        Film::step(self, step).map_err(|error| error.to_string())
    }

    fn accesses(&mut self, step: usize) -> Result<Vec<Access>, String> {
        Film::accesses(self, step, &|_| ()).map_err(|error| error.to_string())
    }

    fn heap(&mut self, done: usize) -> Result<HeapView, String> {
        Film::heap(self, done, &|_| ()).map_err(|error| error.to_string())
    }

    fn bytes(&mut self, done: usize, addr: u32, size: u32) -> Result<Option<Vec<u8>>, String> {
        Film::bytes(self, done, (addr, size), &|_| ()).map_err(|error| error.to_string())
    }

    fn next(&mut self, kind: Kind, from: Option<usize>) -> Result<Option<usize>, String> {
        Ok(Film::next(self, kind, from))
    }

    fn previous(&mut self, kind: Kind, from: usize) -> Result<Option<usize>, String> {
        Ok(Film::previous(self, kind, from))
    }
}

impl Filmed for FilmInWorker<'_> {
    fn steps(&self) -> usize {
        self.len()
    }

    fn failure(&self) -> Option<Failure> {
        FilmInWorker::failure(self).cloned()
    }

    fn step(&mut self, step: usize) -> Result<Step, String> {
        let mut steps = self.steps(step, 1).map_err(|error| error.to_string())?;
        steps.pop().ok_or_else(|| format!("error: there is no step {step}"))
    }

    fn accesses(&mut self, step: usize) -> Result<Vec<Access>, String> {
        FilmInWorker::accesses(self, step).map_err(|error| error.to_string())
    }

    fn heap(&mut self, done: usize) -> Result<HeapView, String> {
        FilmInWorker::heap(self, done).map_err(|error| error.to_string())
    }

    fn bytes(&mut self, done: usize, addr: u32, size: u32) -> Result<Option<Vec<u8>>, String> {
        FilmInWorker::bytes(self, done, addr, size).map_err(|error| error.to_string())
    }

    fn next(&mut self, kind: Kind, from: Option<usize>) -> Result<Option<usize>, String> {
        FilmInWorker::next(self, kind, from).map_err(|error| error.to_string())
    }

    fn previous(&mut self, kind: Kind, from: usize) -> Result<Option<usize>, String> {
        FilmInWorker::previous(self, kind, from).map_err(|error| error.to_string())
    }

    fn more(&mut self) -> Result<Pending, String> {
        FilmInWorker::more(self, Duration::ZERO).map_err(|error| error.to_string())
    }
}
