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

/// Flags for the linker of a program: its addresses are those of the file.
pub(crate) const PROGRAM_LINK: &[&str] = &[
    "-no-pie",
    "-Wl,-z,now",
    "-Wl,-z,relro",
    "-Wl,--build-id=none",
    "-Wl,-z,noexecstack",
    "-Wl,--no-warn-execstack",
];

/// Returns the flags for the linker that send calls of the C library to the runtime.
pub(crate) fn wrapped(build: Build) -> Vec<String> {
    let reported: &[&str] = if build == Build::Checked { &access::WRAPPED } else { &[] };
    let wrapped = crash::WRAPPED.iter().chain(reported);
    wrapped.map(|name| format!("-Wl,--wrap={name}")).collect()
}

/// The compiler that `CC` names, or `cc`, with the flags of `CFLAGS` and of the heap's name.
pub(crate) struct Compiler {
    words: Vec<String>,
    flags: Vec<String>,
    /// Whether a file is in C++: then its library is linked.
    pub(crate) takes_cpp: bool,
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
            takes_cpp: false,
        })
    }

    /// Returns whether it compiles for 32-bit processors: the last of -m32 and -m64 counts.
    pub(crate) fn is_for_32_bits(&self) -> bool {
        let all = self.words.iter().chain(&self.flags);
        all.rev()
            .find(|word| matches!(&***word, "-m32" | "-m64"))
            .is_some_and(|word| word == "-m32")
    }

    /// Expects that it is gcc or clang: others are asked for what they can't do.
    ///
    /// # Errors
    /// If it is another compiler.
    pub(crate) fn expect_known(&self) -> Result<(), Error> {
        let macros = output(self.command().args(["-E", "-dM", "-x", "c", "/dev/null"]))?;
        let macros = String::from_utf8_lossy(&macros.stdout);
        // clang defines the macro too.
        if macros.contains("#define __GNUC__ ") && !macros.contains("__TINYC__") {
            return Ok(());
        }
        Err(Error::new(format!(
            "error: the C compiler `{}` is neither gcc nor clang\n\
             help: heaps in C are compiled by one of them; leave CC unset, or name one: CC=clang \
             heaplab ...",
            self.name()
        )))
    }

    /// Expects that programs for 32-bit processors can be made here.
    ///
    /// # Errors
    /// If not, with what is to be installed.
    pub(crate) fn expect_32_bits(&self, folder: &Path) -> Result<(), Error> {
        const PROGRAM: &str = "#include <stdio.h>\nint main(void) { return puts(\"\") < 0; }\n";
        let (source, program) = (folder.join("32.c"), folder.join("32"));
        std::fs::write(&source, PROGRAM).map_err(Error::new)?;
        let made = output(self.command().arg("-m32").arg(&source).arg("-o").arg(&program))?;
        if made.status.success() {
            return Ok(());
        }
        let printed = String::from_utf8_lossy(&made.stderr);
        let name = self.name();
        Err(Error::new(format!(
            "error: {name} can't make programs with -m32 here\n\n{}\n\n\
             help: install the C library for 32-bit programs: on Debian and Ubuntu \
             `apt install gcc-multilib`, on Fedora `dnf install glibc-devel.i686 libgcc.i686`, on \
             Arch `pacman -S lib32-glibc lib32-gcc-libs`; or leave out -m32",
            printed.trim_end()
        )))
    }

    /// Returns the flags for the word size, in front of the user's own.
    fn word_flags(&self) -> &'static [&'static str] {
        // A program has fixed addresses, and needs no code that finds out its own.
        if self.is_for_32_bits() { &["-m32", "-fno-pie"] } else { &[] }
    }

    /// Returns the flags of the checked build.
    fn checked_flags(&self) -> Result<Vec<&'static str>, Error> {
        // clang has the reports for every processor, but no library for this one.
        let version = self.version()?;
        let is_hidden = self.is_for_32_bits() && version.contains("clang");
        let hidden: &[&str] = if is_hidden { &["-Xclang"] } else { &[] };
        Ok([hidden, &access::CHECKED_FLAGS, access::flags_of_clang(&version)].concat())
    }

    /// Returns what the compiler says of itself: `gcc (Debian 12.2.0-14) 12.2.0`.
    fn version(&self) -> Result<String, Error> {
        static VERSIONS: Mutex<BTreeMap<String, String>> = Mutex::new(BTreeMap::new());
        let mut versions = VERSIONS.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = versions.get(&self.name()) {
            return Ok(known.clone());
        }
        let asked = output(self.command().arg("--version"))?;
        let version = String::from_utf8_lossy(&asked.stdout);
        let version = version.lines().next().unwrap_or_default().to_owned();
        versions.insert(self.name(), version.clone());
        Ok(version)
    }

    /// What the compiler is, and how it is called: an object of another one is not taken from the
    /// cache.
    pub(crate) fn describe(&self) -> Result<String, Error> {
        let (version, checked) = (self.version()?, self.checked_flags()?);
        let ours = [FLAGS, UNWIND, LINK, &checked, &access::WRAPPED, &crash::WRAPPED];
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
        command.args(FLAGS).args(UNWIND).args(self.word_flags()).args(&self.flags);
        if build == Build::Checked {
            command.args(self.checked_flags()?);
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
        let mut command = self.command_of_runtime();
        command.arg(format!("-DHEAPLAB_SBRK_INCREMENT={sbrk_increment}"));
        if build == Build::Checked {
            command.arg("-DHEAPLAB_CHECKED");
        }
        output(command.arg("-c").arg(&runtime.source).arg("-o").arg(to))
    }

    /// Compiles the `main` of a program; `names` tell it the functions.
    pub(crate) fn compile_runner(
        &self,
        runtime: &Runtime,
        names: &[String],
        to: &Path,
    ) -> Result<Output, Error> {
        let source = runtime.source.with_file_name("runner.c");
        output(self.command_of_runtime().args(names).arg("-c").arg(source).arg("-o").arg(to))
    }

    fn command_of_runtime(&self) -> Command {
        let mut command = self.command();
        command.args(["-std=gnu17", "-g", "-O2", "-fPIC", "-fno-builtin"]);
        command.args(UNWIND).args(self.word_flags());
        if self.is_for_32_bits() {
            command.arg("-DHEAPLAB_LOCAL");
        }
        command
    }

    /// Links objects to a shared object; for 32-bit processors, to a program. `aliases` are new
    /// names, each with the one that it stands for.
    pub(crate) fn link(
        &self,
        build: Build,
        objects: &[impl AsRef<OsStr>],
        aliases: &[(String, String)],
        to: &Path,
    ) -> Result<Output, Error> {
        let mut command = self.command();
        let for_link = if self.is_for_32_bits() { PROGRAM_LINK } else { LINK };
        command.args(self.word_flags()).args(for_link).args(objects).args(&self.flags);
        for (new, old) in aliases {
            command.arg(format!("-Wl,--defsym={new}={old}"));
        }
        // A shared object that was named is found where it is.
        let ready = objects.iter().filter(|one| is_shared_object(&one.as_ref().to_string_lossy()));
        let folders = ready.filter_map(|object| Path::new(object).parent());
        command.args(folders.map(|folder| format!("-Wl,-rpath,{}", folder.display())));
        command.args(wrapped(build));
        if self.takes_cpp {
            command.arg("-lstdc++");
        }
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
