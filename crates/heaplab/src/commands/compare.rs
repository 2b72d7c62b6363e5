//! `heaplab compare`: heaps and production allocators on the same traces.
//!
//! 1. [`measure`] has every answer looked at, then takes times in turns, then
//!    memory, each in a process of its own.
//! 2. [`ranking`] says who is faster than whom, and which differences are none.
//! 3. [`table`], [`json`] or [`csv`] shows it.
//!
//! [`wine`] measures one contender that takes no turns: the Windows heap.
//!
//! With `--split`, [`split`] asks another question: what if there were many heaps?

mod csv;
mod json;
pub(super) mod libraries;
mod measure;
mod options;
mod ranking;
mod results;
mod split;
mod table;
mod wine;

use super::print;
use crate::commands::progress::Terminal;
use crate::{Failure, Outcome};
use heaplab_real::{Allocator, KNOWN};
use heaplab_worker::Heaps;
pub use options::Arguments;
use options::Format;
pub use results::Contender;

/// Builds in what is not there.
const WITH_ALL: &str = "cargo run --release --features real -- compare";

/// Runs the command.
pub fn run(lab: &Heaps, arguments: &Arguments) -> Outcome {
    if !arguments.split.over.is_empty() {
        return split::run(lab, arguments);
    }
    let contenders = contenders(lab, &arguments.heap)?;
    heaplab_inputs::with_good(arguments.wanted(), &*Terminal::new(), |traces| {
        run_on(arguments, contenders, traces)
    })
}

fn run_on(
    arguments: &Arguments,
    contenders: Vec<Contender>,
    traces: heaplab_inputs::Traces,
) -> Outcome {
    let results = measure::measure(arguments, contenders, traces.inputs)?;
    match arguments.format {
        Format::Table => print::styled(&table::render(&results))?,
        Format::Md => {
            let text =
                table::render_markdown(&results) + &heaplab_inputs::markdown(&traces.left_out);
            print::bytes(text.as_bytes())?;
        }
        Format::Csv => csv::print(&results)?,
        Format::Json => json::print(&results, &traces.left_out)?,
    }
    if arguments.heap.is_empty() && heaplab_real::allocators().len() < KNOWN.len() {
        print::remark(format_args!(
            "only one of {} production allocators is built in; all are with\n  {WITH_ALL}\n",
            KNOWN.len()
        ));
    }
    match results.faults().next() {
        None => Ok(()),
        Some(_) => {
            print::remark(format_args!("{}", table::faults(&results)));
            Err(Failure::Heap)
        }
    }
}

/// The contenders that were asked for; all there are if none was.
///
/// # Errors
/// For an unknown name, one that is not built in, and a library that can't be loaded.
pub fn contenders(lab: &Heaps, specs: &[String]) -> Result<Vec<Contender>, Failure> {
    let built_in = heaplab_real::allocators();
    let is_real = |name: &str| {
        KNOWN.contains(&name) || name == wine::NAME || heaplab_real::library::is_path(name)
    };
    let heaps: Vec<String> = specs
        .iter()
        .filter(|spec| !is_real(spec))
        .cloned()
        .collect();
    let heaps = match specs.is_empty() || !heaps.is_empty() {
        true => lab
            .choose(&heaps)
            .map_err(|error| with_known(error, specs))?,
        false => Vec::new(),
    };
    let heaps = heaps.into_iter().map(Contender::heap);
    if specs.is_empty() {
        let real = built_in.iter().map(|one| Contender::real(&one.name));
        return Ok(heaps.chain(real).collect());
    }
    let mut all = Vec::new();
    let mut heaps = heaps.peekable();
    for (index, spec) in specs.iter().enumerate() {
        if !is_real(spec) {
            all.extend(heaps.next());
            continue;
        }
        if specs[..index].contains(spec) {
            return Err(Failure::Input(format!(
                "error: `{spec}` is asked for twice"
            )));
        }
        all.push(real(&built_in, spec)?);
    }
    libraries::tell_apart(&mut all)?;
    Ok(all)
}

/// A production allocator that is there, a library, or Wine's.
fn real(built_in: &[Allocator], name: &str) -> Result<Contender, Failure> {
    if heaplab_real::library::is_path(name) {
        return libraries::contender(name);
    }
    if name == wine::NAME {
        return Ok(Contender::wine());
    }
    if built_in.iter().any(|one| one.name == name) {
        return Ok(Contender::real(name));
    }
    Err(Failure::Input(format!(
        "error: `{name}` is not built in\n\
         help: it is with the feature `real`, on Linux, with a C and a C++ compiler and minutes of compiling:\n  \
         {WITH_ALL} --heap {name}"
    )))
}

/// What `heaps` says of an unknown name, and which other names there are here.
fn with_known(error: heaplab_worker::Error, specs: &[String]) -> Failure {
    let message = error.to_string();
    match message.contains("there is no heap") && !specs.is_empty() {
        true => Failure::Input(format!(
            "{message}\nhelp: the production allocators are {}, {}; a shared library is named by its path, as ./libmine.so",
            KNOWN.join(", "),
            wine::NAME
        )),
        false => Failure::Input(message),
    }
}
