//! `bench-programs --list`: the programs and mallocs, and which of them are installed.

use crate::Outcome;
use crate::commands::print;
use anstyle::Style;
use heaplab_programs::bench::mallocs::OF_SYSTEM;
use heaplab_programs::bench::programs::{self, Kind};

/// Prints the list.
///
/// # Errors
/// If standard output can't be written.
pub fn run() -> Outcome {
    let bold = Style::new().bold();
    let mut text = String::new();
    for (title, kind) in [
        ("Programs that people use", Kind::Real),
        ("Small programs that do little but allocate", Kind::Load),
    ] {
        text += &format!("{bold}{title}{bold:#}\n");
        for program in programs::all().filter(|program| program.kind == kind) {
            let here = match program.missing() {
                None => "installed".to_owned(),
                Some((_, package)) => format!("apt-get install {package}"),
            };
            text += &format!("  {:<14} {:<66} {here}\n", program.name, program.about);
        }
        text += "\n";
    }
    text += &format!("{bold}Mallocs{bold:#}, beside libc and the heaps\n");
    for malloc in &OF_SYSTEM {
        let here = match malloc.find() {
            Some(path) => path.display().to_string(),
            None => malloc.missing(),
        };
        text += &format!("  {:<14} {here}\n", malloc.name);
    }
    print::styled(&text)
}
