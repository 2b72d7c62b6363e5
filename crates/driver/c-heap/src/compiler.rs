//! The system's compiler, and how it is called.

use crate::runtime::Runtime;
use crate::source::is_shared_object;
use crate::{access, crash};
use heaplab_support::Error;
use std::collections::BTreeMap;
use std::env;
use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::{Mutex, PoisonError};

/// Which of the two objects is made of a heap's files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Build {
    /// As a program has it: for timed runs.
    Plain,
    /// Instrumented, so that each load and store is reported: for checked and counted runs.
    Checked,
}

/// Flags for the files of a heap, in front of the user's own. A file may define `malloc` and
/// `calloc`: the compiler must not make a `calloc` that calls itself of a malloc that is cleared.
pub(crate) const FLAGS: &[&str] = &[
    "-g",
    "-O2",
    "-fPIC",
    "-DDRIVER",
    "-fno-builtin-malloc",
    "-fno-builtin-calloc",
    "-fno-builtin-realloc",
    "-fno-builtin-free",
];

/// A probe unwinds through C code to keep an access from happening.
pub(crate) const UNWIND: &[&str] = &["-fexceptions", "-fasynchronous-unwind-tables"];

/// Flags for the shared object. A function of the files is called by them even if the C library
/// has one of this name; everything is bound when the object is loaded; what is missing is an
/// error of the linker, with the line that needs it.
const LINK: &[&str] = &[
    "-shared",
    "-Wl,--no-as-needed",
    "-Wl,-Bsymbolic",
    "-Wl,-z,now",
    "-Wl,-z,relro",
    "-Wl,-z,defs",
    "-Wl,--build-id=none",
];

/// The compiler that `CC` names, or `cc`, with the flags of `CFLAGS` and of the heap's name.
pub(crate) struct Compiler {
    words: Vec<String>,
    flags: Vec<String>,
}

impl Compiler {
    /// Returns the compiler that the environment asks for.
    ///
    /// # Errors
    /// If `CC` or `CFLAGS` can't be read.
    pub(crate) fn of_environment(flags: &[String]) -> Result<Compiler, Error> {
        let words = words_of("CC")?;
        Ok(Compiler {
            words: if words.is_empty() { vec!["cc".to_owned()] } else { words },
            flags: [&*words_of("CFLAGS")?, flags].concat(),
        })
    }

    /// What the compiler is, and how it is called: an object of another one is not taken from the
    /// cache.
    pub(crate) fn describe(&self) -> Result<String, Error> {
        static VERSIONS: Mutex<BTreeMap<String, String>> = Mutex::new(BTreeMap::new());
        let mut versions = VERSIONS.lock().unwrap_or_else(PoisonError::into_inner);
        let version = match versions.get(&self.name()) {
            Some(known) => known.clone(),
            None => {
                let asked = output(self.command().arg("--version"))?;
                let version = String::from_utf8_lossy(&asked.stdout);
                let version = version.lines().next().unwrap_or_default().to_owned();
                versions.insert(self.name(), version.clone());
                version
            }
        };
        let ours = [FLAGS, UNWIND, LINK, &access::CHECKED_FLAGS, &access::WRAPPED, &crash::WRAPPED];
        Ok(format!("{:?} {:?} {ours:?} {version}", self.words, self.flags))
    }

    /// The compiler's name, for messages.
    pub(crate) fn name(&self) -> String {
        self.words.join(" ")
    }

    /// Adds flags for all files. Returns whether one of them is new.
    pub(crate) fn add_flags(&mut self, flags: impl Iterator<Item = String>) -> bool {
        let before = self.flags.len();
        for flag in flags {
            if !self.flags.contains(&flag) {
                self.flags.push(flag);
            }
        }
        self.flags.len() > before
    }

    /// Compiles one of the heap's files, and writes which files it includes.
    pub(crate) fn compile(
        &self,
        build: Build,
        runtime: &Runtime,
        file: &Path,
        to: &Path,
    ) -> Result<Output, Error> {
        let mut command = self.command();
        command.args(FLAGS).args(UNWIND).args(&self.flags);
        if build == Build::Checked {
            command.args(access::CHECKED_FLAGS);
        }
        // The course's headers come first, ours where there are none.
        command.arg("-idirafter").arg(&runtime.headers);
        command.arg("-MMD").arg("-MF").arg(to.with_extension("d"));
        output(command.arg("-c").arg(file).arg("-o").arg(to))
    }

    /// Returns the text of a file as the compiler sees it.
    pub(crate) fn preprocess(&self, runtime: &Runtime, file: &Path) -> Result<String, Error> {
        let mut command = self.command();
        command.args(FLAGS).args(&self.flags).arg("-idirafter").arg(&runtime.headers);
        let text = output(command.arg("-E").arg(file))?;
        Ok(String::from_utf8_lossy(&text.stdout).into_owned())
    }

    /// Compiles the runtime.
    pub(crate) fn compile_runtime(
        &self,
        build: Build,
        runtime: &Runtime,
        sbrk_increment: &str,
        to: &Path,
    ) -> Result<Output, Error> {
        let mut command = self.command();
        command.args(["-g", "-O2", "-fPIC", "-fno-builtin"]).args(UNWIND);
        command.arg(format!("-DHEAPLAB_SBRK_INCREMENT={sbrk_increment}"));
        if build == Build::Checked {
            command.arg("-DHEAPLAB_CHECKED");
        }
        output(command.arg("-c").arg(&runtime.source).arg("-o").arg(to))
    }

    /// Links objects to a shared object.
    pub(crate) fn link(
        &self,
        build: Build,
        objects: &[impl AsRef<OsStr>],
        to: &Path,
    ) -> Result<Output, Error> {
        let mut command = self.command();
        command.args(LINK).args(objects).args(&self.flags);
        // A shared object that was named is found where it is.
        let ready = objects.iter().filter(|one| is_shared_object(&one.as_ref().to_string_lossy()));
        let folders = ready.filter_map(|object| Path::new(object).parent());
        command.args(folders.map(|folder| format!("-Wl,-rpath,{}", folder.display())));
        let reported: &[&str] = if build == Build::Checked { &access::WRAPPED } else { &[] };
        let wrapped = crash::WRAPPED.iter().chain(reported);
        command.args(wrapped.map(|name| format!("-Wl,--wrap={name}")));
        output(command.args(["-lm", "-o"]).arg(to))
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.words[0]);
        command.args(&self.words[1..]);
        command
    }
}

/// Returns the words of a variable of the environment.
fn words_of(variable: &str) -> Result<Vec<String>, Error> {
    let text = env::var(variable).unwrap_or_default();
    shlex::split(&text).ok_or_else(|| {
        Error::new(format!("error: in {variable}, a quote does not end: {text}\nhelp: set it anew"))
    })
}

fn output(command: &mut Command) -> Result<Output, Error> {
    let name = command.get_program().to_string_lossy().into_owned();
    command.stdin(Stdio::null()).output().map_err(|error| {
        Error::new(format!(
            "error: can't run the C compiler `{name}`: {error}\n\
             help: install gcc or clang, or name one: CC=clang heaplab ..."
        ))
    })
}
