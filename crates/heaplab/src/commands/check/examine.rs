//! Every heap on every trace, on the checked machine.

use crate::Failure;
use crate::commands::machine::Machine;
use crate::commands::progress::Progress;
use heaplab_inputs::Input;
use heaplab_replay::Examined;
use heaplab_trace::Trace;
use heaplab_worker::pool;
use heaplab_worker::{Diagnosis, ExamineTask, HeapPicture, PictureRow, Reply, Task};
use std::num::NonZeroUsize;
use std::thread;

/// Host memory that a heap and its shadow may take.
const HOST_BYTES: u64 = 3 << 30;

/// What came of one heap on one trace.
pub struct Findings<'a> {
    pub input: &'a Input,
    pub verdict: Result<Verdict, Box<Diagnosis>>,
    /// How many operations were asked for; all, if none.
    until: Option<usize>,
}

/// No fault.
pub struct Verdict {
    pub examined: Examined,
    /// The heap, if only a beginning of the trace was asked for.
    pub picture: Option<HeapPicture>,
}

impl Findings<'_> {
    /// The line of the last operation that was asked for.
    pub fn until_line(&self) -> Option<u32> {
        Some(self.input.trace.line(self.until?.checked_sub(1)?))
    }
}

/// Findings for each heap, trace by trace.
///
/// # Errors
/// If the host can't do it.
pub fn examine_all<'a>(
    machine: &Machine,
    heaps: &[String],
    inputs: &'a [Input],
    until: Option<usize>,
) -> Result<Vec<Vec<Findings<'a>>>, Failure> {
    let task = |heap: &String, input: &Input, until| {
        Task::Examine(ExamineTask {
            heap: heap.clone(),
            trace: (&input.path).into(),
            common: machine.common(),
            until,
            refusal: machine.refusal(),
            bad_pointers: machine.bad_pointers(),
            announce: false,
        })
    };
    let pairs = heaps
        .iter()
        .flat_map(|heap| inputs.iter().map(move |input| (heap, input)));
    let pairs: Vec<(&String, &Input)> = pairs.collect();
    let tasks: Vec<(Task, &Trace)> = pairs
        .iter()
        .map(|(heap, input)| (task(heap, input, until), &input.trace))
        .collect();
    let replies = ask_all(machine, &tasks)?;
    let mut findings = Vec::new();
    for ((heap, input), reply) in pairs.into_iter().zip(replies) {
        let verdict = match reply {
            Reply::Sound { examined, picture } => Ok(Verdict { examined, picture }),
            Reply::Unsound(diagnosis) => Err(diagnosis),
            // The heap took its process with it. Drawn is what was before.
            Reply::Faulty(fault) => {
                let before = task(heap, input, Some(fault.op_index.unwrap_or(0)));
                let picture = match ask_all(machine, &[(before, &input.trace)])?.pop() {
                    Some(Reply::Sound {
                        picture: Some(picture),
                        ..
                    }) => only_before(picture),
                    _ => HeapPicture::default(),
                };
                Err(Box::new(Diagnosis::of_an_end(fault, picture)))
            }
            Reply::Impossible(message) => return Err(Failure::Input(message)),
            _ => {
                return Err(Failure::input(
                    "error: a worker gave an answer to another question",
                ));
            }
        };
        findings.push(Findings {
            input,
            verdict,
            until,
        });
    }
    let mut findings = findings.into_iter();
    Ok(heaps
        .iter()
        .map(|_| findings.by_ref().take(inputs.len()).collect())
        .collect())
}

/// All answers, in the order of the tasks.
fn ask_all(machine: &Machine, tasks: &[(Task, &Trace)]) -> Result<Vec<Reply>, Failure> {
    let progress = Progress::new("checking", tasks.len());
    let workers = machine
        .jobs
        .or_else(|| thread::available_parallelism().ok());
    let workers = workers.map_or(1, NonZeroUsize::get);
    let mut replies: Vec<Option<Reply>> = tasks.iter().map(|_| None).collect();
    pool::do_all(
        tasks,
        workers,
        &progress.terms(HOST_BYTES),
        |index, reply| {
            progress.done(tasks[index].1.name().to_owned());
            replies[index] = Some(reply);
        },
    )?;
    let replies: Option<Vec<Reply>> = replies.into_iter().collect();
    replies.ok_or_else(|| Failure::input("error: a worker gave no answer"))
}

/// A picture of what was after an operation, as what was before the next.
fn only_before(mut picture: HeapPicture) -> HeapPicture {
    picture
        .rows
        .retain(|row| row.after.is_some() || row.before.is_none());
    for row in &mut picture.rows {
        *row = PictureRow {
            before: row.after.take(),
            ..row.clone()
        };
    }
    picture
}
