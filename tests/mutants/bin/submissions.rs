//! `cargo run -p heaplab-mutants --bin submissions -- 1-implicit FOLDER`: a class
//! that hands in a lab, for trying out how a class is graded.
//!
//! The first students have filled in some of the holes, correctly. The others
//! have made one mistake each, and filled in all holes; then all but one; and
//! so on, until there are as many as requested, all of them different.
#![forbid(unsafe_code)]

use clap::Parser;
use heaplab_lab::{Lab, Reference, starter};
use heaplab_mutants::{DESIGNS, Mutant, planted};
use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

/// Writes a class's submissions.
#[derive(Parser)]
struct Arguments {
    /// The lab: `1-implicit`
    lab: String,
    /// Where to write them, a file each
    folder: PathBuf,
    /// How many
    #[arg(long, default_value_t = 200)]
    count: usize,
}

/// Result of a step; every error is only reported to the caller.
type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let arguments = Arguments::parse();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let path = root.join("labs").join(&arguments.lab).join("lab.toml");
    let lab = Lab::parse(&fs::read_to_string(path)?)?;
    fs::create_dir_all(&arguments.folder)?;
    let mut class =
        Class { folder: arguments.folder, places: arguments.count, seen: BTreeSet::new() };
    fill(&mut class, &lab, &Reference::read(&root, &lab.reference)?)?;
    match class.places {
        0 => Ok(()),
        left => Err(format!("there are {left} too few different ones").into()),
    }
}

/// The submissions written already, and the state for further ones.
struct Class {
    folder: PathBuf,
    places: usize,
    seen: BTreeSet<String>,
}

impl Class {
    /// Writes a submission, if one is still needed and it differs from all others.
    fn add(&mut self, name: &str, source: String) -> Outcome<()> {
        if self.places == 0 || self.seen.contains(&source) {
            return Ok(());
        }
        fs::write(self.folder.join(format!("{name}.rs")), &source)?;
        self.seen.insert(source);
        self.places -= 1;
        Ok(())
    }
}

fn fill(class: &mut Class, lab: &Lab, reference: &Reference) -> Outcome<()> {
    for filled in 0..=lab.holes.len() {
        class.add(&format!("filled-{filled:02}"), starter(reference, lab, filled)?.lib)?;
    }
    let designs = DESIGNS.iter().filter(|lists| lists.design == lab.reference);
    let mutants: Vec<&Mutant> =
        designs.flat_map(|lists| lists.mutants.iter().copied().flatten()).collect();
    let given = starter(reference, lab, 0)?.given;
    for filled in (0..=lab.holes.len()).rev() {
        // A mutant with a switch counts calls, which only a program with a `static` can.
        for mutant in mutants.iter().filter(|mutant| !mutant.put.contains("switch")) {
            let wrong = starter(&planted(mutant, reference)?, lab, filled)?;
            let name = format!("{}-{filled:02}", mutant.name);
            // A mistake in what the lab brings is handed in together with it, in one file.
            let source = if wrong.given == given { wrong.lib } else { wrong.in_one_file() };
            class.add(&name, source)?;
        }
    }
    Ok(())
}
