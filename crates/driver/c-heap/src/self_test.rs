//! Whether every access is reported: a small program, compiled and run before a checked run.
//!
//! A checked run is worth nothing if the compiler leaves out reports, or the linker does not send
//! `memset` to the runtime. So `runtime/self_test.c` is compiled as a heap is. Each of its
//! functions makes one access; the bytes of each must be reported, and the line.

use crate::compiler::{Build, Compiler};
use crate::lines::Lines;
use crate::machine::Machine;
use crate::remote::reports_of_self_test;
use crate::reports::{Report, Reports};
use crate::runtime::Runtime;
use heaplab_support::Error;
use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW};
use std::collections::BTreeMap;
use std::ffi::c_void;
use std::fs;
use std::path::Path;
use std::process::Output;

/// The program.
const PROGRAM: &str = include_str!("../runtime/self_test.c");

/// The bytes that each function reads and writes, as they are written: `8 at 64`.
const EXPECTED: [(&str, &str, &str); 17] = [
    ("store_1", "", "1 at 1"),
    ("store_2", "", "2 at 2"),
    ("store_4", "", "4 at 4"),
    ("store_8", "", "8 at 8"),
    ("load_1", "1 at 1", ""),
    ("load_2", "2 at 2", ""),
    ("load_4", "4 at 4", ""),
    ("load_8", "8 at 8", ""),
    ("copy_struct", "24 at 64", "24 at 0"),
    // Some compilers also read the word that they change.
    ("store_bits", "?", "4 at 0"),
    ("set_8", "", "8 at 0"),
    ("set_100", "", "100 at 0"),
    ("copy_8", "8 at 64", "8 at 0"),
    ("copy_100", "100 at 128", "100 at 0"),
    ("set_by_loop", "", "32 at 0"),
    // Some compilers leave out the read before a write of the same word.
    ("add_1", "?", "4 at 0"),
    ("exchange", "?", "4 at 0"),
];

/// What `runner.c` calls where the self-test is a program: the test is its `free`.
const RUNNER_NAMES: [&str; 2] =
    ["-DHEAPLAB_MALLOC=heaplab_self_test_none", "-DHEAPLAB_FREE=heaplab_self_test"];

/// Compiles and runs the program in a folder.
///
/// # Errors
/// If it can't be compiled, or an access is not reported.
pub(crate) fn run(compiler: &Compiler, runtime: &Runtime, folder: &Path) -> Result<(), Error> {
    let refused = |why: &str| {
        Error::new(format!(
            "error: {} does not report every access of a C program: {why}\n\
             help: a checked run would miss faults; use gcc or clang, and no flag in CFLAGS that \
             changes -fsanitize or -fno-builtin",
            compiler.name()
        ))
    };
    compiler.expect_known()?;
    let source = folder.join("self_test.c");
    fs::write(&source, PROGRAM).map_err(Error::new)?;
    let mut objects = vec![folder.join("self_test.o"), folder.join("self_test_runtime.o")];
    let library = folder.join("self_test.so");
    let expect = |output: Output| {
        let why = String::from_utf8_lossy(&output.stderr);
        if output.status.success() { Ok(()) } else { Err(refused(why.trim())) }
    };
    let is_program = compiler.is_for_32_bits();
    if is_program {
        compiler.expect_32_bits(folder)?;
        objects.push(folder.join("self_test_runner.o"));
        let names = RUNNER_NAMES.map(str::to_owned);
        expect(compiler.compile_runner(runtime, &names, &objects[2])?)?;
    }
    expect(compiler.compile(Build::Checked, runtime, &source, &objects[0])?)?;
    expect(compiler.compile_runtime(Build::Checked, runtime, "intptr_t", &objects[1])?)?;
    expect(compiler.link(Build::Checked, &objects, &[], &library)?)?;
    let seen = match is_program {
        true => reports_of_program(&library),
        false => reports(&library),
    };
    let seen = seen.map_err(|why| refused(&why))?;
    for (function, loads, stores) in EXPECTED {
        let (loaded, stored) = seen.get(function).cloned().unwrap_or_default();
        let is_right =
            (loads == "?" || ranges(loaded.clone()) == loads) && ranges(stored.clone()) == stores;
        if !is_right {
            return Err(refused(&format!(
                "the function `{function}` of runtime/self_test.c reads {} and writes {}; reported \
                 are {} and {}",
                or_nothing(loads),
                or_nothing(stores),
                or_nothing(&ranges(loaded)),
                or_nothing(&ranges(stored))
            )));
        }
    }
    Ok(())
}

fn or_nothing(ranges: &str) -> &str {
    if ranges.is_empty() { "nothing" } else { ranges }
}

/// Bytes, each a first one and how many.
type Ranges = Vec<(usize, usize)>;

/// Returns ranges in words, after those that touch are joined.
fn ranges(mut ranges: Ranges) -> String {
    ranges.sort_unstable();
    let mut joined: Ranges = Vec::new();
    for (at, size) in ranges {
        match joined.last_mut() {
            Some((last, bytes)) if at <= *last + *bytes => {
                *bytes = (*bytes).max(at + size - *last);
            }
            _ => joined.push((at, size)),
        }
    }
    let words: Vec<String> = joined.iter().map(|(at, size)| format!("{size} at {at}")).collect();
    words.join(", ")
}

/// Runs the program. Returns what each function is reported to read and to write.
fn reports(library: &Path) -> Result<BTreeMap<String, (Ranges, Ranges)>, String> {
    let mut memory = vec![0u64; 64];
    let start = memory.as_mut_ptr().cast::<c_void>();
    let mut reports = Reports::default();
    // SAFETY: the library is ours; its two functions have these types. The table, the reports and
    // the memory live until it is closed, and nothing else uses them while it runs.
    let image_start = unsafe {
        let opened = Library::open(Some(library), RTLD_NOW | RTLD_LOCAL)
            .map_err(|error| error.to_string())?;
        let connect = opened
            .get::<unsafe extern "C" fn(*mut Machine)>(b"heaplab_connect\0")
            .map_err(|error| error.to_string())?;
        let test = opened
            .get::<unsafe extern "C" fn(*mut c_void) -> i64>(b"heaplab_self_test\0")
            .map_err(|error| error.to_string())?;
        let mut table = reports.table(start as usize, size_of_val(&*memory));
        connect(&raw mut *table);
        test(start);
        connect(std::ptr::null_mut());
        table.image_start
    };
    by_function(library, image_start, start as usize, reports.all())
}

/// Runs the program where it can't be loaded. Returns what [`reports`] returns.
fn reports_of_program(program: &Path) -> Result<BTreeMap<String, (Ranges, Ranges)>, String> {
    let (start, reports) = reports_of_self_test(program)
        .map_err(|error| format!("its program for 32-bit processors does not run: {error}"))?;
    by_function(program, 0, start, &reports)
}

/// Returns what each function is reported to read and to write, as offsets in the memory that
/// starts at `start`.
fn by_function(
    library: &Path,
    image_start: usize,
    start: usize,
    reports: &[Report],
) -> Result<BTreeMap<String, (Ranges, Ranges)>, String> {
    let lines = Lines::read(library, image_start).map_err(|error| error.to_string())?;
    let mut seen: BTreeMap<String, (Ranges, Ranges)> = BTreeMap::new();
    for report in reports {
        let Some(frame) = lines.frames(report.pc).into_iter().next() else {
            return Err("a report is of no line".to_owned());
        };
        let text = PROGRAM.lines().nth(frame.line as usize - 1).unwrap_or_default();
        if !text.contains(&format!(" {}(char", frame.function)) {
            return Err(format!("a report of `{}` is of the line `{text}`", frame.function));
        }
        let (loads, stores) = seen.entry(frame.function).or_default();
        let ranges = if report.is_store { stores } else { loads };
        ranges.push((report.at.wrapping_sub(start), report.size));
    }
    Ok(seen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_that_touch_are_one() {
        assert_eq!(ranges(vec![(8, 4), (0, 4), (4, 4), (20, 1)]), "12 at 0, 1 at 20");
        assert_eq!(ranges(Vec::new()), "");
    }

    #[test]
    fn every_function_of_the_program_is_expected_once() {
        let functions: Vec<&str> = PROGRAM
            .lines()
            .filter_map(|line| {
                line.strip_prefix("ALONE ")?.split_once('(')?.0.split(' ').next_back()
            })
            .collect();
        let expected = EXPECTED.map(|(function, _, _)| function);
        assert_eq!(functions, expected);
    }
}
