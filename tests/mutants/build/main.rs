//! Writes one copy of each allocator in which every mutant is planted.
//!
//! A place for which the lists give a mistake becomes
//!
//! ```text
//! if crate::switch::active(17) { the mistake } else { what stands there }
//! ```
//!
//! so all mutants are compiled at once, and one of them is chosen when a heap is built. The copy
//! has the lines of the original: a fault found in the copy has the same line number there.
#![forbid(unsafe_code)]

#[path = "../src"]
mod library {
    pub mod list;
}
#[path = "../src/mutant.rs"]
#[allow(dead_code, reason = "only the library runs mutants")]
mod mutant;
#[path = "../src/text.rs"]
mod text;

mod copy;
mod frame;
mod plant;

use library::list;
use std::path::PathBuf;
use std::process::ExitCode;
use std::{env, fs};

fn main() -> ExitCode {
    match write_copies() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("cargo::error={}", error.replace('\n', " "));
            ExitCode::FAILURE
        }
    }
}

fn write_copies() -> Result<(), String> {
    let variable = |name| env::var_os(name).ok_or(format!("cargo sets no {name}"));
    let crates = PathBuf::from(variable("CARGO_MANIFEST_DIR")?).join("../../crates");
    let out = PathBuf::from(variable("OUT_DIR")?);
    println!("cargo::rerun-if-changed=build");
    println!("cargo::rerun-if-changed=src/list");
    println!("cargo::rerun-if-changed=src/mutant.rs");
    println!("cargo::rerun-if-changed=src/text.rs");
    let mut modules = String::new();
    let mut first_number = 1;
    for list::Lists { design, mutants, sound } in list::DESIGNS {
        let mutants = [mutants.concat(), sound.to_vec()].concat();
        let folder = out.join(design);
        copy::write(design, &mutants, first_number, &crates, &folder)?;
        first_number += mutants.len();
        modules += &format!(
            "#[allow(warnings, clippy::all, clippy::unwrap_used)]\n#[path = {:?}]\npub mod {design};\n",
            folder.join("lib.rs").display().to_string()
        );
    }
    let path = out.join("designs.rs");
    fs::write(&path, modules).map_err(|error| format!("{}: {error}", path.display()))
}
