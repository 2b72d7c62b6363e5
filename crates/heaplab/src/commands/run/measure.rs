//! Checks every heap on every trace, in parallel, and times those that passed,
//! alone.

use super::options::Arguments;
use super::results::{Cell, Results, Row};
use crate::Failure;
use crate::commands::progress::Progress;
use heaplab_cost as cost;
use heaplab_inputs::Input;
use heaplab_trace::{Trace, Visible};
use heaplab_worker::{CheckTask, Common, CostTask, RaceTask, Reply, Task, pool};
use std::cmp::Reverse;
use std::num::{NonZeroU32, NonZeroUsize};
use std::thread;

/// Host memory that a heap under test and its checking may take.
const HOST_BYTES: u64 = 1 << 30;

/// How heaps are to be checked.
pub struct Checking {
    pub common: Common,
    pub check_every: Option<NonZeroU32>,
    /// How many to check at once; none for one a core.
    pub jobs: Option<NonZeroUsize>,
    /// What to count of the costs on each trace; none not to.
    pub costs: Option<Vec<cost::Options>>,
}

/// What checking a heap on a trace gave.
pub struct Verdict {
    pub cell: Cell,
}

/// Everything there is to find out about these heaps on these traces.
///
/// # Errors
/// If the host can't do it.
pub fn measure(
    arguments: &Arguments,
    heaps: &[String],
    inputs: Vec<Input>,
) -> Result<Results, Failure> {
    let checking = Checking {
        common: common(arguments),
        check_every: arguments.check_every,
        jobs: arguments.jobs,
        costs: arguments
            .cost
            .then(|| vec![cost::Options::default(); inputs.len()]),
    };
    let verdicts = check_all(&checking, heaps, &inputs)?;
    let mut rows = rows(inputs, heaps, verdicts);
    if !arguments.no_timing {
        let progress = Progress::new("timing", rows.len());
        for row in &mut rows {
            progress.now(row.input.trace.name().visible().into_owned());
            race(arguments, heaps, row, &progress)?;
            progress.done(String::new());
        }
    }
    Ok(Results {
        common: checking.common,
        heaps: heaps.to_vec(),
        rows,
        timed: !arguments.no_timing,
        costed: arguments.cost,
    })
}

/// A row for each trace.
pub fn rows(inputs: Vec<Input>, heaps: &[String], verdicts: Vec<Verdict>) -> Vec<Row> {
    let mut verdicts = verdicts.into_iter();
    let row = |input| Row {
        input,
        cells: verdicts
            .by_ref()
            .take(heaps.len())
            .map(|verdict| verdict.cell)
            .collect(),
        c_library: None,
    };
    inputs.into_iter().map(row).collect()
}

/// The verdicts, trace by trace and heap by heap.
///
/// # Errors
/// If the host can't do it.
pub fn check_all(
    checking: &Checking,
    heaps: &[String],
    inputs: &[Input],
) -> Result<Vec<Verdict>, Failure> {
    let mut places: Vec<usize> = (0..inputs.len() * heaps.len()).collect();
    let pair = |place: usize| (place / heaps.len(), &heaps[place % heaps.len()]);
    // The longest first, so that no worker is left with it at the end.
    places.sort_by_key(|&place| Reverse(inputs[pair(place).0].trace.ops().len()));
    let tasks: Vec<(Task, &Trace)> = places
        .iter()
        .map(|&place| {
            let (row, heap) = pair(place);
            (task(checking, heap, row, &inputs[row]), &inputs[row].trace)
        })
        .collect();
    let progress = Progress::new("checking", tasks.len());
    let mut verdicts: Vec<Option<Verdict>> = places.iter().map(|_| None).collect();
    let mut impossible = None;
    let workers = checking
        .jobs
        .or_else(|| thread::available_parallelism().ok());
    let workers = workers.map_or(1, NonZeroUsize::get);
    pool::do_all(
        &tasks,
        workers,
        &progress.terms(HOST_BYTES),
        |index, reply| {
            let (row, heap) = pair(places[index]);
            progress.done(format!("{heap} {}", inputs[row].trace.name().visible()));
            match verdict(reply) {
                Ok(verdict) => verdicts[places[index]] = verdict,
                Err(message) => impossible = Some(message),
            }
        },
    )?;
    match (impossible, verdicts.into_iter().collect()) {
        (None, Some(verdicts)) => Ok(verdicts),
        (Some(message), _) => Err(Failure::Input(message)),
        (None, None) => Err(Failure::input(
            "error: a worker gave an answer to another question",
        )),
    }
}

/// Has one heap checked on one trace.
fn task(checking: &Checking, heap: &str, row: usize, input: &Input) -> Task {
    let check = CheckTask {
        heap: heap.to_owned(),
        trace: (&input.path).into(),
        common: checking.common,
        check_every: checking.check_every,
        announce: false,
    };
    match &checking.costs {
        None => Task::Check(check),
        Some(costs) => Task::Cost(CostTask {
            check,
            options: costs[row].clone(),
        }),
    }
}

/// The verdict in a reply, if there is one; else why there can be none.
fn verdict(reply: Reply) -> Result<Option<Verdict>, String> {
    let (verdict, cost) = match reply {
        Reply::Valid { facts } => (Ok(facts), None),
        Reply::Costed { facts, cost } => (Ok(facts), Some(cost)),
        Reply::Faulty(fault) => (Err(fault), None),
        Reply::Impossible(message) => return Err(message),
        _ => return Ok(None),
    };
    let cell = Cell {
        verdict,
        cost,
        timing: None,
    };
    Ok(Some(Verdict { cell }))
}

/// Times the heaps that are valid on this trace, and the C library. A heap that
/// fails only now is at fault too; the others race again without it.
fn race(
    arguments: &Arguments,
    heaps: &[String],
    row: &mut Row,
    progress: &Progress,
) -> Result<(), Failure> {
    let host_bytes = HOST_BYTES + 2 * u64::from(arguments.heap_limit);
    loop {
        let valid: Vec<usize> = (0..heaps.len())
            .filter(|&heap| row.cells[heap].verdict.is_ok())
            .collect();
        if valid.is_empty() || row.input.trace.ops().is_empty() {
            return Ok(());
        }
        let task = Task::Race(RaceTask {
            heaps: valid.iter().map(|&heap| heaps[heap].clone()).collect(),
            trace: (&row.input.path).into(),
            common: common(arguments),
            seconds_each: arguments.seconds_each,
        });
        let mut reply = None;
        let terms = progress.terms(host_bytes);
        pool::do_all(&[(task, &row.input.trace)], 1, &terms, |_, answer| {
            reply = Some(answer)
        })?;
        match reply {
            Some(Reply::Raced { heaps, c_library }) => {
                for (&heap, timing) in valid.iter().zip(heaps) {
                    row.cells[heap].timing = Some(timing);
                }
                row.c_library = Some(c_library);
                return Ok(());
            }
            Some(Reply::FellOut { heap, fault }) if heap < valid.len() => {
                row.cells[valid[heap]].verdict = Err(fault);
            }
            Some(Reply::Impossible(message)) => return Err(Failure::Input(message)),
            _ => {
                return Err(Failure::input(
                    "error: the timed run failed, and not through a heap",
                ));
            }
        }
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
