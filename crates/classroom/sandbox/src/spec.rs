//! What a program may do.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// What a program may do. The default allows nothing: no file, no network, no
/// further process, an empty environment.
///
/// A path stands for itself and, if it is a folder, for all below it; symbolic links are
/// followed once, when the program starts. Every path must exist, be absolute, and be UTF-8.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Spec {
    /// Files and folders that may be read.
    pub read_only: Vec<PathBuf>,
    /// Files and folders that may be read, written, made and removed, but not
    /// run.
    pub read_write: Vec<PathBuf>,
    /// Programs, and folders of programs, that may be read and run. The program
    /// that is started belongs to them without being listed; its loader does
    /// not, see [`with_system_libraries`](Spec::with_system_libraries).
    pub executable: Vec<PathBuf>,
    /// Limits of its resources.
    pub limits: Limits,
    /// Whether it may use the network, or any sockets.
    pub network: bool,
    /// Whether it may start processes; threads are always allowed. If there are PID
    /// namespaces, the program is then the first process of one, and ignores signals from
    /// inside: without processor time left it is killed, and `abort` looks like a fault.
    pub fork: bool,
    /// Whether programs get the same addresses in every run, so that what they do does not depend
    /// on chance (no address space layout randomization).
    pub fixed_addresses: bool,
    /// The user and group, by number, that root becomes first. It has no effect for
    /// others. Root's limit on processes does not bind, and root owns files that matter,
    /// so root should become a different user. Jobs that run at the same time should
    /// become different users: then none can touch another, or use up its processes.
    pub drop_root: Option<u32>,
    /// The whole environment of the program.
    pub environment: BTreeMap<String, String>,
    /// The folder where it starts; `/` by default.
    pub working_folder: Option<PathBuf>,
}

/// Limits of a program. `None`: the limit of the process
/// that starts it. A limit is never raised above that one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Processor seconds of each process; it is then killed
    /// by `SIGXCPU`, or a second later by `SIGKILL`.
    pub cpu_seconds: Option<u64>,
    /// Address space of each process, in bytes, used or not. A simulated
    /// machine reserves 4 GiB of it.
    pub address_space_bytes: Option<u64>,
    /// Resident memory, in bytes, of a program that may not start processes. The waiting
    /// process looks every few milliseconds: the limit may be exceeded for that time.
    pub resident_bytes: Option<u64>,
    /// Size of any file it writes, in bytes.
    pub file_bytes: Option<u64>,
    /// Open files of each process.
    pub open_files: Option<u64>,
    /// Processes and threads, together, at a time.
    pub tasks: Option<u64>,
}

/// Folders of shared libraries, and files that their loader reads; and
/// the file in which a C library looks for the end of the stack, without
/// which Rust's runtime can't distinguish an overflow from other faults.
const LIBRARIES: [&str; 7] = [
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/etc/ld.so.cache",
    "/nix/store",
    "/proc/self/maps",
];

/// Folders of programs, and files that compilers and linkers read.
const PROGRAMS: [&str; 7] = ["/bin", "/sbin", "/usr", "/lib", "/lib32", "/lib64", "/nix/store"];
const READ_BY_PROGRAMS: [&str; 7] = [
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/alternatives",
    "/dev/urandom",
    "/dev/zero",
    "/proc/self/maps",
];

impl Spec {
    /// Adds what a dynamically linked program needs to
    /// start: libraries to read, and their loader to run.
    pub fn with_system_libraries(mut self) -> Spec {
        self.read_only.extend(that_exist(&LIBRARIES));
        self.executable.extend(loaders());
        self
    }

    /// Adds the programs of the system, such as a C compiler that links, and `/dev/null`.
    pub fn with_system_programs(mut self) -> Spec {
        self.executable.extend(that_exist(&PROGRAMS));
        self.read_only.extend(that_exist(&READ_BY_PROGRAMS));
        self.read_write.extend(that_exist(&["/dev/null"]));
        self
    }
}

fn that_exist(paths: &[&str]) -> impl Iterator<Item = PathBuf> {
    paths.iter().map(PathBuf::from).filter(|path| path.exists())
}

/// Returns the dynamic loaders, which the ABIs put into `/lib` and `/lib64`.
fn loaders() -> Vec<PathBuf> {
    let entries = ["/lib", "/lib64"].iter().filter_map(|folder| fs::read_dir(folder).ok());
    let mut loaders: Vec<PathBuf> = entries
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| is_loader(path))
        .collect();
    loaders.sort();
    loaders
}

fn is_loader(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    name.is_some_and(|name| {
        ["ld-linux", "ld-musl", "ld64"].iter().any(|start| name.starts_with(start))
    }) && path.is_file()
}
