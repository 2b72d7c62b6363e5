//! Has everything measured: the whole traces on all heaps, then their parts, each on
//! a heap and a machine of its own.

use super::results::{Fault, Parts, Results, Row, Split, Taken, word};
use crate::Failure;
use crate::commands::compare::options::Arguments;
use crate::commands::run::measure::{Checking, Verdict, check_all};
use heaplab_inputs::Input;
use heaplab_replay::Facts;
use heaplab_trace::{Dealing, Dialect, Inexpressible, ReadOptions, Trace, UnknownThreads, Visible};
use heaplab_worker::{Common, FaultReport};
use std::fs;
use std::io;
use std::path::Path;

/// What one heap on one trace gave.
type Answer = Result<Facts, FaultReport>;

/// Everything there is to find out about these heaps on these traces.
///
/// # Errors
/// If the host can't do it.
pub fn measure(
    arguments: &Arguments,
    heaps: Vec<String>,
    inputs: Vec<Input>,
) -> Result<Results, Failure> {
    let options = &arguments.split;
    // Before anything is measured.
    if options.dealings().contains(&Dealing::Thread) {
        let untold_one = inputs.iter().find(|one| one.trace.threads().is_none());
        if let Some(one) = untold_one {
            return Err(untold(one.trace.name(), UnknownThreads));
        }
    }
    let folder = heaplab_scratch::Scratch::new()
        .map_err(|error| Failure::Input(format!("error: no folder for the parts: {error}")))?;
    let checking_wholes = checking(arguments, arguments.reading.options());
    // The parts are written here, whatever their traces were written in.
    let checking_parts = checking(arguments, ReadOptions::STRICT);
    let measurement = Measurement {
        checking: &checking_parts,
        heaps: &heaps,
        splits: splits(arguments),
        folder: options.keep.as_deref().unwrap_or(folder.path()),
        keep: options.keep.is_some(),
    };
    let mut wholes = answers(check_all(&checking_wholes, &heaps, &inputs)?).into_iter();
    let mut rows = Vec::new();
    for input in inputs {
        let wholes = wholes.by_ref().take(heaps.len()).collect();
        rows.push(measurement.row(input, wholes)?);
    }
    Ok(Results {
        splits: measurement.splits,
        rows,
        align_bytes: arguments.align.bytes(),
        heaps,
    })
}

fn checking(arguments: &Arguments, reading: ReadOptions) -> Checking {
    Checking {
        common: Common {
            align_bytes: arguments.align.bytes(),
            limit_bytes: arguments.heap_limit,
            reading,
            timeout_seconds: arguments.op_timeout,
        },
        check_every: None,
        jobs: None,
        costs: None,
    }
}

fn splits(arguments: &Arguments) -> Vec<Split> {
    let dealings = arguments.split.dealings().into_iter();
    let of_dealing = |dealing| {
        let numbers = arguments.split.numbers().into_iter();
        numbers.map(move |heaps| Split { dealing, heaps })
    };
    dealings.flat_map(of_dealing).collect()
}

fn answers(verdicts: Vec<Verdict>) -> Vec<Answer> {
    let verdicts = verdicts.into_iter();
    verdicts.map(|verdict| verdict.cell.verdict).collect()
}

/// What is measured, and how.
struct Measurement<'a> {
    /// How parts are checked.
    checking: &'a Checking,
    heaps: &'a [String],
    splits: Vec<Split>,
    /// Where parts are written.
    folder: &'a Path,
    /// Whether they stay there.
    keep: bool,
}

/// The parts of a trace, split after split, and how many there are of each.
struct Dealt {
    parts: Vec<Input>,
    numbers: Vec<usize>,
}

impl Measurement<'_> {
    /// One trace, whose answers as a whole are known.
    fn row(&self, input: Input, wholes: Vec<Answer>) -> Result<Row, Failure> {
        let dealt = self.deal(&input.trace)?;
        // A heap that is wrong about the whole would only be so again.
        let valid = self.heaps.iter().zip(&wholes);
        let valid = valid.filter(|(_, whole)| whole.is_ok());
        let valid: Vec<String> = valid.map(|(heap, _)| heap.clone()).collect();
        let mut of_heaps = self.answers(&valid, &dealt.parts)?.into_iter();
        let cells = wholes.into_iter().map(|whole| match whole {
            Ok(facts) => dealt.taken(facts, of_heaps.next().unwrap_or_default()),
            Err(report) => Err(Fault {
                path: input.path.clone(),
                is_in_a_part: false,
                report: report.into(),
            }),
        });
        let cells = cells.collect();
        if !self.keep {
            for part in &dealt.parts {
                // The folder goes in any case; sooner is only less on the disk.
                let _ = fs::remove_file(&part.path);
            }
        }
        Ok(Row {
            cells,
            parts: dealt.likenesses(),
            input,
        })
    }

    /// Deals a trace in every way. A heap that is asked for nothing is never made,
    /// and so there is no part for it.
    fn deal(&self, whole: &Trace) -> Result<Dealt, Failure> {
        let cannot = |error: io::Error| {
            Failure::Input(format!(
                "error: can't write the parts of {} to {}: {error}",
                whole.name(),
                self.folder.visible()
            ))
        };
        let mut dealt = Dealt {
            parts: Vec::new(),
            numbers: Vec::new(),
        };
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

    /// For each heap its answers on all parts.
    fn answers(&self, heaps: &[String], parts: &[Input]) -> Result<Vec<Vec<Answer>>, Failure> {
        if heaps.is_empty() {
            return Ok(Vec::new());
        }
        let mut of_heaps: Vec<Vec<Answer>> = heaps.iter().map(|_| Vec::new()).collect();
        let verdicts = check_all(self.checking, heaps, parts)?;
        for (at, answer) in answers(verdicts).into_iter().enumerate() {
            of_heaps[at % heaps.len()].push(answer);
        }
        Ok(of_heaps)
    }
}

impl Dealt {
    /// What the parts are like, split by split.
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

    /// What a heap took, from its answers on the parts; or its first fault in them.
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
        Ok(Taken {
            whole: whole.heap_bytes,
            split,
        })
    }
}

fn untold(trace: &str, unknown: UnknownThreads) -> Failure {
    Failure::Input(format!(
        "error: {} can't be dealt by thread: {unknown}\n\
         help: traces that `heaplab record --threads` makes say it",
        trace.visible()
    ))
}

/// Writes a part where a worker can read it, and reads it back, so that its
/// operations have the lines that a worker knows them by.
fn write(part: Trace, number: u32, split: Split, folder: &Path) -> io::Result<Input> {
    fs::create_dir_all(folder)?;
    let (whole, by, heaps) = (part.name(), word(split.dealing), split.heaps);
    let name = format!("{whole}-by-{by}-{number}-of-{heaps}.rep");
    let about =
        format!("of {whole}, dealt by {by} over {heaps} heaps: what heap {number} is asked");
    let path = folder.join(&name);
    // A trace's name may have folders in it.
    path.parent().map(fs::create_dir_all).transpose()?;
    let part = part.with_comment(&about);
    let written = heaplab_trace::write(&part, Dialect::Extended, Inexpressible::Refuse)
        .map_err(io::Error::other)?;
    fs::write(&path, &written.bytes)?;
    let reading = Trace::parse(&name, &written.bytes, &ReadOptions::default())
        .map_err(|report| io::Error::other(report.to_string()))?;
    Ok(Input {
        path,
        trace: reading.trace,
    })
}
