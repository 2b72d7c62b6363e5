//! Checks a library's file before any of its code runs.

use object::elf::{self, ET_DYN, ET_EXEC, ET_REL, PT_INTERP};
use object::read::elf::{ElfFile64, FileHeader, ProgramHeader};
use object::{Endianness, Object, ObjectSymbol};
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// The names that a library must define.
pub const NAMES: [&str; 4] = ["malloc", "free", "realloc", "calloc"];

/// The names for blocks of a given alignment; the first that is defined is used. A library without
/// any of them can't run traces that request such blocks.
pub const ALIGNED_NAMES: [&str; 3] = ["memalign", "posix_memalign", "aligned_alloc"];

/// The function that returns a block's usable bytes; if a library lacks it, they are not checked.
pub const USABLE_SIZE: &str = "malloc_usable_size";

/// A shared library that defines malloc's names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LibraryFile {
    /// Its absolute path.
    pub path: PathBuf,
    /// Those of [`ALIGNED_NAMES`] and [`USABLE_SIZE`] that it does not define.
    pub missing: Vec<&'static str>,
    /// Whether it calls `sbrk` or `brk`. It then shares the break of the process with the C
    /// library's allocator.
    pub moves_break: bool,
}

/// Why a file can't be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unusable {
    /// The file does not exist.
    NoFile,
    /// It is a folder, a device or something else.
    NotAFile,
    /// It can't be read; the reason.
    Unreadable(String),
    /// It is empty.
    Empty,
    /// It is a source file.
    Source,
    /// It is text: perhaps a linker script, which names the library.
    Text,
    /// It is an archive of object files (`.a`).
    Archive,
    /// It is some other kind of file.
    NotElf,
    /// It is damaged: an ELF file that ends too early, or contradicts itself.
    Damaged(String),
    /// It is for a 32-bit machine.
    For32Bits,
    /// It is for another architecture.
    OtherMachine,
    /// It is an object file (`.o`).
    ObjectFile,
    /// It is a program.
    Program,
    /// It is an ELF file of another type, such as a core dump.
    OtherType,
    /// It does not define all of [`NAMES`], but perhaps a similar name.
    Missing {
        /// The names that it does not define.
        names: Vec<&'static str>,
        /// A similar name that it defines.
        similar: Option<String>,
    },
}

/// How much is read of a file that is not an ELF file.
const START_BYTES: u64 = 4096;

/// Reads a file, and returns what its library defines.
///
/// # Errors
/// If it is not a library that can be used here.
pub fn inspect(path: &Path) -> Result<LibraryFile, Unusable> {
    let unreadable = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => Unusable::NoFile,
        _ => Unusable::Unreadable(error.to_string()),
    };
    let absolute = path.canonicalize().map_err(unreadable)?;
    if !fs::metadata(&absolute).map_err(unreadable)?.is_file() {
        return Err(Unusable::NotAFile);
    }
    // A file of another kind may be larger than memory.
    let mut start = Vec::new();
    let file = File::open(&absolute).map_err(unreadable)?;
    file.take(START_BYTES).read_to_end(&mut start).map_err(unreadable)?;
    if !start.starts_with(&elf::ELFMAG) {
        return Err(not_elf(path, &start));
    }
    let bytes = fs::read(&absolute).map_err(unreadable)?;
    let symbols = read_elf(&bytes)?;
    let defines = |name: &&str| symbols.defined.iter().any(|defined| defined == name);
    let missing: Vec<&str> = NAMES.into_iter().filter(|name| !defines(name)).collect();
    if !missing.is_empty() {
        let similar = similar(&missing, &symbols.defined);
        return Err(Unusable::Missing { names: missing, similar });
    }
    let optional = ALIGNED_NAMES.into_iter().chain([USABLE_SIZE]);
    Ok(LibraryFile {
        path: absolute,
        missing: optional.filter(|name| !defines(name)).collect(),
        moves_break: symbols.needed.iter().any(|name| name == "sbrk" || name == "brk"),
    })
}

/// The names in a library's table of dynamic symbols.
struct Symbols {
    defined: Vec<String>,
    needed: Vec<String>,
}

fn read_elf(bytes: &[u8]) -> Result<Symbols, Unusable> {
    // The fifth byte is the class, after the magic number.
    if bytes.get(4) == Some(&elf::ELFCLASS32) {
        return Err(Unusable::For32Bits);
    }
    let damaged = |error: object::Error| Unusable::Damaged(error.to_string());
    let file = ElfFile64::<Endianness, _>::parse(bytes).map_err(damaged)?;
    let endian = file.endian();
    let header = file.elf_header();
    if header.e_machine(endian) != crate::MACHINE {
        return Err(Unusable::OtherMachine);
    }
    let mut segments = file.elf_program_headers().iter();
    let has_interpreter = segments.any(|segment| segment.p_type(endian) == PT_INTERP);
    match header.e_type(endian) {
        ET_REL => return Err(Unusable::ObjectFile),
        ET_EXEC => return Err(Unusable::Program),
        ET_DYN => {}
        _ => return Err(Unusable::OtherType),
    }
    let (mut defined, mut needed) = (Vec::new(), Vec::new());
    for symbol in file.dynamic_symbols() {
        let Ok(name) = symbol.name() else { continue };
        let list = if symbol.is_undefined() { &mut needed } else { &mut defined };
        list.push(name.to_owned());
    }
    // The C library itself has an interpreter, and so have a few other libraries that can be run. A
    // file with an interpreter but without malloc is a program.
    if has_interpreter && !defined.iter().any(|name| name == "malloc") {
        return Err(Unusable::Program);
    }
    Ok(Symbols { defined, needed })
}

fn not_elf(path: &Path, bytes: &[u8]) -> Unusable {
    const SOURCES: [&str; 6] = ["c", "cc", "cpp", "cxx", "rs", "h"];
    let extension = path.extension().and_then(|extension| extension.to_str());
    if bytes.is_empty() {
        Unusable::Empty
    } else if extension.is_some_and(|extension| SOURCES.contains(&extension)) {
        Unusable::Source
    } else if bytes.starts_with(b"!<arch>") {
        Unusable::Archive
    } else if bytes.iter().all(|&byte| is_text(byte)) {
        Unusable::Text
    } else {
        Unusable::NotElf
    }
}

fn is_text(byte: u8) -> bool {
    byte >= b' ' && byte != 0x7f || byte.is_ascii_whitespace()
}

/// Returns a defined name that ends in a missing one: `mm_malloc`, `my_malloc`, or `_Z6mallocm`,
/// which is C++ without `extern "C"`.
fn similar(missing: &[&str], defined: &[String]) -> Option<String> {
    let is_similar = |name: &&String| {
        missing.iter().any(|wanted| {
            name.ends_with(&format!("_{wanted}"))
                || name.starts_with(&format!("_Z{}{wanted}", wanted.len()))
        })
    };
    defined.iter().find(is_similar).cloned()
}

/// The command that makes a library.
const COMPILE: &str = "cc -O2 -shared -fPIC -o libmine.so mine.c";

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let build = format!("help: a shared library is expected, as made by `{COMPILE}`");
        match self {
            Unusable::NoFile => write!(f, "the file does not exist\n{build}"),
            Unusable::NotAFile => write!(f, "it is not a file\n{build}"),
            Unusable::Unreadable(why) => write!(f, "it can't be read: {why}"),
            Unusable::Empty => write!(f, "it is empty\n{build}"),
            Unusable::Source => write!(
                f,
                "it is a source file, not a shared library\n\
                 help: compile it, for example with `{COMPILE}`, and name the library"
            ),
            Unusable::Text => write!(
                f,
                "it is text, not a shared library\n\
                 help: if it is a script for the linker, name the library that it names"
            ),
            Unusable::Archive => write!(
                f,
                "it is an archive of object files, not a shared library\n\
                 help: `cc -shared -o libmine.so -Wl,--whole-archive libmine.a` makes one from it, if its \
                 objects were compiled with -fPIC"
            ),
            Unusable::NotElf => write!(f, "it is not a shared library: not an ELF file\n{build}"),
            Unusable::Damaged(why) => {
                write!(f, "it is an ELF file, but a damaged one: {why}\nhelp: build it again")
            }
            Unusable::For32Bits => write!(
                f,
                "it is a library for 32-bit programs, but this command is a 64-bit program\n\
                 help: compile it without -m32"
            ),
            Unusable::OtherMachine => write!(
                f,
                "it is for another kind of machine\n\
                 help: compile it for {}",
                std::env::consts::ARCH
            ),
            Unusable::ObjectFile => write!(
                f,
                "it is an object file, not a shared library\n\
                 help: `cc -shared -o libmine.so mine.o` makes one from it, if it was compiled with -fPIC"
            ),
            Unusable::Program => write!(f, "it is a program, not a shared library\n{build}"),
            Unusable::OtherType => {
                write!(f, "it is an ELF file, but not a shared library\n{build}")
            }
            Unusable::Missing { names, similar } => {
                let names = names.join(", ");
                write!(f, "it does not define {names}")?;
                match similar {
                    Some(similar) if similar.starts_with("_Z") => write!(
                        f,
                        "\nhelp: it defines `{similar}`, which is a name of C++: \
                         declare the functions `extern \"C\"`"
                    ),
                    Some(similar) => write!(
                        f,
                        "\nhelp: it defines `{similar}`: the functions need the names that the C \
                         library has for them, {}",
                        NAMES.join(", ")
                    ),
                    None => write!(
                        f,
                        "\nhelp: a library needs {}, with C's names, neither static nor hidden",
                        NAMES.join(", ")
                    ),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_not_a_library_is_refused_with_the_reason() {
        let folder = std::env::temp_dir().join(format!("heaplab-file-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let of = |name: &str, bytes: &[u8]| {
            let path = folder.join(name);
            fs::write(&path, bytes).unwrap();
            inspect(&path).unwrap_err()
        };
        assert_eq!(of("a.so", b""), Unusable::Empty);
        assert_eq!(of("a.c", b"int x;"), Unusable::Source);
        assert_eq!(of("a.a", b"!<arch>\n"), Unusable::Archive);
        assert_eq!(of("a.so", b"INPUT(libreal.so)\n"), Unusable::Text);
        assert_eq!(of("a.so", b"\x00\x01\x02"), Unusable::NotElf);
        assert_eq!(of("a.so", b"\x7fELF\x01\x01\x01"), Unusable::For32Bits);
        assert!(matches!(of("a.so", b"\x7fELF\x02\x01\x01"), Unusable::Damaged(_)));
        assert_eq!(inspect(&folder), Err(Unusable::NotAFile));
        assert_eq!(inspect(&folder.join("none.so")), Err(Unusable::NoFile));
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_program_is_not_a_library() {
        let this = std::env::current_exe().unwrap();
        assert_eq!(inspect(&this), Err(Unusable::Program));
    }

    #[test]
    fn similar_names_are_found() {
        let defined =
            |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
        let of = |names: &[&str]| similar(&NAMES, &defined(names));
        assert_eq!(of(&["main", "mm_malloc"]), Some("mm_malloc".to_owned()));
        assert_eq!(of(&["_Z6mallocm"]), Some("_Z6mallocm".to_owned()));
        assert_eq!(of(&["allocate"]), None);
    }
}
