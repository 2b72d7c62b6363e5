//! Finds out which programs can be given a malloc: those that the C library's loader starts, and
//! that leave malloc to the loader.

use object::elf::{self, PT_INTERP};
use object::read::elf::{ElfFile64, FileHeader, ProgramHeader};
use object::{Object, ObjectSymbol, ReadCache, ReadRef};
use rustix::fs::{Access, access, getxattr};
use rustix::process::{getegid, geteuid};
use std::env;
use std::ffi::OsStr;
use std::fmt;
use std::fs::{self, File};
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// A program that keeps its own malloc.
#[derive(Debug, PartialEq, Eq)]
pub struct Unserved {
    /// The program's file, or the interpreter's if the program is a script.
    pub file: PathBuf,
    /// Why it keeps its own malloc.
    pub why: Why,
}

/// Why a program keeps its own malloc.
#[derive(Debug, PartialEq, Eq)]
pub enum Why {
    /// It starts without a loader, which could preload a library.
    Static,
    /// It gains privileges when it starts; the loader then ignores such libraries.
    Privileged,
    /// It is for another architecture than this command.
    OtherMachine,
    /// A loader other than glibc's starts it.
    OtherLoader(String),
    /// It defines malloc itself, and the loader prefers a program's own definition.
    OwnMalloc,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Why::Static => write!(f, "it is linked statically, with a malloc of its own"),
            Why::Privileged => write!(
                f,
                "it gains privileges when it starts (set-uid, set-gid or file capabilities), and \
                 the loader does not preload a library into such a program"
            ),
            Why::OtherMachine => write!(
                f,
                "it is for another kind of machine (or a 32-bit one), and heaplab's library is \
                 for {}",
                env::consts::ARCH
            ),
            Why::OtherLoader(loader) => {
                write!(f, "it is started by {loader}, and heaplab's library needs glibc's loader")
            }
            Why::OwnMalloc => write!(f, "it defines malloc itself, and calls that"),
        }
    }
}

/// The maximum depth of scripts that run scripts: that of Linux.
const MOST_SCRIPTS: u32 = 4;

impl Why {
    /// Returns whether the program can't even start with one of heaplab's libraries preloaded.
    pub fn ends_the_program(&self) -> bool {
        matches!(self, Why::OtherMachine | Why::OtherLoader(_))
    }
}

/// Returns why the program that a shell would run by this name keeps its own malloc. `None` if it
/// does not, or can't be found or read: starting it then gives the better message.
pub fn unserved(name: &OsStr) -> Option<Unserved> {
    look(&find(name)?, MOST_SCRIPTS)
}

fn look(file: &Path, scripts: u32) -> Option<Unserved> {
    let mut start = [0; 256];
    let read = File::open(file).ok()?.read(&mut start).ok()?;
    if let Some(line) = start[..read].strip_prefix(b"#!") {
        let line = line.split(|&byte| byte == b'\n').next()?;
        let scripts = scripts.checked_sub(1)?;
        return runners(line).iter().find_map(|runner| look(runner, scripts));
    }
    let why = if gains_privileges(file) {
        Why::Privileged
    } else {
        // Only the parts of a large file that are needed are read.
        of_elf(&ReadCache::new(File::open(file).ok()?))?
    };
    let file = file.to_owned();
    Some(Unserved { file, why })
}

/// Returns what a script's first line runs: the interpreter, and if that is `env`, its program.
fn runners(line: &[u8]) -> Vec<PathBuf> {
    let line = String::from_utf8_lossy(line);
    let mut words = line.split_whitespace();
    let Some(interpreter) = words.next().map(PathBuf::from) else {
        return Vec::new();
    };
    let is_env = interpreter.file_name() == Some(OsStr::new("env"));
    let mut runners = vec![interpreter];
    let is_name = |word: &&str| !word.starts_with('-') && !word.contains('=');
    if is_env && let Some(name) = words.find(is_name) {
        runners.extend(find(OsStr::new(name)));
    }
    runners
}

/// Returns the file that a shell would run by this name.
pub fn find(name: &OsStr) -> Option<PathBuf> {
    if name.as_bytes().contains(&b'/') {
        return Some(PathBuf::from(name));
    }
    let folders = env::var_os("PATH")?;
    let mut files = env::split_paths(&folders).map(|folder| folder.join(name));
    files.find(|file| file.is_file() && access(file, Access::EXEC_OK).is_ok())
}

fn gains_privileges(file: &Path) -> bool {
    const SET_UID: u32 = 0o4000;
    const SET_GID: u32 = 0o2010;
    let Ok(about) = fs::metadata(file) else {
        return false;
    };
    let (user, group) = (geteuid(), getegid());
    let another_user = about.mode() & SET_UID == SET_UID && about.uid() != user.as_raw();
    let another_group = about.mode() & SET_GID == SET_GID && about.gid() != group.as_raw();
    let capabilities = getxattr(file, "security.capability", &mut [0u8; 64][..]).is_ok();
    another_user || another_group || capabilities && !user.is_root()
}

/// Returns `None` if the file is not an ELF file, or its malloc can be replaced.
fn of_elf<'data>(data: impl ReadRef<'data>) -> Option<Why> {
    if data.read_bytes_at(0, 4).ok()? != elf::ELFMAG {
        return None;
    }
    let Ok(file) = ElfFile64::<object::Endianness, _>::parse(data) else {
        return Some(Why::OtherMachine);
    };
    let endian = file.endian();
    if file.elf_header().e_machine(endian) != MACHINE {
        return Some(Why::OtherMachine);
    }
    let headers = file.elf_program_headers().iter();
    let loader = headers
        .filter(|header| header.p_type(endian) == PT_INTERP)
        .find_map(|header| header.interpreter(endian, data).ok()?);
    let Some(loader) = loader else {
        return Some(Why::Static);
    };
    let loader = String::from_utf8_lossy(loader).into_owned();
    let name = loader.rsplit('/').next().unwrap_or_default();
    if !name.starts_with("ld-linux") && !name.starts_with("ld64") {
        return Some(Why::OtherLoader(loader));
    }
    let mut symbols = file.dynamic_symbols();
    let own = symbols.any(|symbol| symbol.is_definition() && symbol.name() == Ok("malloc"));
    own.then_some(Why::OwnMalloc)
}

/// This command's machine, as ELF files name it.
const MACHINE: u16 = if cfg!(target_arch = "x86_64") {
    elf::EM_X86_64
} else if cfg!(target_arch = "aarch64") {
    elf::EM_AARCH64
} else if cfg!(target_arch = "riscv64") {
    elf::EM_RISCV
} else {
    elf::EM_NONE
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_run_by_its_interpreter_directly_or_through_env() {
        let of = |line: &str| runners(line.as_bytes());
        assert_eq!(of("/bin/sh -e"), [PathBuf::from("/bin/sh")]);
        assert_eq!(of(" /bin/sh"), [PathBuf::from("/bin/sh")]);
        let by_env = of("/usr/bin/env -S A=1 sh -e");
        assert_eq!(by_env.len(), 2, "{by_env:?}");
        assert!(by_env[1].ends_with("sh"), "{by_env:?}");
        assert_eq!(of(""), Vec::<PathBuf>::new());
    }

    #[test]
    fn files_that_are_not_programs_are_left_to_the_system() {
        assert_eq!(unserved(OsStr::new("no-such-program")), None);
        assert_eq!(unserved(OsStr::new("/")), None);
        assert_eq!(of_elf(&b"text"[..]), None);
        assert_eq!(of_elf(&b"\x7fELF\x01\x01\x01"[..]), Some(Why::OtherMachine));
    }
}
