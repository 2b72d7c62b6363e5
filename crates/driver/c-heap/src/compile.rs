//! Compiles the files of a heap to a shared object, once for each content.

use crate::built::Built;
use crate::cache::{self, Hash};
use crate::compiler::{Build, Compiler};
use crate::interface::{FAMILIES, Interface};
use crate::manifest::{read_manifest, write_manifest};
use crate::runtime::Runtime;
use crate::self_test;
use crate::source::{Spec, beside, is_shared_object};
use crate::symbols::Symbols;
use crate::text::{defines, prototype};
use heaplab_support::Error;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::{env, fs};
use tempfile::TempDir;

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
    let mut task =
        Task { spec, build, compiler, runtime, new, sources: Vec::new(), printed: String::new() };
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

/// One object that is being made.
struct Task<'a> {
    spec: &'a Spec,
    build: Build,
    compiler: Compiler,
    runtime: Runtime,
    /// The folder for what is made.
    new: TempDir,
    /// The files that are part of it.
    sources: Vec<PathBuf>,
    /// What the compiler printed.
    printed: String,
}

impl Task<'_> {
    fn run(&mut self, files: &[PathBuf]) -> Result<Built, Error> {
        let mut symbols = Symbols::default();
        let mut text = String::new();
        for file in files {
            symbols.add(self.add(file)?);
            if !is_shared_object(&file.to_string_lossy()) {
                text += &self.compiler.preprocess(&self.runtime, file)?;
            }
        }
        let runtime = self.add_runtime(&text)?;
        self.add_needed(files, &mut symbols, &runtime)?;
        let interface = Interface::find(self.spec.family, &symbols.defined, &symbols.needed, &text);
        let interface = interface.ok_or_else(|| self.without_interface(&symbols.defined))?;
        let object = self.new.path().join("heap.so");
        let objects: Vec<PathBuf> =
            (0..self.sources.len()).map(|index| self.linked(index)).collect();
        let linked = self.compiler.link(self.build, &objects, &object)?;
        self.expect(linked, "link", files)?;
        Ok(Built {
            object,
            ready: self.ready(),
            remarks: remarks(&interface, &symbols, self.ready().is_some()),
            interface,
            warnings: self.printed.clone(),
        })
    }

    /// Compiles a file, and returns its names.
    fn add(&mut self, file: &Path) -> Result<Symbols, Error> {
        let object = self.object(self.sources.len());
        if is_shared_object(&file.to_string_lossy()) {
            self.sources.push(file.canonicalize().map_err(Error::new)?);
            return Symbols::of_file(file);
        }
        let compiled = self.compiler.compile(self.build, &self.runtime, file, &object)?;
        self.expect(compiled, "compile", &[file.to_owned()])?;
        self.sources.push(file.to_owned());
        Symbols::of_file(&object)
    }

    fn add_runtime(&mut self, text: &str) -> Result<Symbols, Error> {
        let object = self.object(self.sources.len());
        let is_int = prototype(text, "mem_sbrk").is_some_and(|found| {
            let mut words = found.parameters.split(' ');
            matches!((words.next(), words.next()), (Some("int"), _) | (Some("signed"), Some("int")))
        });
        let increment = if is_int { "int" } else { "int64_t" };
        // It is the same for all heaps, so it is compiled once.
        let mut hash = Hash::default();
        hash.add(self.compiler.describe()?.as_bytes());
        hash.add(format!("{:?} {increment}", self.build).as_bytes());
        let kept = self.runtime.source.with_file_name(format!("{}.o", hash.end()));
        if !kept.is_file() {
            let compiled =
                self.compiler.compile_runtime(self.build, &self.runtime, increment, &object)?;
            let source = self.runtime.source.clone();
            self.expect(compiled, "compile", std::slice::from_ref(&source))?;
            fs::rename(&object, &kept).map_err(Error::new)?;
        }
        fs::hard_link(&kept, &object)
            .or_else(|_| fs::copy(&kept, &object).map(drop))
            .map_err(Error::new)?;
        self.sources.push(self.runtime.source.clone());
        Symbols::of_file(&object)
    }

    /// Adds files that define what is still open, from beside the first file, and what they need.
    fn add_needed(
        &mut self,
        files: &[PathBuf],
        symbols: &mut Symbols,
        runtime: &Symbols,
    ) -> Result<(), Error> {
        let mut candidates = files.first().map_or(Vec::new(), |file| beside(file));
        candidates.retain(|candidate| !files.contains(candidate));
        while let Some(needed) = candidates.iter().position(|candidate| {
            let text = fs::read(candidate).unwrap_or_default();
            let text = String::from_utf8_lossy(&text);
            let open = symbols.open();
            let mut open = open.iter().filter(|name| !runtime.defined.contains(name));
            open.any(|name| defines(&text, name))
        }) {
            let file = candidates.swap_remove(needed);
            symbols.add(self.add(&file)?);
        }
        Ok(())
    }

    /// Returns where the object of the source with this index is.
    fn object(&self, index: usize) -> PathBuf {
        self.new.path().join(format!("{index}.o"))
    }

    /// Returns what the linker gets of the source with this index.
    fn linked(&self, index: usize) -> PathBuf {
        let source = &self.sources[index];
        if is_shared_object(&source.to_string_lossy()) {
            source.clone()
        } else {
            self.object(index)
        }
    }

    /// Returns the shared object that was named, if one was.
    fn ready(&self) -> Option<PathBuf> {
        let mut sources = self.sources.iter();
        sources.find(|source| is_shared_object(&source.to_string_lossy())).cloned()
    }

    /// Keeps what the compiler printed; an error if it failed.
    fn expect(&mut self, output: Output, what: &str, files: &[PathBuf]) -> Result<(), Error> {
        let printed = String::from_utf8_lossy(&output.stderr);
        if output.status.success() {
            self.printed += &printed;
            return Ok(());
        }
        let files: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
        let compiler = self.compiler.name();
        let mut message = format!("error: {compiler} can't {what} {}", files.join(" and "));
        let _ = write!(message, "\n\n{}{}", self.printed, printed.trim_end());
        if what == "link" && printed.contains("undefined reference") {
            message += "\n\nhelp: the lab has the functions of memlib.h; other files are named \
                        with a comma: --heap ./mm.c,./list.c";
        }
        Err(Error::new(message))
    }

    /// Returns all files that were read to compile the sources.
    fn files_read(&self) -> Vec<PathBuf> {
        let mut read = self.sources.clone();
        for index in 0..self.sources.len() {
            let rule = fs::read_to_string(self.object(index).with_extension("d"));
            read.extend(prerequisites(&rule.unwrap_or_default()));
        }
        read.sort();
        read.dedup();
        read
    }

    fn without_interface(&self, defined: &[String]) -> Error {
        let files: Vec<String> =
            self.spec.paths.iter().map(|path| path.display().to_string()).collect();
        let mut defined: Vec<&str> =
            defined.iter().map(String::as_str).filter(|name| !name.starts_with('_')).collect();
        defined.truncate(12);
        let has = match &*defined {
            [] => "nothing that others can call".to_owned(),
            some => some.join(", "),
        };
        let files = files.join(" and ");
        let mut message = match self.spec.family {
            Some(family) => format!(
                "error: {files} does not define {} and {}, as the interface `{}` asks; it defines {has}",
                family.malloc, family.free, family.name
            ),
            None => format!("error: {files} defines no interface that is known; it defines {has}"),
        };
        message += "\nhelp: a heap in C defines the functions of one of these interfaces:";
        for family in &FAMILIES {
            let (init, malloc, free) = (family.init, family.malloc, family.free);
            let init = if family.name == "malloc" { String::new() } else { format!("{init}, ") };
            let _ = write!(message, "\n  {:<10} {init}{malloc}, {free}", family.name);
        }
        message += "\nhelp: a malloc of programs is compiled to a library, for `compare`: \
                    cc -O2 -shared -fPIC -o libmine.so mine.c";
        Error::new(message)
    }
}

/// Functions of the C library that read or write memory for their caller, and are not reported.
const UNSEEN: [&str; 12] = [
    "qsort",
    "qsort_r",
    "bsearch",
    "sprintf",
    "snprintf",
    "vsprintf",
    "vsnprintf",
    "strdup",
    "strtok",
    "memccpy",
    "strncasecmp",
    "wmemset",
];

/// Returns what the user should know about a heap that compiles.
fn remarks(interface: &Interface, symbols: &Symbols, is_ready: bool) -> Vec<String> {
    let mut remarks = Vec::new();
    if is_ready {
        remarks.push(
            "it is compiled already: its loads and stores are neither checked nor counted"
                .to_owned(),
        );
    }
    let open = symbols.open();
    let of_the_library: Vec<&str> = ["malloc", "calloc", "realloc", "free", "sbrk", "mmap"]
        .into_iter()
        .filter(|name| open.iter().any(|one| one == name))
        .collect();
    if !of_the_library.is_empty() {
        remarks.push(format!(
            "it calls the C library's {}: that memory is not the lab's, and is not measured",
            of_the_library.join(", ")
        ));
    }
    let unseen: Vec<&str> =
        UNSEEN.into_iter().filter(|name| open.iter().any(|one| one == name)).collect();
    if !unseen.is_empty() {
        remarks.push(format!(
            "it calls {}: what the C library reads and writes there is not seen by checked runs",
            unseen.join(", ")
        ));
    }
    if !interface.has_realloc {
        remarks.push(format!(
            "it has no {}: traces that resize blocks fail",
            interface.family.realloc
        ));
    }
    remarks
}

/// Returns the files that a rule for make names behind its colon.
fn prerequisites(rule: &str) -> Vec<PathBuf> {
    let joined = rule.replace("\\\n", " ");
    let Some((_, files)) = joined.split_once(": ") else { return Vec::new() };
    let mut all = vec![String::new()];
    let mut chars = files.chars();
    while let Some(one) = chars.next() {
        match one {
            '\\' => all.last_mut().into_iter().for_each(|last| last.extend(chars.next())),
            one if one.is_whitespace() => all.push(String::new()),
            one => all.last_mut().into_iter().for_each(|last| last.push(one)),
        }
    }
    all.into_iter().filter(|file| !file.is_empty()).map(PathBuf::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_of_a_rule_are_read() {
        let rule = "0.o: ./mm.c \\\n mm.h my\\ lab/memlib.h\n";
        let files = ["./mm.c", "mm.h", "my lab/memlib.h"].map(PathBuf::from);
        assert_eq!(prerequisites(rule), files);
        assert!(prerequisites("").is_empty());
    }
}
