//! Has the bytes of every heap counted on every trace, in parallel.

use super::Arguments;
use crate::Failure;
use crate::commands::progress::Progress;
use heaplab_inputs::Input;
use heaplab_trace::{Trace, Visible};
use heaplab_waste::Waste;
use heaplab_worker::{Common, FaultReport, Reply, Task, WasteTask, pool};
use std::cmp::Reverse;
use std::num::NonZeroUsize;
use std::thread;

/// Host memory that a heap under test and its counting may take.
const HOST_BYTES: u64 = 1 << 30;

/// Everything that was found out.
pub struct Results {
    pub align_bytes: u32,
    /// The heaps, as named on the command line.
    pub heaps: Vec<String>,
    pub inputs: Vec<Input>,
    /// Trace by trace, and for each heap by heap.
    pub cells: Vec<Cell>,
}

/// One heap on one trace.
pub struct Cell {
    /// Which trace and which heap.
    pub input: usize,
    pub heap: usize,
    pub answer: Result<Waste, FaultReport>,
}

/// Where the bytes are, of each heap on each trace.
///
/// # Errors
/// If the host can't do it.
pub fn measure(
    arguments: &Arguments,
    heaps: Vec<String>,
    inputs: Vec<Input>,
) -> Result<Results, Failure> {
    let answers = count_all(arguments, &heaps, &inputs)?;
    let cells = answers.into_iter().enumerate().map(|(place, answer)| Cell {
        input: place / heaps.len(),
        heap: place % heaps.len(),
        answer,
    });
    Ok(Results {
        align_bytes: arguments.align.bytes(),
        cells: cells.collect(),
        heaps,
        inputs,
    })
}

/// The answers, trace by trace and heap by heap.
fn count_all(
    arguments: &Arguments,
    heaps: &[String],
    inputs: &[Input],
) -> Result<Vec<Result<Waste, FaultReport>>, Failure> {
    let mut places: Vec<usize> = (0..inputs.len() * heaps.len()).collect();
    // The longest first, so that no worker is left with it at the end.
    places.sort_by_key(|place| Reverse(inputs[place / heaps.len()].trace.ops().len()));
    let tasks: Vec<(Task, &Trace)> = places
        .iter()
        .map(|place| {
            let input = &inputs[place / heaps.len()];
            let task = WasteTask {
                heap: heaps[place % heaps.len()].clone(),
                trace: (&input.path).into(),
                common: common(arguments),
                samples: arguments.samples.get(),
                announce: false,
            };
            (Task::Waste(task), &input.trace)
        })
        .collect();
    let progress = Progress::new("counting", tasks.len());
    let mut answers: Vec<Option<Result<Waste, FaultReport>>> =
        places.iter().map(|_| None).collect();
    let mut impossible = None;
    let workers = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let terms = progress.terms(HOST_BYTES);
    pool::do_all(&tasks, workers, &terms, |index, reply| {
        let place = places[index];
        let (heap, input) = (&heaps[place % heaps.len()], &inputs[place / heaps.len()]);
        progress.done(format!("{heap} {}", input.trace.name().visible()));
        match reply {
            Reply::Counted(waste) => answers[place] = Some(Ok(waste)),
            Reply::Faulty(fault) => answers[place] = Some(Err(fault)),
            Reply::Impossible(message) => impossible = Some(message),
            _ => {}
        }
    })?;
    match (impossible, answers.into_iter().collect()) {
        (None, Some(answers)) => Ok(answers),
        (Some(message), _) => Err(Failure::Input(message)),
        (None, None) => Err(Failure::input(
            "error: a worker gave an answer to another question",
        )),
    }
}

fn common(arguments: &Arguments) -> Common {
    Common {
        align_bytes: arguments.align.bytes(),
        limit_bytes: arguments.heap_limit,
        reading: arguments.reading.options(),
        timeout_seconds: arguments.op_timeout,
    }
}
