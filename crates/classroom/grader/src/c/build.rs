//! A submission in C becomes two programs: one that is compiled as any program is, and one that
//! reports its accesses. If speed is measured, there is a third, which does whole traces.

use super::compiler::CPU_TIME;
use super::{CBase, rules};
use crate::compile::{cannot_write, ended_well, let_in, on_a_sound_host, run_in, words_of};
use heaplab_c_heap::program::{self, Examined, RUNTIME_FOLDER, Runner};
use heaplab_c_heap::{Build, FAMILIES, Family, Interface};
use heaplab_grade::Finding;
use heaplab_lab::{CLab, Lab};
use heaplab_sandbox::{Entry, Jail};
use heaplab_scratch::Scratch;
use heaplab_support::Error;
use std::ffi::OsString;
use std::fmt;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// A submission's programs. Their folder is removed on drop.
pub(crate) struct Built {
    folder: Scratch,
    /// The functions that it has.
    pub(crate) interface: Interface,
}

impl Built {
    /// Returns the folder of the programs.
    pub(crate) fn folder(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    /// Returns the program that does whole traces, if it was built.
    pub(super) fn timed(&self) -> PathBuf {
        self.folder.path().join(TIMED)
    }

    /// Returns the same with only the program that does whole traces, for another user to run.
    pub(super) fn timed_for(&self, user: u32) -> io::Result<Built> {
        let folder = Scratch::new()?;
        fs::create_dir(folder.path().join("out"))?;
        fs::copy(self.timed(), folder.path().join(TIMED))?;
        let_in(folder.path(), user)?;
        // The group may run it too.
        fs::set_permissions(folder.path().join(TIMED), fs::Permissions::from_mode(0o750))?;
        Ok(Built { folder, interface: self.interface.clone() })
    }
}

/// The program that does whole traces, below the folder of a submission.
const TIMED: &str = "out/timed";

/// Returns where one of the two programs is below the folder of a submission.
pub(super) fn program_in(folder: &Path, build: Build) -> PathBuf {
    folder.join("out").join(name_of(build))
}

fn name_of(build: Build) -> &'static str {
    match build {
        Build::Plain => "plain",
        Build::Checked => "checked",
    }
}

/// Why a submission has no program.
pub(crate) enum Rejected {
    /// The compiler says this.
    Compiler(String),
    /// It has what is not allowed.
    Findings(Vec<Finding>),
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Rejected::Compiler(said) => write!(f, "does not compile:\n{said}"),
            Rejected::Findings(findings) => {
                let all: Vec<String> =
                    findings.iter().map(|one| format!("{}: {}", one.what, one.why)).collect();
                write!(f, "is refused: {}", all.join("; "))
            }
        }
    }
}

/// The largest preprocessed text that is looked at.
const MOST_TEXT_BYTES: u64 = 16 << 20;

/// Builds a source; `scans` says whether it is looked at for what is not allowed. If root grades,
/// the compiler runs as `user`.
///
/// # Errors
/// The outer error is the host's; the inner one is the source's.
pub(crate) fn build(
    base: &CBase,
    lab: &Lab,
    entry: &Entry,
    source: &str,
    scans: bool,
    user: u32,
) -> Result<Result<Built, Rejected>, Error> {
    let Some(c) = &lab.c else {
        return Err(Error::new(format!("error: the lab {} is not in C", lab.name)));
    };
    let folder = layout(base, c, source, user).map_err(cannot_write)?;
    let jail = base.compiler.jail(entry, folder.path(), user);
    let task = Task { base, c, folder: folder.path(), jail, source };
    let interface = match task.run(scans) {
        Ok(interface) => interface,
        Err(Stop::Host(error)) => return Err(error),
        Err(Stop::Rejected(rejected)) => return Ok(Err(rejected)),
    };
    Ok(Ok(Built { folder, interface }))
}

/// Why a task ends early.
enum Stop {
    Host(Error),
    Rejected(Rejected),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Stop {
        Stop::Host(error)
    }
}

fn refused(findings: Vec<Finding>) -> Stop {
    Stop::Rejected(Rejected::Findings(findings))
}

/// A source that is being built.
struct Task<'a> {
    base: &'a CBase,
    c: &'a CLab,
    folder: &'a Path,
    jail: Jail,
    source: &'a str,
}

const TEXT: &str = "out/text.i";

impl Task<'_> {
    fn run(&self, scans: bool) -> Result<Interface, Stop> {
        let folder = self.folder.to_string_lossy();
        let (flags, version) = (&self.c.flags, &self.base.compiler.description);
        self.step(program::preprocess(flags, &self.c.file, TEXT))?;
        let text = self.text()?;
        if scans {
            let names: Vec<String> =
                self.base.headers.iter().map(|(name, _)| name.clone()).collect();
            let findings = rules::in_text(self.source, &text, &names);
            if !findings.is_empty() {
                return Err(refused(findings));
            }
        }
        let of_file = |build| format!("out/{}.o", name_of(build));
        let of_runtime = |build| format!("out/{}-runtime.o", name_of(build));
        self.step(program::compile(
            Build::Plain,
            version,
            flags,
            &folder,
            TEXT,
            &of_file(Build::Plain),
        ))?;
        let examined = self.examine(&of_file(Build::Plain))?;
        let interface = self.interface(&examined, &text)?;
        let [runner, timed_runner] = ["out/runner.o", "out/timed-runner.o"];
        let mut runners = vec![(Runner::OneByOne, runner)];
        if self.base.is_timed {
            runners.push((Runner::WholeTrace, timed_runner));
        }
        for &(what, to) in &runners {
            self.step(program::compile_runner(what, &interface, &folder, to))?;
        }
        for build in [Build::Plain, Build::Checked] {
            let runtime = of_runtime(build);
            self.step(program::compile_runtime(build, &folder, &text, &runtime))?;
            if build == Build::Plain && scans {
                let mut taken: Vec<String> = taken_by(self.examine(&runtime)?).collect();
                for (_, runner) in &runners {
                    taken.extend(taken_by(self.examine(runner)?));
                }
                let findings = rules::in_object(&examined, self.c, &taken, self.source);
                if !findings.is_empty() {
                    return Err(refused(findings));
                }
            }
            let object = of_file(build);
            if build == Build::Checked {
                self.step(program::compile(build, version, flags, &folder, TEXT, &object))?;
            }
            let program = format!("out/{}", name_of(build));
            self.step(program::link(build, &[&object, &runtime, runner], &program))?;
        }
        if self.base.is_timed {
            let plain = [of_file(Build::Plain), of_runtime(Build::Plain)];
            let objects = [&plain[0], &plain[1], timed_runner];
            self.step(program::link(Build::Plain, &objects, TIMED))?;
        }
        Ok(interface)
    }

    /// Runs the compiler with these arguments.
    fn step(&self, arguments: Vec<String>) -> Result<(), Stop> {
        let arguments: Vec<OsString> = arguments.into_iter().map(OsString::from).collect();
        let compiler = &self.base.compiler.path;
        let ended = on_a_sound_host(self.folder, || run_in(&self.jail, compiler, &arguments))?;
        if ended_well(&ended) {
            return Ok(());
        }
        let folder = format!("{}/", self.folder.display());
        let said = words_of(&ended, CPU_TIME).replace(&folder, "");
        Err(Stop::Rejected(Rejected::Compiler(said)))
    }

    fn text(&self) -> Result<String, Stop> {
        let path = self.folder.join(TEXT);
        let read = || -> io::Result<Option<Vec<u8>>> {
            let is_small = fs::symlink_metadata(&path)?.len() <= MOST_TEXT_BYTES;
            if is_small { fs::read(&path).map(Some) } else { Ok(None) }
        };
        match read() {
            Ok(Some(bytes)) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
            Ok(None) => Err(Stop::Rejected(Rejected::Compiler(format!(
                "the text that the preprocessor makes of it has more than {} MiB",
                MOST_TEXT_BYTES >> 20
            )))),
            Err(error) => Err(Stop::Host(cannot_read(&path, &error))),
        }
    }

    fn examine(&self, object: &str) -> Result<Examined, Stop> {
        let path = self.folder.join(object);
        let bytes = fs::read(&path).map_err(|error| cannot_read(&path, &error))?;
        Ok(Examined::of(&bytes)?)
    }

    /// Returns the functions that the file has.
    fn interface(&self, examined: &Examined, text: &str) -> Result<Interface, Stop> {
        let forced = self.c.interface.as_deref().map(Family::named).transpose()?;
        examined.interface(forced, text).ok_or_else(|| {
            let families = forced.map_or(FAMILIES.iter().collect(), |family| vec![family]);
            let known: Vec<String> = families
                .into_iter()
                .map(|family| format!("{}, {}, {}", family.init, family.malloc, family.free))
                .collect();
            refused(vec![Finding {
                line: None,
                column: None,
                what: "the file".to_owned(),
                why: format!("it does not define {}", known.join("; nor ")),
            }])
        })
    }
}

/// Returns the names that a submission can't define beside one of the lab's own objects: what that
/// object has, and what it calls of the C library.
fn taken_by(examined: Examined) -> impl Iterator<Item = String> {
    examined.defined.into_iter().chain(examined.needed).filter(|name| {
        let is_of_interface = FAMILIES.iter().any(|family| {
            let names = [family.init, family.malloc, family.free, family.realloc, family.calloc];
            names.contains(&&**name) || family.checks.contains(&&**name)
        });
        !is_of_interface
    })
}

fn cannot_read(path: &Path, error: &io::Error) -> Error {
    Error::new(format!("error: can't read {}: {error}", path.display()))
}

/// Creates a folder with the source, the lab's headers and the runtime. The compiler gets access as
/// `user`.
fn layout(base: &CBase, c: &CLab, source: &str, user: u32) -> io::Result<Scratch> {
    let folder = Scratch::new()?;
    for (name, text) in &base.headers {
        fs::write(folder.path().join(name), text)?;
    }
    fs::write(folder.path().join(&c.file), source)?;
    for (name, text) in program::runtime_files() {
        let path = folder.path().join(RUNTIME_FOLDER).join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(path, text)?;
    }
    fs::create_dir(folder.path().join("out"))?;
    fs::create_dir(folder.path().join("tmp"))?;
    let_in(folder.path(), user)?;
    Ok(folder)
}
