//! Writes one copy of each lab's solution in which every mistake is planted.
//!
//! A place for which the lists give a mistake becomes
//!
//! ```text
//! if crate::switch::active(17) { the mistake } else { what stands there }
//! ```
//!
//! so all mistakes are compiled at once, and one of them is chosen when a heap runs. The copy has
//! the lines of the solution.
#![forbid(unsafe_code)]

#[path = "../src"]
#[allow(dead_code, reason = "the build script only plants")]
mod library {
    pub mod list;
    pub mod mistake;
}
#[path = "../../mutants/src/mutant.rs"]
#[allow(dead_code, reason = "only the mutants' library runs them")]
mod mutant;
#[path = "../../mutants/build/plant.rs"]
mod plant;
#[path = "../../mutants/src/text.rs"]
mod text;

use heaplab_lab::{Lab, Reference, Starter, starter};
use library::{list, mistake};
use mutant::{MUTANT, Mutant};
use plant::{Numbered, plant};
use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;
use std::{env, fs};

fn main() -> ExitCode {
    match write_copies() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("cargo::error={}", error.to_string().replace('\n', " "));
            ExitCode::FAILURE
        }
    }
}

fn write_copies() -> Result<(), Box<dyn Error>> {
    let variable = |name| env::var_os(name).ok_or(format!("cargo sets no {name}"));
    let package = PathBuf::from(variable("CARGO_MANIFEST_DIR")?);
    let workspace = package.join("../..");
    let out = PathBuf::from(variable("OUT_DIR")?);
    for changed in ["labs", "crates/allocators", "crates/machine/heap", "crates/classroom/lab"] {
        println!("cargo::rerun-if-changed={}", workspace.join(changed).display());
    }
    for changed in ["build", "src/list", "src/list.rs", "src/mistake.rs"] {
        println!("cargo::rerun-if-changed={}", package.join(changed).display());
    }
    let (mut modules, mut arms, mut first) = (String::new(), String::new(), 1);
    for (name, mistakes) in list::LABS {
        let lab =
            Lab::parse(&fs::read_to_string(workspace.join("labs").join(name).join("lab.toml"))?)?;
        let reference = Reference::read(&workspace, &lab.reference)?;
        let Starter { lib, given } = starter(&reference, &lab, lab.holes.len())?;
        let mutants: Vec<Mutant> = mistakes.iter().map(as_mutant).collect();
        let numbered: Vec<Numbered<'_>> = (first..).zip(&mutants).collect();
        let lib = plant(&lib, &numbered).map_err(|error| format!("{name}: {error}"))?;
        first += mistakes.len();
        let module = format!("lab_{}", name.replace('-', "_"));
        let folder = out.join(name).join("src");
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("lib.rs"), lib.replace("#![no_std]\n", ""))?;
        fs::write(folder.join("given.rs"), given)?;
        let path = folder.join("lib.rs").display().to_string();
        modules += &format!(
            "#[allow(warnings, clippy::all, clippy::unwrap_used)]\n#[path = {path:?}]\npub mod {module};\n"
        );
        arms += &format!("{name:?} => visitor.visit::<{module}::Policy>(),\n");
    }
    let visit = format!(
        "/// Calls the visitor with a lab's solution, in which the lab's mistakes are planted.\n\
         pub fn visit_lab(lab: &str, visitor: &mut impl Visitor) {{\n\
         match lab {{ {arms} _ => panic!(\"there is no lab {{lab}}\") }}\n}}\n"
    );
    fs::write(out.join("labs.rs"), modules + &visit)?;
    Ok(())
}

fn as_mutant(mistake: &mistake::Mistake) -> Mutant {
    let mistake::Mistake { wrong, within, find, put, .. } = *mistake;
    Mutant { name: wrong, within, find, put, ..MUTANT }
}
