//! How one object is made of the files of a heap: which are compiled, and how they are linked.

use crate::built::Built;
use crate::cache::Hash;
use crate::compiler::{Build, Compiler};
use crate::interface::Interface;
use crate::printed::{conflicts, narrowed_pointers, prerequisites};
use crate::program::runner_names;
use crate::remarks::{remarks, without_interface};
use crate::runtime::Runtime;
use crate::source::{Spec, beside, is_cpp, is_shared_object};
use crate::symbols::{Symbols, expect_word_size};
use crate::text::{defines, prototype};
use heaplab_support::Error;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;
use tempfile::TempDir;

/// One object that is being made.
pub(crate) struct Task<'a> {
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

impl<'a> Task<'a> {
    /// Returns a task that has done nothing yet; `new` is a folder for what is made.
    pub(crate) fn new(
        spec: &'a Spec,
        build: Build,
        compiler: Compiler,
        runtime: Runtime,
        new: TempDir,
    ) -> Task<'a> {
        Task { spec, build, compiler, runtime, new, sources: Vec::new(), printed: String::new() }
    }

    /// Compiles these files, and the runtime, to one object.
    ///
    /// # Errors
    /// With what the compiler printed.
    pub(crate) fn run(&mut self, files: &[PathBuf]) -> Result<Built, Error> {
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
        let interface = interface.ok_or_else(|| without_interface(self.spec, &symbols.defined))?;
        if self.compiler.is_for_32_bits() {
            self.add_runner(&interface)?;
        }
        let object = self.new.path().join("heap.so");
        let objects: Vec<PathBuf> =
            (0..self.sources.len()).map(|index| self.linked(index)).collect();
        let linked =
            self.compiler.link(self.build, &objects, &symbols.aliases(&runtime), &object)?;
        self.expect(linked, "link", files)?;
        Ok(Built {
            object,
            is_program: self.compiler.is_for_32_bits(),
            ready: self.ready(),
            remarks: remarks(&interface, &symbols, self.ready().is_some(), &self.narrowed()),
            interface,
            warnings: self.printed.clone(),
        })
    }

    /// Compiles a file, and returns its names.
    fn add(&mut self, file: &Path) -> Result<Symbols, Error> {
        let object = self.object(self.sources.len());
        if is_shared_object(&file.to_string_lossy()) {
            expect_word_size(file, self.compiler.is_for_32_bits())?;
            self.sources.push(file.canonicalize().map_err(Error::new)?);
            return Symbols::of_file(file);
        }
        let compiled = self.compile(file, &object)?;
        self.expect(compiled, "compile", &[file.to_owned()])?;
        if !object.is_file() {
            self.compiler.expect_known()?;
        }
        self.compiler.takes_cpp |= is_cpp(file);
        self.sources.push(file.to_owned());
        Symbols::of_file(&object)
    }

    /// Compiles a file; again without those declarations of the lab's headers that the file makes
    /// in another way, as with `mm_malloc(unsigned)`.
    fn compile(&mut self, file: &Path, object: &Path) -> Result<Output, Error> {
        loop {
            let compiled = self.compiler.compile(self.build, &self.runtime, file, object)?;
            let printed = String::from_utf8_lossy(&compiled.stderr);
            let own = conflicts(&printed, &self.runtime.headers.display().to_string());
            let flags = own.iter().map(|name| format!("-DHEAPLAB_OWN_{name}"));
            if compiled.status.success() || !self.compiler.add_flags(flags) {
                return Ok(compiled);
            }
        }
    }

    fn add_runtime(&mut self, text: &str) -> Result<Symbols, Error> {
        let object = self.object(self.sources.len());
        let is_int = prototype(text, "mem_sbrk").is_some_and(|found| {
            let mut words = found.parameters.split(' ');
            matches!((words.next(), words.next()), (Some("int"), _) | (Some("signed"), Some("int")))
        });
        let increment = if is_int { "int" } else { "intptr_t" };
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

    /// Compiles the `main` of a program for these functions.
    fn add_runner(&mut self, interface: &Interface) -> Result<(), Error> {
        let object = self.object(self.sources.len());
        let names = runner_names(interface);
        let compiled = self.compiler.compile_runner(&self.runtime, &names, &object)?;
        let source = self.runtime.source.with_file_name("runner.c");
        self.expect(compiled, "compile", std::slice::from_ref(&source))?;
        self.sources.push(source);
        Ok(())
    }

    /// Returns where the files keep a pointer in a narrower integer, in the compiler's words.
    fn narrowed(&self) -> Vec<String> {
        if self.compiler.is_for_32_bits() { Vec::new() } else { narrowed_pointers(&self.printed) }
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
        self.compiler.expect_known()?;
        if self.compiler.is_for_32_bits() {
            self.compiler.expect_32_bits(self.new.path())?;
        }
        let mut message = format!("error: {compiler} can't {what} {}", files.join(" and "));
        let _ = write!(message, "\n\n{}{}", self.printed, printed.trim_end());
        if what == "link" && printed.contains("undefined reference") {
            message += "\n\nhelp: the lab has the functions of memlib.h; other files are named \
                        with a comma: --heap ./mm.c,./list.c";
        }
        Err(Error::new(message))
    }

    /// Returns all files that were read to compile the sources.
    pub(crate) fn files_read(&self) -> Vec<PathBuf> {
        let mut read = self.sources.clone();
        for index in 0..self.sources.len() {
            let rule = fs::read_to_string(self.object(index).with_extension("d"));
            read.extend(prerequisites(&rule.unwrap_or_default()));
        }
        read.sort();
        read.dedup();
        read
    }
}
