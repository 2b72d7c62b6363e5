//! `heaplab exec`: runs a program with one of the heaps as its malloc.
//!
//! A library goes in front of the program, and of all that it starts in turn. Then this
//! command becomes the program; with `--stats` it waits for the end instead, and reads the
//! accounts that each process has kept.

mod account;

/// The accounts' layout, shared as source with the library that writes them: to `use`
/// that crate would link its `malloc` into this command.
#[path = "../../../stand-in/src/format.rs"]
#[expect(dead_code, reason = "some of it is only for the writer")]
mod format;

use super::preload::{self, Library};
use super::print;
use super::values::parse_bytes;
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
  heaplab exec segregated -- python3 -c 'print(1)'
  heaplab exec explicit:address --stats -- git log --oneline

Every block of the program and of what it starts comes from the heap, over the simulated machine, aligned to 16 \
bytes. A program that was linked statically has a malloc of its own and keeps it.

Exit code: the program's own, or 128 and the signal that ended it.")]
pub struct Arguments {
    /// The heap, with policies if any: `segregated`, `explicit:address,best-fit`
    #[arg(value_name = "HEAP")]
    heap: String,

    /// Say at the end what each process asked for, and what the heap took for it
    #[arg(long)]
    stats: bool,

    /// Look at every load and store of the heap before it happens, and end the program
    /// with a report at the first that breaks a rule
    #[arg(long)]
    checked: bool,

    /// Past so many bytes sbrk refuses and malloc returns NULL; 64K, 20M and 1G are
    /// understood [default: 4 GiB less a byte]
    #[arg(long, value_name = "BYTES", value_parser = parse_bytes)]
    heap_limit: Option<u32>,

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
const HEAPS: [&str; 3] = [
    <heaplab_implicit::Policy as Design>::NAME,
    <heaplab_explicit::Policy as Design>::NAME,
    <heaplab_segregated::Policy as Design>::NAME,
];

/// Runs the command.
pub fn run(lab: &Heaps, arguments: &Arguments) -> Outcome {
    expect_heap(lab, &arguments.heap)?;
    if !arguments.stats && !STAND_IN.must_be_copied()? {
        let mut command = command(arguments, Path::new(""))?;
        return Err(preload::become_it(&mut command));
    }
    let folder = preload::temporary_folder()?;
    let mut command = command(arguments, folder.path())?;
    if arguments.stats {
        command.env(ACCOUNTS_VARIABLE, folder.path());
    }
    let status = preload::run(&mut command)?.status;
    if arguments.stats {
        let accounts = account::read_folder(folder.path())?;
        print::remark(format_args!(
            "{}",
            account::render(&arguments.heap, &accounts)
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
