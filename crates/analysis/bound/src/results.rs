//! The bounds of all traces, and the heaps on them.

use crate::Bounds;
use heaplab_heap::Align;
use heaplab_inputs::Input;
use heaplab_run::{Checking, check_all};
use heaplab_support::{Error, Listener, Work};
use heaplab_trace::Visible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// All results.
pub struct Results {
    /// The heaps on the traces.
    pub run: heaplab_run::Results,
    /// The bounds of each trace.
    pub bounds: Vec<Bounds>,
}

/// Finds the bounds of each trace, and checks the heaps on it.
///
/// # Errors
/// If the host can't do it.
pub fn bound_all(
    align: Align,
    checking: &Checking,
    heaps: &[String],
    inputs: Vec<Input>,
    listener: &Arc<dyn Listener>,
) -> Result<Results, Error> {
    let bounds = all_bounds(align, &inputs, &**listener);
    let run = check_all(checking, heaps, inputs, listener)?;
    Ok(Results { run, bounds })
}

/// Finds the bounds of each trace, on all cores.
fn all_bounds(align: Align, inputs: &[Input], listener: &dyn Listener) -> Vec<Bounds> {
    let work = Work::begin(listener, "packing", Some(inputs.len()));
    let cores = thread::available_parallelism().map_or(1, |cores| cores.get());
    let next = AtomicUsize::new(0);
    let find = || {
        let mut found = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(input) = inputs.get(index) else { return found };
            found.push((index, Bounds::of(&input.trace, align)));
            work.done(&input.trace.name().visible());
        }
    };
    let mut all: Vec<(usize, Bounds)> = thread::scope(|scope| {
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(find)).collect();
        let found = workers
            .into_iter()
            .map(|worker| worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        found.flatten().collect()
    });
    all.sort_by_key(|(index, _)| *index);
    all.into_iter().map(|(_, bounds)| bounds).collect()
}
