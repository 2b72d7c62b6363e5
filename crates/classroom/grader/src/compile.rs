//! A submission becomes a program: a worker with one heap in it, called `mine`.
//!
//! The compiler sees one source file, the lab's own beside it, and the
//! libraries that were built before. cargo is not used, so there are no build
//! scripts, manifests or configuration; and the compiler itself runs in a
//! sandbox where it can read only its own files, and write only its output.

use super::harness::Harness;
use super::trouble::{Cause, shown_by_the_host};
use heaplab_assess::MINE;
use heaplab_sandbox::{End, Ended, Entry, Jail, Limits, Spec};
use heaplab_scratch::Scratch;
use heaplab_support::Error;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Limit on the compiler's CPU time: at it, the kernel ends the compiler with `SIGXCPU`.
const CPU_TIME: Duration = Duration::from_secs(60);

/// Address space of the compiler, in bytes: some three times what it needs for a lab's reference.
/// A source that makes it take all memory fails alone.
pub(crate) const ADDRESS_SPACE_BYTES: u64 = 4 << 30;

/// How long the compiler may take by the clock. Machines are busy: if this passes before the CPU
/// time is used up, it is not the source's fault.
pub(crate) const PATIENCE: Duration = Duration::from_secs(600);

/// A library that a submission's speed is compared with. Its folder is removed on drop.
pub struct Rival {
    folder: Scratch,
}

/// A built submission. Its folder is removed on drop.
pub struct Program {
    folder: Scratch,
}

impl Program {
    /// Returns the program's path.
    pub fn path(&self) -> PathBuf {
        self.folder.path().join("out/program")
    }

    /// Returns its folder, which holds nothing else.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

/// A lab, as needed to build its sources.
pub struct Lab<'l> {
    /// The lab's name.
    pub name: &'l str,
    /// Its `given.rs`, which replaces the student's.
    pub given: &'l str,
}

/// Builds the source of a lab, and a rival into the same program, if
/// there is one. If root grades, the compiler runs as `user`, if that
/// user can read the compiler; else as root without root's privileges.
///
/// # Errors
/// The outer error is the host's; the inner one is what the compiler says about the source.
pub fn compile(
    harness: &Harness,
    entry: &Entry,
    lab: &Lab<'_>,
    source: &str,
    rival: Option<&Rival>,
    user: u32,
) -> Result<Result<Program, String>, Error> {
    let folder = layout(lab, source, rival, user).map_err(cannot_write)?;
    let jail = Jail::new(entry.clone(), spec(harness, folder.path(), user));
    let mut program = [
        words(&["--crate-type", "bin", "--crate-name", "program", "main.rs"]),
        words(&["--extern", "submission=out/libsubmission.rlib"]),
        harness.extern_of("heaplab_worker"),
        harness.extern_of("heaplab_checks"),
    ]
    .concat();
    if rival.is_some() {
        program.extend(words(&["--extern", "rival=out/librival.rlib"]));
    }
    for step in [library(harness, "submission", lab.name), program] {
        let ended = on_a_sound_host(folder.path(), || rustc(harness, &jail, step.clone()))?;
        if !ended_well(&ended) {
            return Ok(Err(words_of(&ended, CPU_TIME)));
        }
    }
    Ok(Ok(Program { folder }))
}

/// Builds a source of the lab that submissions are compared with for speed.
///
/// # Errors
/// If it does not build.
pub fn rival(
    harness: &Harness,
    entry: &Entry,
    lab: &Lab<'_>,
    source: &str,
    user: u32,
) -> Result<Rival, Error> {
    let folder = layout(lab, source, None, user).map_err(cannot_write)?;
    let jail = Jail::new(entry.clone(), spec(harness, folder.path(), user));
    let ended = rustc(harness, &jail, library(harness, "rival", lab.name))?;
    if ended_well(&ended) {
        Ok(Rival { folder })
    } else {
        Err(Error::new(format!(
            "error: lab {}: its reference does not build:\n{}",
            lab.name,
            words_of(&ended, CPU_TIME)
        )))
    }
}

pub(crate) fn cannot_write(error: io::Error) -> Error {
    Error::new(format!("error: can't write to a temporary folder: {error}"))
}

/// Returns the compiler's arguments that build a source as a library of this name.
fn library(harness: &Harness, name: &str, lab: &str) -> Vec<OsString> {
    [
        words(&["--crate-type", "lib", "--crate-name", name]),
        words(&[&source_path(lab)]),
        harness.extern_of("heaplab_arena"),
        harness.extern_of("heaplab_heap"),
    ]
    .concat()
}

/// Creates a folder with the source and what the lab brings, at the workspace's paths, so
/// that messages name the lines that a student knows. The compiler gets access as `user`.
fn layout(lab: &Lab<'_>, source: &str, rival: Option<&Rival>, user: u32) -> io::Result<Scratch> {
    let folder = Scratch::new()?;
    let path = folder.path().join(source_path(lab.name));
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::write(path.with_file_name("given.rs"), lab.given)?;
    fs::write(path, source)?;
    fs::create_dir(folder.path().join("out"))?;
    fs::create_dir(folder.path().join("tmp"))?;
    if let Some(rival) = rival {
        let library = "out/librival.rlib";
        fs::copy(rival.folder.path().join(library), folder.path().join(library))?;
    }
    fs::write(folder.path().join("main.rs"), main_of(rival))?;
    let_in(folder.path(), user)?;
    Ok(folder)
}

/// Gives access to the user alone, by the group: without Landlock, only modes keep one
/// submission from another. A user other than root can't change the group, and need not.
pub(crate) fn let_in(path: &Path, user: u32) -> io::Result<()> {
    if chown(path, None, Some(user)).is_err() {
        return Ok(());
    }
    if !path.is_dir() {
        return fs::set_permissions(path, Permissions::from_mode(0o640));
    }
    fs::set_permissions(path, Permissions::from_mode(0o770))?;
    for entry in fs::read_dir(path)? {
        let_in(&entry?.path(), user)?;
    }
    Ok(())
}

/// Name of the rival's heap in a program.
pub const RIVAL: &str = "reference";

/// Returns the `main` of a submission: the worker that
/// every heap runs in, with only what grading needs.
fn main_of(rival: Option<&Rival>) -> String {
    let (jobs, rival) = match rival {
        Some(_) => ("for_timed_grades", format!(".with_named::<rival::Policy>({RIVAL:?})")),
        None => ("for_grades", String::new()),
    };
    format!(
        "fn main() -> std::process::ExitCode {{
    let heaps = heaplab_checks::{jobs}()
        .with_named::<submission::Policy>({MINE:?}){rival}
        .heaps();
    heaplab_worker::main(&heaps)
}}
"
    )
}

fn source_path(lab: &str) -> String {
    format!("labs/{lab}/src/lib.rs")
}

/// How often the compiler runs at most, if it speaks of trouble of this machine each time.
const TRIES: u32 = 3;

/// Runs the compiler. If it fails and speaks of trouble of this machine, of which this machine
/// shows nothing, the compiler runs again: either the trouble has passed, or the words are those of
/// the source, and return.
///
/// # Errors
/// If this machine made it fail.
pub(crate) fn on_a_sound_host(
    folder: &Path,
    run: impl Fn() -> Result<Ended, Error>,
) -> Result<Ended, Error> {
    let mut tries = 1;
    loop {
        let ended = run()?;
        if ended_well(&ended) {
            return Ok(ended);
        }
        match Cause::of(&ended, PATIENCE) {
            Cause::Source => return Ok(ended),
            Cause::Host(trouble) => return Err(Error::new(format!("error: {trouble}"))),
            Cause::Perhaps(words) => {
                if let Some(shown) = shown_by_the_host(folder) {
                    return Err(Error::new(format!(
                        "error: the compiler met trouble of this machine: {words}; {shown}"
                    )));
                }
                if tries == TRIES {
                    return Ok(ended);
                }
            }
        }
        tries += 1;
    }
}

/// Runs the compiler with the assertions and overflow checks that a lab has with `cargo run`,
/// without debug information, and without `unsafe`, whatever the source says. At this level the
/// compiler takes half a second more, and an implicit list on the traces five seconds less.
fn rustc(harness: &Harness, jail: &Jail, step: Vec<OsString>) -> Result<Ended, Error> {
    let mut arguments = words(&[
        "--edition",
        "2024",
        "--color",
        "never",
        "-A",
        "warnings",
        "-F",
        "unsafe_code",
        "--out-dir",
        "out",
        "-C",
        "opt-level=2",
        "-C",
        "debug-assertions=on",
        "-C",
        "overflow-checks=on",
    ]);
    let mut search = OsString::from("dependency=");
    search.push(harness.dependencies());
    arguments.extend(["-L".into(), search, "-L".into(), "dependency=out".into()]);
    arguments.extend(step);
    run_in(jail, &harness.rustc(), &arguments)
}

/// Runs a compiler in its sandbox.
pub(crate) fn run_in(jail: &Jail, compiler: &Path, arguments: &[OsString]) -> Result<Ended, Error> {
    let mut command = jail.command(compiler, arguments).map_err(Error::new)?;
    jail.start(&mut command)
        .and_then(|jailed| jailed.wait_until(Instant::now() + PATIENCE))
        .map_err(|error| Error::new(format!("error: can't run the compiler: {error}")))
}

/// Returns what the compiler may do.
fn spec(harness: &Harness, folder: &Path, user: u32) -> Spec {
    let text = |path: PathBuf| path.to_string_lossy().into_owned();
    let environment = BTreeMap::from([
        ("PATH".to_owned(), "/usr/local/bin:/usr/bin:/bin".to_owned()),
        ("TMPDIR".to_owned(), text(folder.join("tmp"))),
    ]);
    Spec {
        read_only: vec![harness.dependencies().to_owned(), harness.dependencies().join("..")],
        read_write: vec![folder.to_owned()],
        executable: vec![harness.sysroot().to_owned()],
        limits: Limits {
            cpu_seconds: Some(CPU_TIME.as_secs()),
            address_space_bytes: Some(ADDRESS_SPACE_BYTES),
            file_bytes: Some(256 << 20),
            open_files: Some(512),
            ..Limits::default()
        },
        network: false,
        fork: true, // the linker
        // What the compiler says must not depend on chance.
        fixed_addresses: true,
        drop_root: others_can_read(harness.sysroot()).then_some(user),
        environment,
        working_folder: Some(folder.to_owned()),
    }
    .with_system_programs()
}

/// Returns whether the modes of a folder and of all above it let every user read. Landlock
/// could allow more, but the C compiler checks the modes and would not find its linker.
fn others_can_read(folder: &Path) -> bool {
    let lets_in = |folder: &Path| {
        fs::metadata(folder).is_ok_and(|metadata| metadata.permissions().mode() & 0o005 == 0o005)
    };
    folder.ancestors().all(lets_in)
}

pub(crate) fn ended_well(ended: &Ended) -> bool {
    matches!(ended.end, End::Exited(status) if status.success())
}

/// `SIGXCPU`: the limit on CPU time.
const XCPU: i32 = 24;

/// Returns the compiler's output, or why it has none.
pub(crate) fn words_of(ended: &Ended, cpu_time: Duration) -> String {
    match ended.end {
        End::Exited(status) if status.signal() == Some(XCPU) => {
            format!("the compiler did not finish in {} seconds of CPU time", cpu_time.as_secs())
        }
        End::OutOfTime => "the compiler did not finish".to_owned(),
        End::OutOfMemory => "the compiler took too much memory".to_owned(),
        End::Exited(status) => match repeatable(&ended.stderr.text()).trim_end() {
            "" => format!("the compiler ended without a message: {status}"),
            text => format!("{text}\n"),
        },
    }
}

/// Returns the compiler's output without what differs from one run to the next: the file that it
/// writes a long type to, whose name is a hash that depends on the folder, and which is gone.
fn repeatable(output: &str) -> String {
    let names_a_file = |line: &str| {
        line.contains("= note: the full name for the type has been written to")
            || line.contains("= note: the full type name has been written to")
            || line.contains("= note: consider using `--verbose` to print the full type name")
    };
    output.split_inclusive('\n').filter(|line| !names_a_file(line)).collect()
}

fn words(words: &[&str]) -> Vec<OsString> {
    words.iter().map(OsString::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use heaplab_sandbox::Captured;
    use std::process::ExitStatus;

    fn ended(end: End, stderr: &str) -> Ended {
        let stderr = Captured { bytes: stderr.into(), total_bytes: stderr.len() as u64 };
        Ended { end, stdout: Captured::default(), stderr }
    }

    fn signal(number: i32) -> End {
        End::Exited(ExitStatus::from_raw(number))
    }

    #[test]
    fn the_name_of_a_temporary_file_is_not_part_of_a_record() {
        let output = |file: &str| {
            format!(
                "error[E0275]: overflow\n  = note: 126 requirements hidden\n  = note: the full name for \
                 the type has been written to 'out/submission.long-type-{file}.txt'\n  = note: \
                 consider using `--verbose` to print the full type name to the console\n"
            )
        };
        let failed = |file| ended(End::Exited(ExitStatus::from_raw(1 << 8)), &output(file));
        let words = words_of(&failed("109"), CPU_TIME);
        assert_eq!(words, "error[E0275]: overflow\n  = note: 126 requirements hidden\n");
        assert_eq!(words, words_of(&failed("100"), CPU_TIME));
    }

    #[test]
    fn a_compiler_out_of_cpu_time_is_called_that() {
        let words = words_of(&ended(signal(XCPU), ""), CPU_TIME);
        assert_eq!(words, "the compiler did not finish in 60 seconds of CPU time");
    }
}
