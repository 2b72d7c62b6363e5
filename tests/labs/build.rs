//! Writes each lab's starter many times: with no hole filled in, with the
//! first, with the first two, up to all. Each becomes a module of this crate,
//! so a starter that does not compile without warnings is an error here.
#![forbid(unsafe_code)]

use heaplab_lab::{Lab, Reference, Starter, starter};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs};

/// Result of writing.
type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    match write_starters() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("cargo::error={}", error.to_string().replace('\n', " "));
            ExitCode::FAILURE
        }
    }
}

fn write_starters() -> Outcome<()> {
    let variable = |name| env::var_os(name).ok_or(format!("cargo sets no {name}"));
    let workspace = PathBuf::from(variable("CARGO_MANIFEST_DIR")?).join("../..");
    let out = PathBuf::from(variable("OUT_DIR")?);
    for changed in ["labs", "crates", "tests/labs/build.rs"] {
        println!("cargo::rerun-if-changed={}", workspace.join(changed).display());
    }
    let (mut modules, mut arms) = (String::new(), String::new());
    for folder in entries(&workspace.join("labs"))? {
        let Ok(text) = fs::read_to_string(folder.join("lab.toml")) else {
            continue;
        };
        let lab = Lab::parse(&text)?;
        let reference = Reference::read(&workspace, &lab.reference)?;
        arms += &format!("{:?} => {{", lab.name);
        for filled in 0..=lab.holes.len() {
            let name = format!("l{}_{filled}", lab.name.replace('-', "_"));
            let Starter { lib, given } = starter(&reference, &lab, filled)?;
            modules += &module(&out, &name, &lib, &given)?;
            arms += &format!("visitor.visit::<{name}::Policy>();");
        }
        arms += "}\n";
        if lab.name == WITH_CHECKER {
            let Starter { lib, given } = starter(&reference, &lab, lab.holes.len())?;
            let heap = format!("{lib}{CHECKER}");
            modules += &module(&out, "with_checker", &heap, &given)?;
        }
    }
    let visit = format!(
        "/// Visits the lab's starters, from none of its holes filled in to all.\n\
         pub fn visit_starters(lab: &str, visitor: &mut impl Visitor) {{\n\
         match lab {{ {arms} _ => panic!(\"there is no lab {{lab}}\") }}\n}}\n"
    );
    fs::write(out.join("starters.rs"), modules + &visit)?;
    Ok(())
}

/// The lab whose solution also becomes a module with a checker in it, as a student may write one.
const WITH_CHECKER: &str = "1-implicit";

/// A checker that finds fault with every heap.
const CHECKER: &str = "
impl<P: Probe> Implicit<P> {
    fn check_heap(&self) -> Result<(), heaplab_heap::Violation> {
        Err(heaplab_heap::Violation::Prologue { at: self.arena.start() })
    }
}
";

/// Writes both files of a module, and returns the line that includes it.
fn module(out: &Path, name: &str, lib: &str, given: &str) -> Outcome<String> {
    let folder = out.join(name);
    fs::create_dir_all(&folder)?;
    // A starter is a module here, not the root of a crate.
    fs::write(folder.join("lib.rs"), lib.replace("#![no_std]\n", ""))?;
    fs::write(folder.join("given.rs"), given)?;
    let path = folder.join("lib.rs").display().to_string();
    Ok(format!("#[deny(warnings)]\n#[path = {path:?}]\npub mod {name};\n"))
}

/// Returns the contents of a folder, in order.
fn entries(folder: &Path) -> Outcome<Vec<PathBuf>> {
    let entries = fs::read_dir(folder)?.map(|entry| Ok(entry?.path()));
    let mut paths: Vec<PathBuf> = entries.collect::<Outcome<_>>()?;
    paths.sort();
    Ok(paths)
}
