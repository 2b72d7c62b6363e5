//! Takes all measurements: the whole traces on all heaps, then their parts, each on a heap and a
//! machine of its own.

use super::results::{Fault, Parts, Results, Row, Split, Taken, word};
use heaplab_inputs::Input;
use heaplab_replay::Facts;
use heaplab_run::{Checking, check_all};
use heaplab_scratch::Scratch;
use heaplab_support::Listener;
use heaplab_trace::{Dealing, Dialect, Inexpressible, ReadOptions, Trace, UnknownThreads, Visible};
use heaplab_worker::{Common, Error, FaultReport};
use std::fs;
use std::io;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How traces are split.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The machine's settings, how to read the traces, and the time limit.
    pub common: Common,
    /// Which heap a new block goes to: each of these dealings is measured once.
    pub dealings: Vec<Dealing>,
    /// The numbers of heaps: each is measured once, the smallest first.
    pub numbers: Vec<NonZeroU32>,
    /// Where to keep the parts; `None` to delete them.
    pub keep: Option<PathBuf>,
}

/// The result of one heap on one trace.
type Answer = Result<Facts, FaultReport>;

/// Measures these heaps on these traces and on their parts.
///
/// # Errors
/// If the host can't do it.
pub fn measure(
    plan: &Plan,
    heaps: Vec<String>,
    inputs: Vec<Input>,
    listener: &Arc<dyn Listener>,
) -> Result<Results, Error> {
    // This error is to come before any measurement.
    if plan.dealings.contains(&Dealing::Thread) {
        let untold_one = inputs.iter().find(|one| one.trace.threads().is_none());
        if let Some(one) = untold_one {
            return Err(untold(one.trace.name(), UnknownThreads));
        }
    }
    let folder = Scratch::new()
        .map_err(|error| Error::new(format!("error: can't make a folder: {error}")))?;
    let measurement = Measurement {
        // The parts are written here, whatever format their traces have.
        checking: checking(Common { reading: ReadOptions::STRICT, ..plan.common }),
        heaps: &heaps,
        splits: plan.splits(),
        folder: plan.keep.as_deref().unwrap_or(folder.path()),
        keep: plan.keep.is_some(),
        listener,
    };
    let wholes = check_all(&checking(plan.common), &heaps, inputs, listener)?;
    let mut rows = Vec::new();
    for whole in wholes.rows {
        let cells = whole.cells.into_iter();
        let answers = cells.map(|cell| cell.verdict).collect();
        rows.push(measurement.row(whole.input, answers)?);
    }
    Ok(Results { splits: measurement.splits, rows, align_bytes: plan.common.align_bytes, heaps })
}

fn checking(common: Common) -> Checking {
    Checking { common, check_every: None, jobs: None, costs: None }
}

impl Plan {
    fn splits(&self) -> Vec<Split> {
        let of_dealing = |&dealing| {
            let numbers = self.numbers.iter();
            numbers.map(move |&heaps| Split { dealing, heaps })
        };
        self.dealings.iter().flat_map(of_dealing).collect()
    }
}

/// What to measure, and how.
struct Measurement<'a> {
    /// How to check the parts.
    checking: Checking,
    heaps: &'a [String],
    splits: Vec<Split>,
    /// Where to write the parts.
    folder: &'a Path,
    /// Whether the parts stay there.
    keep: bool,
    listener: &'a Arc<dyn Listener>,
}

/// The parts of a trace, split after split, and the number of parts of each split.
struct Dealt {
    parts: Vec<Input>,
    numbers: Vec<usize>,
}

impl Measurement<'_> {
    /// Measures one trace; `wholes` are the heaps' answers on the whole of it.
    fn row(&self, input: Input, wholes: Vec<Answer>) -> Result<Row, Error> {
        let mut dealt = self.deal(&input.trace)?;
        // A heap that fails on the whole trace would only fail again.
        let valid = self.heaps.iter().zip(&wholes);
        let valid = valid.filter(|(_, whole)| whole.is_ok());
        let valid: Vec<String> = valid.map(|(heap, _)| heap.clone()).collect();
        let mut of_heaps = self.answers(&valid, &mut dealt.parts)?.into_iter();
        let cells = wholes.into_iter().map(|whole| match whole {
            Ok(facts) => dealt.taken(facts, of_heaps.next().unwrap_or_default()),
            Err(report) => {
                Err(Fault { path: input.path.clone(), is_in_a_part: false, report: report.into() })
            }
        });
        let cells = cells.collect();
        if !self.keep {
            for part in &dealt.parts {
                // The folder is deleted at the end in any case; this only frees the disk sooner.
                let _ = fs::remove_file(&part.path);
            }
        }
        Ok(Row { cells, parts: dealt.likenesses(), input })
    }

    /// Deals a trace in every way. A heap that gets no request is not made, so there is no part for
    /// it.
    fn deal(&self, whole: &Trace) -> Result<Dealt, Error> {
        let cannot = |error: io::Error| {
            Error::new(format!(
                "error: can't write the parts of {} to {}: {error}",
                whole.name(),
                self.folder.visible()
            ))
        };
        let mut dealt = Dealt { parts: Vec::new(), numbers: Vec::new() };
        for &split in &self.splits {
            let before = dealt.parts.len();
            let parts = whole.deal(split.dealing, split.heaps);
            let parts = parts.map_err(|unknown| untold(whole.name(), unknown))?;
            for (number, part) in (1..).zip(parts) {
                if !part.ops().is_empty() {
                    let part = write(part, number, split, self.folder).map_err(cannot)?;
                    dealt.parts.push(part);
                }
            }
            dealt.numbers.push(dealt.parts.len() - before);
        }
        Ok(dealt)
    }

    /// Returns each heap's answers on all parts.
    fn answers(&self, heaps: &[String], parts: &mut Vec<Input>) -> Result<Vec<Vec<Answer>>, Error> {
        if heaps.is_empty() {
            return Ok(Vec::new());
        }
        let mut of_heaps: Vec<Vec<Answer>> = heaps.iter().map(|_| Vec::new()).collect();
        let checked = check_all(&self.checking, heaps, std::mem::take(parts), self.listener)?;
        for row in checked.rows {
            for (of_heap, cell) in of_heaps.iter_mut().zip(row.cells) {
                of_heap.push(cell.verdict);
            }
            parts.push(row.input);
        }
        Ok(of_heaps)
    }
}

impl Dealt {
    /// Returns what the parts are like, split by split.
    fn likenesses(&self) -> Vec<Parts> {
        let mut parts = self.parts.iter();
        let of_split = |&number: &usize| {
            let parts = parts.by_ref().take(number);
            Parts {
                heaps_used: number,
                peak_payload_bytes: parts.map(|part| part.trace.peak_payload_bytes()).sum(),
            }
        };
        self.numbers.iter().map(of_split).collect()
    }

    /// Returns what a heap took, from its answers on the parts; or its first fault in them.
    fn taken(&self, whole: Facts, answers: Vec<Answer>) -> Result<Taken, Fault> {
        let mut answers = self.parts.iter().zip(answers);
        let mut split = Vec::new();
        for &number in &self.numbers {
            let mut bytes = 0;
            for (part, answer) in answers.by_ref().take(number) {
                let facts = answer.map_err(|report| Fault {
                    path: part.path.clone(),
                    is_in_a_part: true,
                    report: report.into(),
                })?;
                bytes += facts.heap_bytes;
            }
            split.push(bytes);
        }
        Ok(Taken { whole: whole.heap_bytes, split })
    }
}

fn untold(trace: &str, unknown: UnknownThreads) -> Error {
    Error::new(format!(
        "error: {} can't be dealt by thread: {unknown}\n\
         help: use a trace that `heaplab record --threads` made",
        trace.visible()
    ))
}

/// Writes a part where a worker can read it, and reads it back, so that the line numbers of its
/// operations are the worker's.
fn write(part: Trace, number: u32, split: Split, folder: &Path) -> io::Result<Input> {
    fs::create_dir_all(folder)?;
    let (whole, by, heaps) = (part.name(), word(split.dealing), split.heaps);
    let name = format!("{whole}-by-{by}-{number}-of-{heaps}.rep");
    let about = format!(
        "part of {whole}, dealt with --by {by} over {heaps} heaps: the requests to heap {number}"
    );
    let path = folder.join(&name);
    // A trace's name may contain folders.
    path.parent().map(fs::create_dir_all).transpose()?;
    let part = part.with_comment(&about);
    let written = heaplab_trace::write(&part, Dialect::Extended, Inexpressible::Refuse)
        .map_err(io::Error::other)?;
    fs::write(&path, &written.bytes)?;
    let reading = Trace::parse(&name, &written.bytes, &ReadOptions::default())
        .map_err(|report| io::Error::other(report.to_string()))?;
    Ok(Input { path, trace: reading.trace })
}
