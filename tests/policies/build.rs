//! Writes the complete solution of each lab as a module, with all of its mutants planted in it.
//! A mutant is compiled in beside the text that it replaces, and is chosen when it runs: dozens of
//! solutions are compiled in the time of five.
#![forbid(unsafe_code)]

#[path = "src"]
mod library {
    pub mod list;
}
#[path = "src/mutant.rs"]
#[allow(dead_code, reason = "only the library runs mutants")]
mod mutant;
#[path = "../mutants/build/plant.rs"]
mod plant;
#[path = "../mutants/src/text.rs"]
#[allow(dead_code, reason = "shared with the other corpus")]
mod text;

use heaplab_lab::{Lab, Reference, Starter, starter};
use library::list;
use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs};

/// Result of writing.
type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    match write_modules() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("cargo::error={}", error.to_string().replace('\n', " "));
            ExitCode::FAILURE
        }
    }
}

fn write_modules() -> Outcome<()> {
    let variable = |name| env::var_os(name).ok_or(format!("cargo sets no {name}"));
    let workspace = PathBuf::from(variable("CARGO_MANIFEST_DIR")?).join("../..");
    let out = PathBuf::from(variable("OUT_DIR")?);
    for changed in ["labs", "crates/allocators", "crates/machine", "crates/classroom/lab"] {
        println!("cargo::rerun-if-changed={}", workspace.join(changed).display());
    }
    for changed in ["build.rs", "src", "../mutants/build/plant.rs", "../mutants/src/text.rs"] {
        println!("cargo::rerun-if-changed={changed}");
    }
    let (mut modules, mut arms) = (String::new(), String::new());
    for (source, numbered) in by_source() {
        let name = format!("solution_{}", source.replace('-', "_"));
        let Starter { lib, given } = solution(&workspace, source)?;
        let planted = plant::plant(&lib, &numbered);
        let planted = planted.map_err(|error| format!("{source}: {error}"))?;
        modules += &module(&out, &name, &planted, &given)?;
        arms += &format!("{source:?} => visitor.visit::<{name}::Policy>(),\n");
    }
    let visit = format!(
        "/// Visits the solution of a lab, with the mutants that are planted in it.\n\
         pub fn visit_solution(source: &str, visitor: &mut impl heaplab_lab_tests::Visitor) {{\n\
         match source {{ {arms} _ => panic!(\"there is no lab {{source}}\") }}\n}}\n"
    );
    fs::write(out.join("solutions.rs"), modules + &visit)?;
    Ok(())
}

/// Returns the labs whose solutions have mutants, each with its mutants and their numbers: the
/// mutants are counted from 1 in the order of the lists.
fn by_source() -> BTreeMap<&'static str, Vec<plant::Numbered<'static>>> {
    let mut sources: BTreeMap<_, Vec<_>> = BTreeMap::new();
    let all = list::LABS.iter().flat_map(|lab| lab.mutants.iter().map(|m| (lab.source, m)));
    for (number, (source, mutant)) in (1..).zip(all) {
        sources.entry(source).or_default().push((number, mutant));
    }
    sources
}

/// Returns the two files of a lab with every hole filled in.
fn solution(workspace: &Path, lab: &str) -> Outcome<Starter> {
    let definition = fs::read_to_string(workspace.join("labs").join(lab).join("lab.toml"))?;
    let lab = Lab::parse(&definition)?;
    let reference = Reference::read(workspace, &lab.reference)?;
    Ok(starter(&reference, &lab, lab.holes.len())?)
}

/// Writes both files of a module, and returns the line that includes it.
fn module(out: &Path, name: &str, lib: &str, given: &str) -> Outcome<String> {
    let folder = out.join(name);
    fs::create_dir_all(&folder)?;
    // A solution is a module here, not the root of a crate.
    fs::write(folder.join("lib.rs"), lib.replace("#![no_std]\n", ""))?;
    fs::write(folder.join("given.rs"), given)?;
    let path = folder.join("lib.rs").display().to_string();
    let allowed = "warnings, clippy::all, clippy::unwrap_used";
    Ok(format!("#[allow({allowed})]\n#[path = {path:?}]\npub mod {name};\n"))
}
