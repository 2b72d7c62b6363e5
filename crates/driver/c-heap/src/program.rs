//! How a submission in C becomes two programs: the arguments of the compiler for each step, which
//! a grader runs in a sandbox, and what is in an object file.
//!
//! ```text
//!   mm.c  -- preprocess -->  mm.i  -- compile -->  plain.o, checked.o
//!   runtime.c, runner.c            -- compile -->  one of each for both
//!                                  -- link ----->  plain, checked
//!   timed.h in runner.c            -- compile, link with plain.o -->  timed
//! ```
//!
//! Both programs are made of the same preprocessed text, so the file can't see for which of the
//! two it is compiled.

use crate::cache::Hash;
use crate::compiler::{Build, FLAGS, PROGRAM_LINK, UNWIND, wrapped};
use crate::interface::{Interface, MM_BLOCKS, MM_FREE_LISTS, Returns};
use crate::runtime::FILES;
use crate::symbols::Symbols;
use crate::text::prototype;
use crate::wrapped::NOT_HARDENED;
use crate::{Family, access};
use heaplab_support::Error;
use object::{Object, ObjectSection, ObjectSymbol, SectionFlags, SectionKind, SymbolKind};

/// The folder of the runtime's files, below the folder in which the compiler works.
pub const RUNTIME_FOLDER: &str = "c-heaps/runtime-c";

/// Returns the runtime's files: their names below [`RUNTIME_FOLDER`], and their texts.
pub fn runtime_files() -> &'static [(&'static str, &'static str)] {
    FILES
}

/// Returns a hash of everything here that a program is built from.
pub fn runtime_hash() -> String {
    let mut hash = Hash::default();
    for (name, text) in FILES {
        hash.add(name.as_bytes());
        hash.add(text.as_bytes());
    }
    hash.end()
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}

/// Where the folder in which the compiler works is named in lines: nowhere, because its name is
/// chance.
fn without_folder(folder: &str) -> String {
    format!("-fdebug-prefix-map={folder}=.")
}

/// Returns the arguments that write the preprocessed text of a file. The lab's own headers are
/// beside the file; those of the runtime serve where the lab has none.
pub fn preprocess(flags: &[String], file: &str, to: &str) -> Vec<String> {
    let headers = format!("{RUNTIME_FOLDER}/headers");
    let ours = words(&[NOT_HARDENED, "-idirafter", &headers, "-E", file, "-o", to]);
    [words(FLAGS), flags.to_vec(), ours].concat()
}

/// Returns the arguments that compile preprocessed text in this folder; `version` is what the
/// compiler says of itself.
pub fn compile(
    build: Build,
    version: &str,
    flags: &[String],
    folder: &str,
    text: &str,
    to: &str,
) -> Vec<String> {
    let mut all = [words(FLAGS), flags.to_vec(), words(UNWIND)].concat();
    if build == Build::Checked {
        all.extend(words(&access::CHECKED_FLAGS));
        all.extend(words(access::flags_of_clang(version)));
    }
    all.push(without_folder(folder));
    [all, words(&["-x", "cpp-output", "-c", text, "-o", to])].concat()
}

/// Returns the arguments that compile the runtime; `text` is the preprocessed text, which says what
/// the file takes `mem_sbrk` to take.
pub fn compile_runtime(build: Build, folder: &str, text: &str, to: &str) -> Vec<String> {
    let is_int = prototype(text, "mem_sbrk").is_some_and(|found| {
        let mut words = found.parameters.split(' ');
        matches!((words.next(), words.next()), (Some("int"), _) | (Some("signed"), Some("int")))
    });
    let mut all = words(&["-std=gnu17", "-g", "-O2", "-fPIC", "-fno-builtin"]);
    all.extend(words(UNWIND));
    all.push(without_folder(folder));
    all.push(format!("-DHEAPLAB_SBRK_INCREMENT={}", if is_int { "int" } else { "int64_t" }));
    if build == Build::Checked {
        all.push("-DHEAPLAB_CHECKED".to_owned());
    }
    let source = format!("{RUNTIME_FOLDER}/runtime.c");
    [all, words(&["-c", &source, "-o", to])].concat()
}

/// What the `main` of a program does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Runner {
    /// One call after the other, as it is asked to.
    OneByOne,
    /// A whole trace at once: [`TimedProgram`](crate::TimedProgram) asks for it.
    WholeTrace,
}

/// Returns the arguments that compile the program's `main` for the functions of an interface.
pub fn compile_runner(
    runner: Runner,
    interface: &Interface,
    folder: &str,
    to: &str,
) -> Vec<String> {
    let mut all = words(&["-std=gnu17", "-g", "-O2", "-fPIC", "-fno-builtin"]);
    all.extend(words(UNWIND));
    all.push(without_folder(folder));
    if runner == Runner::WholeTrace {
        all.push("-DHEAPLAB_TIMED".to_owned());
    }
    all.extend(runner_names(interface));
    let source = format!("{RUNTIME_FOLDER}/runner.c");
    [all, words(&["-c", &source, "-o", to])].concat()
}

/// Returns the arguments that tell `runner.c` the names of an interface's functions.
pub(crate) fn runner_names(interface: &Interface) -> Vec<String> {
    let family = interface.family;
    let names = [
        ("MALLOC", Some(family.malloc)),
        ("FREE", Some(family.free)),
        ("INIT", interface.init.map(|_| family.init)),
        ("REALLOC", interface.has_realloc.then_some(family.realloc)),
        ("CALLOC", interface.has_calloc.then_some(family.calloc)),
        ("CHECK", interface.check.map(|(name, _)| name)),
        ("BLOCKS", interface.has_blocks.then_some(MM_BLOCKS)),
        ("LISTS", interface.has_free_lists.then_some(MM_FREE_LISTS)),
    ];
    let names = names.into_iter().filter_map(|(of, name)| Some((of, name?)));
    names.map(|(of, name)| format!("-DHEAPLAB_{of}={name}")).collect()
}

/// Returns the arguments that link objects to a program.
pub fn link(build: Build, objects: &[&str], to: &str) -> Vec<String> {
    let mut all = words(objects);
    all.extend(words(PROGRAM_LINK));
    all.extend(wrapped(build));
    [all, words(&["-lm", "-o", to])].concat()
}

/// What an object file has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Examined {
    /// The functions and variables that it defines for others.
    pub defined: Vec<String>,
    /// Those that it needs of others, in order.
    pub needed: Vec<String>,
    /// Its variables, local ones too, and their bytes; constants are not among them.
    pub variables: Vec<(String, u64)>,
    /// The bytes of all variables together, padding included.
    pub variable_bytes: u64,
    /// What of it would run before `main`, in words.
    pub runs_early: Option<&'static str>,
}

impl Examined {
    /// Examines the bytes of an object file.
    ///
    /// # Errors
    /// If they are not one.
    pub fn of(bytes: &[u8]) -> Result<Examined, Error> {
        let wrong = |error: object::Error| {
            Error::new(format!("error: the compiler's output is not an object file: {error}"))
        };
        let file = object::File::parse(bytes).map_err(wrong)?;
        let mut examined = Examined::default();
        let symbols = Symbols::of_bytes(bytes).map_err(wrong)?;
        examined.needed = symbols.open();
        examined.defined = symbols.defined;
        for section in file.sections() {
            let name = section.name().unwrap_or_default();
            if EARLY.iter().any(|early| name.starts_with(early)) {
                examined.runs_early = Some("a constructor or a destructor");
            }
            if is_of_variables(&section) {
                examined.variable_bytes += section.size();
            }
        }
        for symbol in file.symbols() {
            let name = symbol.name().unwrap_or_default().to_owned();
            const IFUNC: u8 = 10;
            if let object::SymbolFlags::Elf { st_info, .. } = symbol.flags()
                && st_info & 0xf == IFUNC
            {
                examined.runs_early = Some("a function that is chosen when the program starts");
            }
            if symbol.is_common() {
                examined.variable_bytes += symbol.size();
                examined.variables.push((name, symbol.size()));
                continue;
            }
            let section = symbol.section_index().and_then(|at| file.section_by_index(at).ok());
            if matches!(symbol.kind(), SymbolKind::Data | SymbolKind::Tls)
                && section.is_some_and(|section| is_of_variables(&section))
            {
                examined.variables.push((name, symbol.size()));
            }
        }
        examined.variables.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        Ok(examined)
    }

    /// Returns the functions of an interface that it defines; `text` is its preprocessed text.
    pub fn interface(&self, forced: Option<&'static Family>, text: &str) -> Option<Interface> {
        Interface::find(forced, &self.defined, &self.needed, text)
    }
}

/// Sections with functions that run before `main`, or after it.
const EARLY: [&str; 6] =
    [".init_array", ".preinit_array", ".fini_array", ".ctors", ".dtors", ".init"];

fn is_of_variables<'d>(section: &impl ObjectSection<'d>) -> bool {
    const WRITABLE: u64 = 1;
    let is_writable = match section.flags() {
        SectionFlags::Elf { sh_flags } => sh_flags & WRITABLE != 0,
        _ => matches!(section.kind(), SectionKind::Data | SectionKind::UninitializedData),
    };
    // Constant once the program is linked.
    let is_constant = section.name().is_ok_and(|name| name.starts_with(".data.rel.ro"));
    is_writable && !is_constant
}

impl Interface {
    /// Returns the interface in words, for [`of_words`](Interface::of_words).
    pub fn words(&self) -> String {
        let mut words = vec![self.family.name.to_owned()];
        words.extend(self.init.map(|returns| format!("init={}", returns.word())));
        words.extend(self.check.map(|(name, returns)| format!("check={name}={}", returns.word())));
        for (word, is) in [
            ("realloc", self.has_realloc),
            ("calloc", self.has_calloc),
            ("segment", self.is_given_segment),
        ] {
            words.extend(is.then(|| word.to_owned()));
        }
        words.join(" ")
    }

    /// Reads an interface in words.
    ///
    /// # Errors
    /// For an unknown family, or words without one.
    pub fn of_words(text: &str) -> Result<Interface, Error> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let family = Family::named(words.first().copied().unwrap_or_default())?;
        let value = |name: &str| words.iter().find_map(|word| word.strip_prefix(name));
        let check = value("check=").and_then(|check| {
            let (name, returns) = check.split_once('=')?;
            let name = family.checks.iter().find(|known| **known == name)?;
            Some((*name, Returns::of_word(returns)))
        });
        Ok(Interface {
            family,
            init: value("init=").map(Returns::of_word),
            has_realloc: words.contains(&"realloc"),
            has_calloc: words.contains(&"calloc"),
            check,
            has_blocks: false,
            has_free_lists: false,
            is_given_segment: words.contains(&"segment"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::process::Command;

    fn examined(source: &str) -> Examined {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.c"), source).unwrap();
        let object = folder.path().join("a.o");
        let cc = Command::new("cc").args(["-O2", "-c", "a.c"]).current_dir(folder.path()).status();
        assert!(cc.unwrap().success());
        Examined::of(&fs::read(object).unwrap()).unwrap()
    }

    #[test]
    fn variables_count_and_constants_do_not() {
        let seen = examined(
            "static int few[4]; int many[100] = {1}; const int none[50] = {2};\n\
             int f(int i) { few[i & 3]++; static volatile int last; return last = many[i] + none[i] + few[0]; }",
        );
        assert_eq!(seen.variables[0], ("many".to_owned(), 400));
        assert_eq!(seen.variables.len(), 3, "{seen:?}");
        assert!((420..440).contains(&seen.variable_bytes), "{seen:?}");
        assert_eq!(seen.runs_early, None);
    }

    #[test]
    fn what_is_needed_and_what_runs_early_is_seen() {
        let seen = examined(
            "void *malloc(unsigned long); volatile int early; static __attribute__((constructor)) void f(void) { early = 1; }\n\
             void *mm_malloc(unsigned long size) { return malloc(size); }",
        );
        assert_eq!(seen.needed, ["malloc"]);
        assert_eq!(seen.defined, ["early", "mm_malloc"]);
        assert!(seen.runs_early.is_some());
        let chosen = "int g(void) { return 1; } static void *r(void) { return g; }\n\
                      int f(void) __attribute__((ifunc(\"r\")));";
        assert!(examined(chosen).runs_early.is_some());
    }

    #[test]
    fn an_interface_is_read_back_from_its_words() {
        let defined = ["mm_init", "mm_malloc", "mm_free", "mm_realloc", "mm_check"];
        let defined: Vec<String> = defined.iter().map(ToString::to_string).collect();
        let seen = Examined { defined, ..Examined::default() };
        let interface = seen.interface(None, "int mm_init(void);").unwrap();
        assert_eq!(Interface::of_words(&interface.words()).unwrap(), interface);
        assert!(Interface::of_words("").is_err());
    }
}
