//! The trusted process: it runs a lab's checks and traces on the program of a submission.

use super::build::program_in;
use crate::running::run_spec;
use heaplab_assess::MINE;
use heaplab_c_heap::{Build, Interface, Programs, RemoteDesign};
use heaplab_checks::{Answers, Undrawn, Validate};
use heaplab_sandbox::{Entry, Jail};
use heaplab_support::Error;
use heaplab_worker::{Arguments, Serving, serve};
use std::io;
use std::path::Path;

/// Serves jobs on the programs in a folder, as `user` if root grades, whose functions are those of
/// `interface`. `entry` starts a process that confines itself; `words` are a worker's arguments.
///
/// # Errors
/// If the arguments are not what a grader gives.
pub fn c_worker(
    folder: &Path,
    user: u32,
    interface: &str,
    entry: Entry,
    words: &[String],
) -> Result<(), Error> {
    let folder = folder.to_owned();
    let [plain, checked] = [Build::Plain, Build::Checked].map(|build| program_in(&folder, build));
    let launch = move |build| {
        let program = program_in(&folder, build);
        let jail = Jail::new(entry.clone(), run_spec(&folder, user));
        jail.command(program, &[]).map_err(io::Error::other)
    };
    let design = RemoteDesign::of(Programs {
        interface: Interface::of_words(interface)?,
        plain,
        checked,
        launch: Box::new(launch),
        is_local: false,
    });
    let heaps = Serving::<(Validate, Undrawn, Answers)>::new()
        .with_policy(MINE, "the submission", move || design.clone())
        .heaps();
    let words = words.split_first().map_or(&[][..], |(_, rest)| rest);
    serve(&heaps, Arguments::parse(words)?)
}
