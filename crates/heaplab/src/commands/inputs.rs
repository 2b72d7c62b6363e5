//! Which traces to replay: found, read, and no two of one name.

use crate::commands::{logs, print};
use crate::{Failure, Outcome};
use heaplab_logs::read_bytes;
use heaplab_replay::TooMuch;
use heaplab_trace::{ReadOptions, Trace, Visible, path_text};
use heaplab_worker::read_file;
use std::collections::{HashMap, HashSet};
use std::fmt::Display;
use std::os::unix::fs::MetadataExt;
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
    let found = Found::at(paths, lenient)?;
    found.nothing_wrong_with(|_| true)?;
    Ok(found.inputs)
}

/// Reads the traces as [`read`] does, and has `work` done with them. A bad file in a
/// folder stops only itself: `work` gets the others, and the command ends with what is
/// wrong with the files that were left out. A file that was named is expected to be good.
///
/// # Errors
/// What is wrong with a file that was named, with all files, or what `work` says.
pub fn with_good(
    paths: &[PathBuf],
    lenient: bool,
    work: impl FnOnce(Vec<Input>) -> Outcome,
) -> Outcome {
    Found::at(paths, lenient)?.hand_to(work)
}

/// The same with the bundled stress traces that a heap of `heap_limit_bytes` has room
/// for, if no paths are given.
///
/// # Errors
/// As for [`with_good`].
pub fn with_good_and_stress(
    paths: &[PathBuf],
    lenient: bool,
    heap_limit_bytes: u32,
    work: impl FnOnce(Vec<Input>) -> Outcome,
) -> Outcome {
    let mut found = Found::at(paths, lenient)?;
    // Blocks are rounded up, and between huge ones there are holes.
    let has_room =
        |input: &Input| input.trace.peak_payload_bytes() < u64::from(heap_limit_bytes) / 3;
    let stress = std::mem::take(&mut found.stress);
    found.inputs.extend(stress.into_iter().filter(has_room));
    found.hand_to(work)
}

/// What there is in the files that paths name.
struct Found {
    inputs: Vec<Input>,
    /// The bundled stress traces, where the bundled traces are read.
    stress: Vec<Input>,
    complaints: Vec<Complaint>,
}

/// What is wrong with a file.
struct Complaint {
    text: String,
    /// Whether it was found in a folder; otherwise it was named.
    in_folder: bool,
}

impl Found {
    fn at(paths: &[PathBuf], lenient: bool) -> Result<Found, Failure> {
        let mut search = Search::default();
        let mut stress_folder = None;
        if paths.is_empty() {
            let folder = bundled()?;
            search.add(&folder)?;
            stress_folder = Some(folder.join(STRESS));
        }
        for path in paths {
            search.add(path)?;
        }
        let mut found = Found {
            inputs: Vec::new(),
            stress: Vec::new(),
            complaints: search.complaints,
        };
        for (path, in_folder) in search.files {
            match read_one(&path, lenient) {
                Ok(trace) => found.inputs.push(Input { path, trace }),
                Err(text) => found.complaints.push(Complaint { text, in_folder }),
            }
        }
        no_name_twice(&found.inputs)?;
        if let Some(folder) = stress_folder {
            let inputs = std::mem::take(&mut found.inputs);
            let is_stress = |input: &Input| input.path.starts_with(&folder);
            (found.stress, found.inputs) = inputs.into_iter().partition(is_stress);
        }
        Ok(found)
    }

    /// Has `work` done with what is good, and says what was left out.
    fn hand_to(self, work: impl FnOnce(Vec<Input>) -> Outcome) -> Outcome {
        let none_is_good = self.inputs.is_empty();
        self.nothing_wrong_with(|complaint| none_is_good || !complaint.in_folder)?;
        let (good, bad) = (self.inputs.len(), self.complaints.len());
        let left_out = format!(
            "{}\nhelp: {}; the results are of {}",
            self.all_complaints(|_| true),
            match bad {
                1 => "this file is left out".to_owned(),
                _ => format!("these {bad} files are left out"),
            },
            match good {
                1 => "one trace".to_owned(),
                _ => format!("{good} traces"),
            },
        );
        let outcome = work(self.inputs);
        match outcome {
            _ if bad == 0 => outcome,
            Ok(()) => Err(Failure::Input(left_out)),
            Err(failure) => {
                print::remark(format_args!("\n{left_out}\n"));
                Err(failure)
            }
        }
    }

    /// The complaints that count, as an error if there are any.
    fn nothing_wrong_with(&self, counts: impl Fn(&Complaint) -> bool) -> Outcome {
        match self.all_complaints(counts) {
            none if none.is_empty() => Ok(()),
            complaints => Err(Failure::Input(complaints)),
        }
    }

    fn all_complaints(&self, counts: impl Fn(&Complaint) -> bool) -> String {
        let texts = self.complaints.iter().filter(|one| counts(one));
        let texts: String = texts.map(|one| one.text.as_str()).collect();
        texts.trim_end().to_owned()
    }
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
            let path = input.path.visible();
            return Err(Failure::Input(format!(
                "error: {path}, {too_much}\nhelp: {help}"
            )));
        }
    }
    Ok(())
}

/// The trace in a file, or what is wrong with it in words.
fn read_one(path: &Path, lenient: bool) -> Result<Trace, String> {
    let name = path_text(path);
    let options = ReadOptions {
        lenient,
        ..ReadOptions::default()
    };
    let bytes = read_file(path, &options)
        .map_err(|error| format!("error: can't read {}: {error}\n", path.visible()))?;
    let input = read_bytes(&name, &bytes, &options).map_err(|reason| reason.render(true) + "\n")?;
    logs::remark_on(&name, &input);
    let reading = input.into_reading();
    if !reading.warnings.is_empty() {
        print::remark(format_args!("{}", reading.warnings.render(true)));
    }
    Ok(reading.trace)
}

/// Looks for trace files.
#[derive(Default)]
struct Search {
    /// What was found, and whether it was found in a folder; otherwise it was named.
    files: Vec<(PathBuf, bool)>,
    complaints: Vec<Complaint>,
    /// Folders that were looked through: device and number. A link may lead back.
    seen: HashSet<(u64, u64)>,
}

impl Search {
    /// Adds a file, or all traces in a folder and the folders in it.
    fn add(&mut self, path: &Path) -> Outcome {
        let cannot = |error: &dyn Display, help: &str| {
            let path = path.visible();
            Failure::Input(format!("error: can't read {path}: {error}{help}"))
        };
        let help = match path.to_str() {
            Some("-") => STANDARD_INPUT,
            _ => "",
        };
        let is_dir = fs::metadata(path).map_err(|error| cannot(&error, help))?;
        if !is_dir.is_dir() {
            if is_of_this_process(path) {
                return Err(cannot(&"each process has its own", STANDARD_INPUT));
            }
            self.files.push((path.to_owned(), false));
            return Ok(());
        }
        let before = self.files.len() + self.complaints.len();
        self.look_through(path)
            .map_err(|error| cannot(&error, ""))?;
        if self.files.len() + self.complaints.len() == before {
            return Err(Failure::Input(format!(
                "error: no traces in {}\nhelp: a trace's name ends in .rep, .rep.gz, .script or .script.gz; \
                 other files can be named one by one",
                path.visible()
            )));
        }
        Ok(())
    }

    fn look_through(&mut self, folder: &Path) -> io::Result<()> {
        let metadata = fs::metadata(folder)?;
        if !self.seen.insert((metadata.dev(), metadata.ino())) {
            return Ok(());
        }
        let entries = fs::read_dir(folder)?;
        let mut paths = entries
            .map(|entry| Ok(entry?.path()))
            .collect::<io::Result<Vec<PathBuf>>>()?;
        paths.sort();
        for path in paths {
            if path.is_dir() {
                if let Err(error) = self.look_through(&path) {
                    self.complaints.push(Complaint {
                        text: format!("error: can't read {}: {error}\n", path.visible()),
                        in_folder: true,
                    });
                }
            } else if is_trace(&path) {
                self.files.push((path, true));
            }
        }
        Ok(())
    }
}

const STANDARD_INPUT: &str =
    "\nhelp: save standard input to a file first; `run` names results by files";

/// Whether a path means something else in another process, such as a worker.
fn is_of_this_process(path: &Path) -> bool {
    let own = ["/dev/fd", "/proc/self", "/proc/thread-self"];
    path == Path::new("/dev/stdin") || own.iter().any(|folder| path.starts_with(folder))
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
                input.trace.name().visible(),
                other.display(),
                input.path.visible()
            )));
        }
    }
    Ok(())
}
