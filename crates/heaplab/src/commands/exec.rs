//! `heaplab exec`: runs a program with one of the heaps as its malloc.

use super::print;
use super::progress::Terminal;
use super::values::parse_bytes;
use crate::Outcome;
use heaplab_programs::exec::{self, Request, told_accounts};
use heaplab_programs::preload::exit_code;
use heaplab_worker::Heaps;
use std::ffi::OsString;
use std::process::{self, ExitStatus};

/// Arguments of `heaplab exec`.
#[derive(clap::Args)]
#[command(override_usage = "heaplab exec [OPTIONS] <HEAP> -- <PROGRAM> [ARGUMENTS]...")]
#[command(after_help = "\
Examples:
  heaplab exec tuned -- python3 -c 'print(1)'
  heaplab exec explicit:address --stats -- git log --oneline

The program and the programs that it starts get all their blocks from the heap, on the simulated machine, aligned to \
16 bytes or more. A program can't use the heap if it is linked statically, defines malloc itself, gains privileges, is \
for a different kind of machine, or needs a loader other than glibc's. Such a program is refused; with --anyway, it \
runs with its own malloc.

Exit code: the program's own, or 128 plus the number of the signal that ended it; 2 if it was not started.")]
pub struct Arguments {
    /// The heap, optionally with policies: `tuned`, `explicit:address,best-fit`. After `--heap`,
    /// the program
    #[arg(value_name = "HEAP")]
    first: OsString,

    /// The heap, given as an option
    #[arg(long, value_name = "HEAP")]
    heap: Option<String>,

    /// Reports at the end what each process requested, and how much memory the heap took for it
    #[arg(long)]
    stats: bool,

    /// Checks every load and store of the heap before it happens. At the first one that breaks a
    /// rule, the program ends with a report
    #[arg(long)]
    checked: bool,

    /// The largest size of the heap: beyond it malloc returns NULL. Only the address space that it
    /// needs is reserved; 64K, 20M and 1G are understood [default: 4 GiB, or half of what a limit
    /// on address space leaves]
    #[arg(long, value_name = "BYTES", value_parser = parse_bytes)]
    heap_limit: Option<u32>,

    /// Runs the program even if it keeps its own malloc
    #[arg(long)]
    anyway: bool,

    /// The program and its arguments
    #[arg(
        required_unless_present = "heap",
        trailing_var_arg = true,
        allow_hyphen_values = true,
        value_name = "PROGRAM"
    )]
    program: Vec<OsString>,
}

impl Arguments {
    /// Returns the heap, and the program with its arguments.
    fn heap_and_program(&self) -> (String, Vec<OsString>) {
        let first = self.first.clone();
        match &self.heap {
            Some(heap) => {
                let words = [first].into_iter().chain(self.program.iter().cloned());
                (heap.clone(), words.collect())
            }
            None => (first.to_string_lossy().into_owned(), self.program.clone()),
        }
    }
}

/// Runs the command.
pub fn run(lab: &Heaps, arguments: &Arguments) -> Outcome {
    let (heap, program) = arguments.heap_and_program();
    let request = Request {
        heap: &heap,
        program: &program,
        stats: arguments.stats,
        checked: arguments.checked,
        heap_limit: arguments.heap_limit,
        anyway: arguments.anyway,
    };
    let ended = exec::run(lab, &request, &*Terminal::listener())?;
    if let Some(accounts) = &ended.accounts {
        let table = told_accounts(&heap, arguments.heap_limit, accounts, print::width());
        print::remark(format_args!("{table}"));
    }
    end_as(ended.status)
}

/// Ends this process in the way that a program has ended.
pub fn end_as(status: ExitStatus) -> Outcome {
    match exit_code(status) {
        0 => Ok(()),
        code => process::exit(code),
    }
}
