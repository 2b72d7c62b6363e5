//! Runs a program with one of the heaps as its malloc.
//!
//! A library is preloaded into the program, and into all processes that it starts. Then this
//! process becomes the program. With accounts it instead waits for the end, and reads the accounts
//! of all processes, and the tables of their blocks.

pub mod account;
pub mod blocks;
mod table;
pub mod watch;

pub use crate::format::HEAP_VARIABLE;
use crate::format::{ACCOUNTS_VARIABLE, BLOCKS_VARIABLE, CHECKED_VARIABLE, LIMIT_VARIABLE};
use crate::preload::{self, Library};
use crate::program;
use account::Accounts;
use blocks::Process;
use heaplab_heap::Design;
use heaplab_support::{Error, Listener};
use heaplab_worker::Heaps;
use std::ffi::OsString;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
pub use table::told_accounts;
use watch::Watch;

/// What to run, and how.
pub struct Request<'a> {
    /// The heap, with policies if any: `explicit:address,best-fit`.
    pub heap: &'a str,
    /// The program and its arguments.
    pub program: &'a [OsString],
    /// Whether each process keeps an account of its calls.
    pub stats: bool,
    /// Whether every load and store of the heap is checked before it happens.
    pub checked: bool,
    /// The heap's largest size in bytes.
    pub heap_limit: Option<u32>,
    /// Whether to run the program even if it keeps its own malloc.
    pub anyway: bool,
    /// Whether each process keeps a table of its blocks, to be read at its end.
    pub blocks: bool,
    /// What looks at the heaps while the program runs, if anything does.
    pub watch: Option<Watch<'a>>,
    /// Where the program's standard output and standard error go, if not where this command's go.
    pub outputs: [Option<File>; 2],
}

/// A program that has ended.
pub struct Ended {
    /// How it ended.
    pub status: ExitStatus,
    /// The accounts of its processes, if requested.
    pub accounts: Option<Accounts>,
    /// The processes with their blocks, if requested.
    pub processes: Vec<Process>,
}

/// The library that is preloaded into the program.
pub const MALLOC_SHIM: Library = Library {
    file_name: "libheaplab_malloc_shim.so",
    variable: "HEAPLAB_MALLOC_SHIM",
    former_variable: "HEAPLAB_STAND_IN",
};

/// The heaps that the library contains.
const HEAPS: [&str; 5] = [
    <heaplab_implicit::Policy as Design>::NAME,
    <heaplab_explicit::Policy as Design>::NAME,
    <heaplab_segregated::Policy as Design>::NAME,
    <heaplab_quick::Policy as Design>::NAME,
    <heaplab_tuned::Policy as Design>::NAME,
];

/// Runs the program. If there is nothing to do after its end, this process becomes the program, and
/// the function returns only if that fails.
///
/// # Errors
/// If the heap or the program is not available, or the program keeps its own malloc.
pub fn run(heaps: &Heaps, request: &Request<'_>, listener: &dyn Listener) -> Result<Ended, Error> {
    expect_heap(heaps, request.heap)?;
    expect_served(request, listener)?;
    let keeps_blocks = request.blocks || request.watch.is_some();
    let keeps_accounts = request.stats || keeps_blocks;
    if !keeps_accounts && !MALLOC_SHIM.must_be_copied()? {
        let mut command = command(request, Path::new(""))?;
        return Err(preload::become_it(&mut command));
    }
    let folder = preload::temporary_folder()?;
    let mut command = command(request, folder.path())?;
    let mut table = None;
    if keeps_accounts {
        let made = account::make_table(folder.path())?;
        command.env(ACCOUNTS_VARIABLE, &made);
        table = Some(made);
    }
    if keeps_blocks {
        let folder = folder.path().canonicalize();
        command.env(BLOCKS_VARIABLE, folder.unwrap_or_else(|_| PathBuf::new()));
    }
    let status = run_watched(request, &mut command, (folder.path(), table.as_deref()), listener)?;
    let accounts = table.map(|table| account::read_table(&table)).transpose()?;
    let processes = match &accounts {
        Some(accounts) if request.blocks => blocks::read_processes(folder.path(), accounts),
        _ => Vec::new(),
    };
    Ok(Ended { status, accounts, processes })
}

/// Runs the program to its end, and looks at its heaps meanwhile, if requested.
fn run_watched(
    request: &Request<'_>,
    command: &mut Command,
    (folder, table): (&Path, Option<&Path>),
    listener: &dyn Listener,
) -> Result<ExitStatus, Error> {
    let (Some(watch), Some(table)) = (&request.watch, table) else {
        return Ok(preload::run(command, listener)?.status);
    };
    let is_done = AtomicBool::new(false);
    thread::scope(|scope| {
        let looks = scope.spawn(|| watch::look(folder, table, watch, &is_done));
        let ended = preload::run(command, listener);
        is_done.store(true, Ordering::Release);
        looks.thread().unpark();
        Ok(ended?.status)
    })
}

/// Checks that a heap can be a program's malloc.
///
/// # Errors
/// If the heap is unknown, or is not in the library.
pub fn expect_heap(heaps: &Heaps, spec: &str) -> Result<(), Error> {
    heaps.choose(&[spec.to_owned()])?;
    let name = spec.split(':').next().unwrap_or_default();
    if HEAPS.contains(&name) {
        return Ok(());
    }
    if name.contains('/') {
        return Err(Error::new(format!(
            "error: `{name}` can't be the malloc of a program: its memory is that of the simulated machine\n\
             help: a malloc in C that has its memory from the system is a library: LD_PRELOAD=./libmine.so PROGRAM\n\
             help: of the lab's heaps, these can: {}",
            HEAPS.join(", ")
        )));
    }
    Err(Error::new(format!(
        "error: `{name}` can't be the malloc of a program: it is compiled into a lab, not into a library\n\
         help: these can: {}",
        HEAPS.join(", ")
    )))
}

/// Checks that the program leaves its malloc to the loader. If the program does not, but is to be
/// run anyway, the listener gets a warning.
///
/// # Errors
/// If the program keeps its own malloc, and is not to be run anyway.
fn expect_served(request: &Request<'_>, listener: &dyn Listener) -> Result<(), Error> {
    let name = request.program.first();
    let Some(unserved) = name.and_then(|name| program::unserved(name)) else {
        return Ok(());
    };
    let name = name.map(|name| name.to_string_lossy()).unwrap_or_default();
    let (file, why) = (unserved.file.display(), unserved.why);
    let which = if file.to_string() == *name { String::new() } else { format!(" ({file})") };
    if request.anyway {
        listener.remark(&format!("warning: `{name}`{which} keeps its own malloc: {why}\n"));
        return Ok(());
    }
    Err(Error::new(format!(
        "error: `{name}`{which} can't have the heap as its malloc: {why}\n\
         help: `--anyway` runs it on its own malloc; the programs that it starts may use the heap"
    )))
}

fn command(request: &Request<'_>, folder: &Path) -> Result<Command, Error> {
    let mut command = MALLOC_SHIM.in_front_of(request.program, folder)?;
    command
        .env(HEAP_VARIABLE, request.heap)
        .env_remove(ACCOUNTS_VARIABLE)
        .env_remove(BLOCKS_VARIABLE)
        .env_remove(CHECKED_VARIABLE)
        .env_remove(LIMIT_VARIABLE);
    let [stdout, stderr] = &request.outputs;
    if let Some(file) = stdout {
        command.stdout(copy_of(file)?);
    }
    if let Some(file) = stderr {
        command.stderr(copy_of(file)?);
    }
    if request.checked {
        command.env(CHECKED_VARIABLE, "1");
    }
    if let Some(limit) = request.heap_limit {
        command.env(LIMIT_VARIABLE, limit.to_string());
    }
    Ok(command)
}

fn copy_of(file: &File) -> Result<File, Error> {
    file.try_clone().map_err(|error| Error::new(format!("error: can't open a file twice: {error}")))
}
