//! Writes the copy of one allocator, file by file.

use crate::frame;
use crate::mutant::{CONTRACT, Mutant};
use crate::plant::{Numbered, plant};
use std::fs;
use std::path::Path;

/// Writes the sources of `design` to `folder`, with its mutants numbered from
/// `first_number`.
pub fn write(
    design: &str,
    mutants: &[Mutant],
    first_number: usize,
    crates: &Path,
    folder: &Path,
) -> Result<(), String> {
    let mutants: Vec<Numbered> = (first_number..).zip(mutants).collect();
    let sources = crates.join("allocators").join(design).join("src");
    fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut names = names_of(&sources)?;
    for (_, mutant) in &mutants {
        if mutant.file != CONTRACT && !names.iter().any(|name| name == mutant.file) {
            let (name, file) = (mutant.name, mutant.file);
            return Err(format!("mutant `{name}` of {design}: no file {file}"));
        }
    }
    names.sort();
    for name in names {
        let source = read(&sources.join(&name))?;
        let of_design = |error| format!("{design}: {error}");
        let mut copy = plant(&source, &of_file(&mutants, &name)).map_err(of_design)?;
        if name == "policy.rs" {
            copy = frame::add_words(&copy, &mutants).map_err(of_design)?;
        }
        if name == "lib.rs" {
            let contract = read(&crates.join("machine/heap/src").join(CONTRACT))?;
            let functions = frame::taken_over(&contract, &source).map_err(of_design)?;
            let functions = plant(&functions, &of_file(&mutants, CONTRACT)).map_err(of_design)?;
            copy = frame::add_functions(&copy, &functions).map_err(of_design)?;
        }
        let copy = in_module(&copy, design);
        let path = folder.join(name);
        fs::write(&path, copy).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(())
}

fn of_file<'a>(mutants: &[Numbered<'a>], file: &str) -> Vec<Numbered<'a>> {
    let here = mutants.iter().filter(|(_, mutant)| mutant.file == file);
    here.copied().collect()
}

/// Lengthens paths from a crate's root, because the root becomes
/// a module; except those to the switch, which were planted.
fn in_module(source: &str, design: &str) -> String {
    let (root, switch) = ("crate::", "crate::switch::");
    let module = format!("crate::{design}::");
    let parts = source.split(switch);
    let parts: Vec<String> = parts.map(|part| part.replace(root, &module)).collect();
    parts.join(switch)
}

fn names_of(folder: &Path) -> Result<Vec<String>, String> {
    let error = |error| format!("{}: {error}", folder.display());
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(error)? {
        let name = entry.map_err(error)?.file_name();
        names.push(name.to_string_lossy().into_owned());
    }
    Ok(names)
}

fn read(path: &Path) -> Result<String, String> {
    println!("cargo::rerun-if-changed={}", path.display());
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}
