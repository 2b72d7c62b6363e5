//! `heaplab fuzz`: tries generated operations until the heap fails or the time is up, and makes the
//! failure as small as possible.

use crate::commands::check;
use crate::commands::heap_arguments::HeapArgument;
use crate::commands::machine::Machine;
use crate::commands::print;
use crate::commands::progress::Terminal;
use crate::commands::small;
use crate::commands::values::{parse_count, parse_seconds};
use crate::{Failure, Outcome};
use heaplab_heap::Align;
use heaplab_hunt::{self as hunt, CaseFile, FailedCase, Search, Searched, Shrinker};
use heaplab_support::Error;
use heaplab_trace::{ReadOptions, Trace, Weight};
use heaplab_worker::{Common, Heaps, Refusal};
use std::env;
use std::num::NonZeroU64;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Arguments of `heaplab fuzz`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  heaplab fuzz explicit:address
  heaplab fuzz segregated --time 60
  heaplab fuzz implicit --seed 42 --ops 1000000     the same cases every time

Exit code: 0 no fault found, 1 the heap is at fault, 2 the command line is at fault.")]
pub struct Arguments {
    #[command(flatten)]
    heap: HeapArgument,

    /// The seed: the same seed gives the same cases [default: a new seed each time]
    #[arg(long, value_name = "S")]
    seed: Option<u64>,

    /// The time limit, which includes shrinking and explaining a failure. If the heap hangs, the
    /// command may take longer, by at most --op-timeout [default: 10, or with --ops no limit]
    #[arg(long, value_name = "SECONDS", value_parser = parse_seconds)]
    time: Option<f64>,

    /// Stops after this many operations
    #[arg(long, value_name = "N", value_parser = parse_count::<NonZeroU64>)]
    ops: Option<NonZeroU64>,

    /// The alignment of payloads in bytes, 8 or 16
    #[arg(long, default_value = "16", value_name = "8|16")]
    align: Align,

    /// Makes no calls with bad pointers between the operations
    #[arg(long)]
    no_bad_pointers: bool,

    /// The file for the trace of a failure [default: fuzz-HEAP-SEED.rep]
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,

    /// The time limit for one operation: a heap that takes longer is reported as hanging
    #[arg(long, default_value_t = 2.0, value_name = "SECONDS", value_parser = parse_seconds)]
    op_timeout: f64,
}

const DEFAULT_SECONDS: f64 = 10.0;

/// The heap limit for the command that repeats a failure, if the failure occurs with it.
const ORDINARY_LIMIT_BYTES: u32 = 1 << 30;

/// Returns a heap's name, of a file `../lab/mm.c` only `mm`.
fn without_folder(heap: &str) -> &str {
    let files = heap.split(':').next().unwrap_or_default();
    match files.rsplit_once('/') {
        Some((_, file)) => file.split('.').next().unwrap_or_default(),
        None => heap,
    }
}

/// Runs the command.
pub fn run(lab: &Heaps, arguments: &Arguments) -> Outcome {
    let heap = &*arguments.heap.name();
    lab.choose(&[heap.to_owned()])?;
    let seed = arguments.seed.unwrap_or_else(any_seed);
    // This comes before the work, so that an error does not lose the work.
    let stem = format!("fuzz-{}-{seed}", without_folder(heap));
    let file = hunt::choose_file(arguments.save.as_deref(), &stem)?;
    let time = Time::begin(arguments);
    let search = Search {
        heap,
        common: Common {
            align_bytes: arguments.align.bytes(),
            limit_bytes: ORDINARY_LIMIT_BYTES,
            reading: ReadOptions::STRICT,
            timeout_seconds: arguments.op_timeout,
        },
        seed,
        ops: arguments.ops.map_or(u64::MAX, NonZeroU64::get),
        seconds: time.seconds,
        bad_pointers: !arguments.no_bad_pointers,
    };
    match search.run(&Terminal::listener())? {
        Searched::Sound(progress) => print::styled(&format!(
            "{heap}: no fault in {} cases of {} operations, {:.1} s; seed {seed}\n\
             {} lines of the allocator ran, in {} different ways\n",
            progress.cases,
            progress.ops,
            time.start.elapsed().as_secs_f64(),
            progress.places,
            progress.ways,
        )),
        Searched::Failed(failed) => {
            let Explained { text, unsaved } = explain(arguments, seed, file, &failed, &time)?;
            print::styled(&text)?;
            Err(unsaved.unwrap_or(Failure::Heap))
        }
    }
}

/// The command's start, and its time limit.
struct Time {
    start: Instant,
    /// `None` without a limit.
    seconds: Option<f64>,
}

impl Time {
    fn begin(arguments: &Arguments) -> Time {
        let seconds = match (arguments.time, arguments.ops) {
            (Some(seconds), _) => Some(seconds),
            (None, Some(_)) => None,
            (None, None) => Some(DEFAULT_SECONDS),
        };
        Time { start: Instant::now(), seconds }
    }

    /// Returns when shrinking must stop: shortly before the end, or a little later if the failure
    /// was found at the end.
    fn shrink_until(&self) -> Option<Instant> {
        const AT_LEAST: f64 = 0.05;
        // The rest is for two runs of the small trace, to explain it.
        const AT_MOST: f64 = 0.9;
        let after = |from: Instant, seconds: f64| {
            let duration = Duration::try_from_secs_f64(seconds).ok()?;
            from.checked_add(duration)
        };
        let seconds = self.seconds?;
        let end = after(self.start, AT_MOST * seconds)?;
        Some(end.max(after(Instant::now(), AT_LEAST * seconds)?))
    }
}

/// A failure, explained.
struct Explained {
    text: String,
    /// Why its trace could not be saved, if it could not.
    unsaved: Option<Failure>,
}

/// Shrinks the case, saves it, and explains the fault.
fn explain(
    arguments: &Arguments,
    seed: u64,
    file: PathBuf,
    failed: &FailedCase,
    time: &Time,
) -> Result<Explained, Failure> {
    let FailedCase { case, input, folder } = failed;
    let heap = &*arguments.heap.name();
    let mut machine = machine(arguments, case.limit_bytes, case.refusal);
    let listener = Terminal::listener();
    let (work, worker_options) = Shrinker::worker_options(&listener);
    let mut shrinker = Shrinker::new(heap, &worker_options).until(time.shrink_until());
    let again = format!("{} fuzz {heap}{}", program(), repeated(arguments, seed));
    // A case that can't be saved must at least be repeatable by its seed.
    let or_search_again = |error: Error| {
        Failure::Input(format!(
            "{error}\nhelp: {heap} is at fault in case {}; to find it again: {again}",
            case.number
        ))
    };
    let small = match shrinker.shrink(&input.path, &input.trace, &machine.conditions())? {
        Ok(small) => small,
        Err(reason) => {
            let (saved, unsaved) = match hunt::save(file, &input.trace) {
                Ok(saved) => (format!("saved as {}", saved.path.display()), None),
                Err(failure) => ("not saved".to_owned(), Some(or_search_again(failure))),
            };
            let text = format!(
                "{heap}: a fault in case {} of the seed {seed}, which does not repeat: {reason}\n\
                 help: does the heap remember something between runs, in a static?\n\
                 the case is {saved}; the same search: {again}\n",
                case.number,
            );
            return Ok(Explained { text, unsaved });
        }
    };
    let trace = hunt::parse_small(&small.trace, "")?;
    for simpler in simpler_machines(arguments, case) {
        if shrinker.is_late() {
            break;
        }
        if shrinker.fails(&trace, &simpler.conditions(), &small.signature)? {
            machine = simpler;
            break;
        }
    }
    drop(work);
    // The remarks name lines of the original case, which is not kept.
    let trace = Trace::from_ops("small", Weight::None, trace.ops().to_vec());
    let shown_by = check::command(&machine, heap, &file);
    let trace = trace.map_err(Failure::input)?.with_comment(&format!(
        "`{heap}` fails here: {}\n{shown_by}\nfound by: {again} (case {})",
        small.signature, case.number
    ));
    let (path, diagnosis, unsaved) = match hunt::save(file.clone(), &trace) {
        Ok(saved) => {
            let diagnosis = check::diagnosis(&machine, heap, &saved)?;
            (Some(saved.path), diagnosis, None)
        }
        Err(failure) => {
            let saved = hunt::save(folder.path().join("small.rep"), &trace)?;
            let diagnosis = check::diagnosis_of_unsaved(&machine, heap, &saved, &file, &again)?;
            (None, diagnosis, Some(or_search_again(failure)))
        }
    };
    let diagnosis = diagnosis.unwrap_or_else(|| {
        format!(
            "\nThe fault does not repeat in a new process: {shown_by}\n\
             Does the heap remember something between runs, in a static?\n"
        )
    });
    let text = format!(
        "{heap}: a fault in case {} of the seed {seed}\n{}{diagnosis}",
        case.number,
        small::describe(&small, &trace, path.as_deref())
    );
    Ok(Explained { text, unsaved })
}

fn machine(arguments: &Arguments, limit_bytes: u32, refusal: Refusal) -> Machine {
    let machine = Machine::new(arguments.align, limit_bytes, refusal, arguments.op_timeout);
    machine.with_bad_pointers(!arguments.no_bad_pointers)
}

/// Returns machines less unusual than the case's, the plainest first.
fn simpler_machines(arguments: &Arguments, case: &CaseFile) -> Vec<Machine> {
    let never = Refusal::default();
    let may_run_out = Refusal { may_run_out: true, ..never };
    [
        (ORDINARY_LIMIT_BYTES, never),
        (ORDINARY_LIMIT_BYTES, may_run_out),
        (case.limit_bytes, may_run_out),
        (ORDINARY_LIMIT_BYTES, case.refusal),
    ]
    .map(|(limit_bytes, refusal)| machine(arguments, limit_bytes, refusal))
    .into()
}

/// Returns the options of the command that makes the same cases.
fn repeated(arguments: &Arguments, seed: u64) -> String {
    let align = match arguments.align {
        Align::Sixteen => "",
        Align::Eight => " --align 8",
    };
    let pointers = if arguments.no_bad_pointers { " --no-bad-pointers" } else { "" };
    format!(" --seed {seed}{align}{pointers}")
}

/// Returns the name with which this program was called.
fn program() -> String {
    let program = env::args_os().next().map(PathBuf::from);
    let name = program.as_deref().and_then(Path::file_name);
    name.map_or("heaplab".to_owned(), |name| name.to_string_lossy().into_owned())
}

/// Returns a seed from the clock that is short to type.
fn any_seed() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(1, |now| now.as_nanos() as u64 % 1_000_000)
}
