//! Compiles the files of a heap, once for each content.

use crate::built::Built;
use crate::cache::{self, Hash};
use crate::compiler::{Build, Compiler};
use crate::manifest::{read_manifest, write_manifest};
use crate::runtime::Runtime;
use crate::self_test;
use crate::source::Spec;
use crate::task::Task;
use heaplab_support::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// Compiles a heap, or finds it compiled.
///
/// # Errors
/// If it can't be compiled, or has no interface that is known; with what the compiler printed.
pub fn build(spec: &Spec, build: Build) -> Result<Built, Error> {
    let files = spec.files()?;
    let folder = cache::folder()?;
    let runtime = Runtime::in_folder(&folder)?;
    let compiler = Compiler::of_environment(&spec.flags)?;
    let place = folder.join(key(spec, &files, build, &compiler, &runtime)?);
    if let Some(built) = read_manifest(&place) {
        return Ok(built);
    }
    cache::sweep(&folder);
    if build == Build::Checked {
        expect_reports(&folder, &compiler, &runtime)?;
    }
    let error = |error| Error::new(format!("error: can't write in {}: {error}", place.display()));
    fs::create_dir_all(&place).map_err(error)?;
    let new = tempfile::tempdir_in(&place).map_err(error)?;
    let mut task = Task::new(spec, build, compiler, runtime, new);
    let mut built = task.run(&files)?;
    let read = task.files_read();
    let hash = Hash::of_file(&built.object).unwrap_or_default();
    let object = place.join(format!("{hash}.so"));
    fs::rename(&built.object, &object).map_err(error)?;
    built.object = object;
    write_manifest(&place, &built, &read).map_err(error)?;
    Ok(built)
}

/// Checks once that this compiler reports every access.
fn expect_reports(folder: &Path, compiler: &Compiler, runtime: &Runtime) -> Result<(), Error> {
    let mut hash = Hash::default();
    hash.add(compiler.describe()?.as_bytes());
    hash.add(runtime.hash.as_bytes());
    let passed = folder.join(format!("reports-{}", hash.end()));
    if passed.is_file() {
        return Ok(());
    }
    let error = |error| Error::new(format!("error: can't write in {}: {error}", folder.display()));
    let new = tempfile::tempdir_in(folder).map_err(error)?;
    self_test::run(compiler, runtime, new.path())?;
    cache::write(&passed, "the self-test of the reports passed\n").map_err(error)
}

/// Returns the name of the folder for heaps that differ in nothing but what is in the files.
fn key(
    spec: &Spec,
    files: &[PathBuf],
    build: Build,
    compiler: &Compiler,
    runtime: &Runtime,
) -> Result<String, Error> {
    let mut hash = Hash::default();
    hash.add(env!("CARGO_PKG_VERSION").as_bytes());
    hash.add(compiler.describe()?.as_bytes());
    hash.add(runtime.hash.as_bytes());
    hash.add(format!("{build:?} {:?}", spec.family.map(|family| family.name)).as_bytes());
    let here = env::current_dir().map_err(Error::new)?;
    hash.add(here.as_os_str().as_encoded_bytes());
    for file in files {
        hash.add(file.as_os_str().as_encoded_bytes());
    }
    Ok(hash.end())
}
