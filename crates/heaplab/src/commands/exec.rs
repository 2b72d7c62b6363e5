//! `heaplab exec`: runs a program with one of the heaps as its malloc.
//!
//! A library goes in front of the program, and of all that it starts in turn. Then this
//! command becomes the program; with `--stats` it waits for the end instead, and reads the
//! accounts that each process has kept.

mod account;

/// The accounts' layout, shared as source with the library that writes them: to `use`
/// that crate would link its `malloc` into this command.
#[path = "../../../production/stand-in/src/format.rs"]
#[expect(dead_code, reason = "some of it is only for the writer")]
mod format;

use super::preload::{self, Library};
use super::values::parse_bytes;
use super::{print, program};
use crate::{Failure, Outcome};
pub use format::HEAP_VARIABLE;
use format::{ACCOUNTS_VARIABLE, CHECKED_VARIABLE, LIMIT_VARIABLE};
use heaplab_heap::Design;
use heaplab_worker::Heaps;
use std::ffi::OsString;
use std::path::Path;
use std::process::{self, Command};

/// Arguments of `heaplab exec`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  heaplab exec tuned -- python3 -c 'print(1)'
  heaplab exec explicit:address --stats -- git log --oneline

Every block of the program and of what it starts comes from the heap, over the simulated machine, aligned to 16 \
bytes or more. A program that is linked statically, defines malloc itself, gains privileges, is for another kind of \
machine, or needs another loader than glibc's keeps its own malloc: it is refused, or run so with --anyway.

Exit code: the program's own, or 128 and the signal that ended it; 2 if it was not started.")]
pub struct Arguments {
    /// The heap, with policies if any: `tuned`, `explicit:address,best-fit`
    #[arg(value_name = "HEAP")]
    heap: String,

    /// Say at the end what each process asked for, and what the heap took for it
    #[arg(long)]
    stats: bool,

    /// Look at every load and store of the heap before it happens, and end the program
    /// with a report at the first that breaks a rule
    #[arg(long)]
    checked: bool,

    /// The heap's largest size: beyond it malloc returns NULL. No more address space is
    /// reserved than it needs; 64K, 20M and 1G are understood [default: 4 GiB, or half of
    /// what a limit on address space leaves]
    #[arg(long, value_name = "BYTES", value_parser = parse_bytes)]
    heap_limit: Option<u32>,

    /// Run the program also if it keeps its own malloc
    #[arg(long)]
    anyway: bool,

    /// The program and its arguments
    #[arg(
        required = true,
        trailing_var_arg = true,
        allow_hyphen_values = true,
        value_name = "PROGRAM"
    )]
    program: Vec<OsString>,
}

/// What goes in front of the program.
pub const STAND_IN: Library = Library {
    file_name: "libheaplab_stand_in.so",
    variable: "HEAPLAB_STAND_IN",
};

/// The heaps that the library holds.
const HEAPS: [&str; 4] = [
    <heaplab_implicit::Policy as Design>::NAME,
    <heaplab_explicit::Policy as Design>::NAME,
    <heaplab_segregated::Policy as Design>::NAME,
    <heaplab_tuned::Policy as Design>::NAME,
];

/// Runs the command.
pub fn run(lab: &Heaps, arguments: &Arguments) -> Outcome {
    expect_heap(lab, &arguments.heap)?;
    expect_served(arguments)?;
    if !arguments.stats && !STAND_IN.must_be_copied()? {
        let mut command = command(arguments, Path::new(""))?;
        return Err(preload::become_it(&mut command));
    }
    let folder = preload::temporary_folder()?;
    let mut command = command(arguments, folder.path())?;
    let mut table = None;
    if arguments.stats {
        let made = account::make_table(folder.path())?;
        command.env(ACCOUNTS_VARIABLE, &made);
        table = Some(made);
    }
    let status = preload::run(&mut command)?.status;
    if let Some(table) = table {
        let accounts = account::read_table(&table)?;
        print::remark(format_args!(
            "{}",
            account::render(&arguments.heap, arguments.heap_limit, &accounts)
        ));
    }
    drop(folder);
    match preload::exit_code(status) {
        0 => Ok(()),
        code => process::exit(code),
    }
}

/// Whether a heap can be a program's malloc.
///
/// # Errors
/// If there is no such heap, or it is not in the library.
pub fn expect_heap(lab: &Heaps, spec: &str) -> Outcome {
    lab.choose(&[spec.to_owned()])?;
    let name = spec.split(':').next().unwrap_or_default();
    if HEAPS.contains(&name) {
        return Ok(());
    }
    Err(Failure::Input(format!(
        "error: `{name}` can't be the malloc of a program: it is compiled into a lab, not into a library\n\
         help: these can: {}",
        HEAPS.join(", ")
    )))
}

/// Whether the program leaves its malloc to the loader. If it does not, and is to be run
/// all the same, that is said.
///
/// # Errors
/// If it does not.
fn expect_served(arguments: &Arguments) -> Outcome {
    let name = arguments.program.first();
    let Some(unserved) = name.and_then(|name| program::unserved(name)) else {
        return Ok(());
    };
    let name = name.map(|name| name.to_string_lossy()).unwrap_or_default();
    let (file, why) = (unserved.file.display(), unserved.why);
    let which = match *file.to_string() == *name {
        true => String::new(),
        false => format!(" ({file})"),
    };
    if arguments.anyway {
        print::remark(format_args!(
            "warning: `{name}`{which} keeps its own malloc: {why}\n"
        ));
        return Ok(());
    }
    Err(Failure::Input(format!(
        "error: `{name}`{which} can't have the heap as its malloc: {why}\n\
         help: `--anyway` runs it on its own malloc; what it starts may have the heap"
    )))
}

/// Why a program, named as in a shell, keeps its own malloc whatever is in front of it;
/// none if it does not, and if that is not known.
pub fn keeps_its_own_malloc(name: &str) -> Option<String> {
    let unserved = program::unserved(name.as_ref())?;
    Some(format!("{}: {}", unserved.file.display(), unserved.why))
}

fn command(arguments: &Arguments, folder: &Path) -> Result<Command, Failure> {
    let mut command = STAND_IN.in_front_of(&arguments.program, folder)?;
    command
        .env(HEAP_VARIABLE, &arguments.heap)
        .env_remove(ACCOUNTS_VARIABLE)
        .env_remove(CHECKED_VARIABLE)
        .env_remove(LIMIT_VARIABLE);
    if arguments.checked {
        command.env(CHECKED_VARIABLE, "1");
    }
    if let Some(limit) = arguments.heap_limit {
        command.env(LIMIT_VARIABLE, limit.to_string());
    }
    Ok(command)
}
