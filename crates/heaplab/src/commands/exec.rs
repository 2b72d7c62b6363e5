//! `heaplab exec`: runs a program with one of the heaps as its malloc.

#[cfg(feature = "page")]
mod view;
mod watch;

use super::print;
use super::progress::Terminal;
use super::values::parse_bytes;
use crate::Outcome;
use heaplab_programs::exec::watch::Watch;
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
  heaplab exec quick -- python3 -c 'print(1)'
  heaplab exec explicit:address --stats -- git log --oneline
  heaplab exec quick --view heap.html -- python3 work.py
  heaplab exec quick --watch -- python3 work.py

The program and the programs that it starts get all their blocks from the heap, on the simulated machine, aligned to \
16 bytes or more. A program can't use the heap if it is linked statically, defines malloc itself, gains privileges, is \
for a different kind of machine, or needs a loader other than glibc's. Such a program is refused; with --anyway, it \
runs with its own malloc.

A page of --view has the first bytes of each block, passwords and keys among them: with --no-content it has none.

Exit code: the program's own, or 128 plus the number of the signal that ended it; 2 if it was not started, or the page can't be written.")]
pub struct Arguments {
    /// The heap, optionally with policies: `quick`, `explicit:address,best-fit`. After `--heap`,
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

    #[cfg(feature = "page")]
    #[command(flatten)]
    view: view::ViewArguments,

    /// Shows the heap while the program runs: as a map on the whole terminal, with the program's
    /// output below it; in lines if standard error is not a terminal. Of several processes, the one
    /// with most payload is shown
    #[arg(long)]
    watch: bool,

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
    #[cfg(feature = "page")]
    fn wants_page(&self) -> bool {
        self.view.is_wanted()
    }

    #[cfg(not(feature = "page"))]
    fn wants_page(&self) -> bool {
        false
    }

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
    #[cfg(feature = "page")]
    arguments.view.expect_file()?;
    let watcher = arguments.watch.then(|| watch::Watcher::new(&heap)).transpose()?;
    let show = |moment: &_| watcher.iter().for_each(|watcher| watcher.show(moment));
    let outputs = watcher.as_ref().map(watch::Watcher::outputs).transpose()?;
    let request = Request {
        heap: &heap,
        program: &program,
        stats: arguments.stats,
        checked: arguments.checked,
        heap_limit: arguments.heap_limit,
        anyway: arguments.anyway,
        blocks: arguments.wants_page(),
        watch: watcher.as_ref().map(|it| Watch { interval: it.interval(), show: &show }),
        outputs: outputs.unwrap_or_default(),
    };
    let ended = exec::run(lab, &request, &*Terminal::listener());
    if let Some(watcher) = &watcher {
        watcher.finish()?;
    }
    let ended = ended?;
    if let Some(accounts) = ended.accounts.as_ref().filter(|_| arguments.stats) {
        let table = told_accounts(&heap, arguments.heap_limit, accounts, print::width());
        print::remark(format_args!("{table}"));
    }
    let status = ended.status;
    #[cfg(feature = "page")]
    arguments.view.write(&heap, &program, ended)?;
    end_as(status)
}

/// Ends this process in the way that a program has ended.
pub fn end_as(status: ExitStatus) -> Outcome {
    match exit_code(status) {
        0 => Ok(()),
        code => process::exit(code),
    }
}
