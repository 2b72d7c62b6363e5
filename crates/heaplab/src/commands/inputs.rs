//! Which traces to replay: found, read, and no two of one name.

use crate::Failure;
use crate::commands::print;
use heaplab_replay::TooMuch;
use heaplab_trace::{ReadOptions, Report, Trace};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// A trace and the file it came from.
pub struct Input {
    pub path: PathBuf,
    pub trace: Trace,
}

/// The folder of the bundled traces with requests that no program's trace has. They show
/// faults, and say nothing about how good a heap is.
const STRESS: &str = "stress";

/// Reads the traces that `paths` name, or the bundled ones if there are none, but for
/// the stress traces.
///
/// # Errors
/// Everything that is wrong with any of the files.
pub fn read(paths: &[PathBuf], lenient: bool) -> Result<Vec<Input>, Failure> {
    let (inputs, _) = read_in_two_parts(paths, lenient)?;
    Ok(inputs)
}

/// The same with the bundled stress traces that a heap of `heap_limit_bytes` has room
/// for.
///
/// # Errors
/// Everything that is wrong with any of the files.
pub fn read_with_stress(
    paths: &[PathBuf],
    lenient: bool,
    heap_limit_bytes: u32,
) -> Result<Vec<Input>, Failure> {
    let (mut inputs, stress) = read_in_two_parts(paths, lenient)?;
    // Blocks are rounded up, and between huge ones there are holes.
    let has_room =
        |input: &Input| input.trace.peak_payload_bytes() < u64::from(heap_limit_bytes) / 3;
    inputs.extend(stress.into_iter().filter(has_room));
    Ok(inputs)
}

/// The traces, and apart from them the bundled stress traces.
fn read_in_two_parts(
    paths: &[PathBuf],
    lenient: bool,
) -> Result<(Vec<Input>, Vec<Input>), Failure> {
    let mut files = Vec::new();
    let mut stress_folder = None;
    if paths.is_empty() {
        let folder = bundled()?;
        collect(&folder, &mut files)?;
        stress_folder = Some(folder.join(STRESS));
    }
    for path in paths {
        collect(path, &mut files)?;
    }
    let mut inputs = Vec::new();
    let mut complaints = String::new();
    for path in files {
        match read_one(&path, lenient) {
            Ok(trace) => inputs.push(Input { path, trace }),
            Err(complaint) => complaints += &complaint,
        }
    }
    if !complaints.is_empty() {
        return Err(Failure::Input(complaints.trim_end().to_owned()));
    }
    no_name_twice(&inputs)?;
    let is_stress = |input: &Input| {
        let folder = stress_folder.as_deref();
        folder.is_some_and(|folder| input.path.starts_with(folder))
    };
    let (stress, others) = inputs.into_iter().partition(is_stress);
    Ok((others, stress))
}

/// Whether a heap of `heap_limit_bytes` could serve every request of each trace.
///
/// # Errors
/// The first operation that no heap could serve: not a heap's fault.
pub fn check_room(inputs: &[Input], heap_limit_bytes: u32) -> Result<(), Failure> {
    for input in inputs {
        if let Some(too_much) = TooMuch::find(&input.trace, heap_limit_bytes) {
            let help = match too_much.is_of_the_limit() {
                true => {
                    "raise the limit with --heap-limit, to less than 4G, or leave this trace out"
                }
                false => "no heap can serve this: leave this trace out",
            };
            let path = input.path.display();
            return Err(Failure::Input(format!(
                "error: {path}, {too_much}\nhelp: {help}"
            )));
        }
    }
    Ok(())
}

/// The trace in a file, or what is wrong with it in words.
fn read_one(path: &Path, lenient: bool) -> Result<Trace, String> {
    let name = path.display().to_string();
    let bytes = fs::read(path).map_err(|error| format!("error: can't read {name}: {error}\n"))?;
    let options = ReadOptions {
        lenient,
        ..ReadOptions::default()
    };
    let in_color = |report: &Report| report.render(true);
    let reading = Trace::parse(&name, &bytes, &options).map_err(|report| in_color(&report))?;
    if !reading.warnings.is_empty() {
        print::remark(format_args!("{}", in_color(&reading.warnings)));
    }
    Ok(reading.trace)
}

/// Adds a file, or all traces in a folder and the folders in it.
fn collect(path: &Path, files: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let cannot = |error: io::Error| {
        let help = match path.to_str() {
            Some("-") => {
                "\nhelp: save standard input to a file first; `run` names results by files"
            }
            _ => "",
        };
        Failure::Input(format!(
            "error: can't read {}: {error}{help}",
            path.display()
        ))
    };
    if !fs::metadata(path).map_err(cannot)?.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    let before = files.len();
    collect_folder(path, files).map_err(cannot)?;
    if files.len() == before {
        return Err(Failure::Input(format!(
            "error: no traces in {}\nhelp: a trace's name ends in .rep, .rep.gz, .script or .script.gz; \
             other files can be named one by one",
            path.display()
        )));
    }
    Ok(())
}

fn collect_folder(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    let entries = fs::read_dir(folder)?;
    let mut paths = entries
        .map(|entry| Ok(entry?.path()))
        .collect::<io::Result<Vec<PathBuf>>>()?;
    paths.sort();
    for path in paths {
        if path.is_dir() {
            collect_folder(&path, files)?;
        } else if is_trace(&path) {
            files.push(path);
        }
    }
    Ok(())
}

/// Whether a file in a folder is taken for a trace.
pub(crate) fn is_trace(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    name.ends_with(".rep") || name.ends_with(".script")
}

/// Where the bundled traces are: where HEAPLAB_TRACES says; labs/traces here
/// or in a folder above; or where this program was built.
fn bundled() -> Result<PathBuf, Failure> {
    if let Some(folder) = env::var_os("HEAPLAB_TRACES") {
        return Ok(folder.into());
    }
    let here = env::current_dir().unwrap_or_default();
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    here.ancestors()
        .chain(built.canonicalize().as_deref().ok())
        .map(|folder| folder.join("labs/traces"))
        .find(|folder| folder.is_dir())
        .ok_or_else(|| {
            Failure::input(
                "error: no bundled traces: there is no folder labs/traces here or above\n\
                 help: name traces with --trace, or their folder in HEAPLAB_TRACES",
            )
        })
}

/// Results are named by their trace's stem, so it must say which is meant.
fn no_name_twice(inputs: &[Input]) -> Result<(), Failure> {
    let mut seen: HashMap<&str, &Path> = HashMap::new();
    for input in inputs {
        if let Some(other) = seen.insert(input.trace.name(), &input.path) {
            if *other == input.path {
                return Err(Failure::Input(format!(
                    "error: the trace {} is given twice",
                    other.display()
                )));
            }
            return Err(Failure::Input(format!(
                "error: two traces are called `{}`: {} and {}\nhelp: rename one, or run them one by one",
                input.trace.name(),
                other.display(),
                input.path.display()
            )));
        }
    }
    Ok(())
}
