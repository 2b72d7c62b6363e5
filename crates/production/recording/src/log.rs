//! Reads the logs that the preloaded library wrote, one for every process.

use super::format::{DISK_FULL_BYTES, HEADER_BYTES, MAGIC, RECORD_BYTES, Record, header};
use heaplab_support::Error;
use std::fs::{self, File};
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// A process's log. The header has been read; records are read on demand.
pub struct Log {
    path: PathBuf,
    header: Vec<u64>,
    command_line: Vec<String>,
    allocator_name: String,
    process_name: String,
}

/// The process that a forked child comes from.
pub struct Parent {
    /// When its log was opened.
    pub start_ns: u64,
    /// The parent's process number.
    pub pid: u64,
    /// The number of records in the parent's log at the fork.
    pub records: u64,
}

/// The contents of a directory of logs.
pub struct Found {
    /// The logs with at least one record, in the order in which they began.
    pub logs: Vec<Log>,
    /// The logs without a record, of programs that have their own `malloc`: their heap calls can't
    /// be seen.
    pub unseen: Vec<Log>,
    /// The number of programs that made no heap call.
    pub idle: usize,
    /// The number of processes that could not map their log and were not recorded.
    pub unmapped: usize,
    /// The number of processes that were not recorded because the disk was full.
    pub without_disk: usize,
}

/// What serves `malloc` in a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allocator<'a> {
    /// The C library.
    CLibrary,
    /// The library of this name.
    Library(&'a str),
    /// The program itself: the hooks are not called.
    Program,
}

/// Reads the headers of all logs in a directory.
///
/// # Errors
///
/// If the directory or a log can't be read.
pub fn read_directory(directory: &Path) -> Result<Found, Error> {
    let mut found =
        Found { logs: Vec::new(), unseen: Vec::new(), idle: 0, unmapped: 0, without_disk: 0 };
    let entries = fs::read_dir(directory).map_err(|error| unreadable(directory, &error))?;
    for entry in entries {
        let path = entry.map_err(|error| unreadable(directory, &error))?.path();
        if path.extension().is_none_or(|extension| extension != "log") {
            continue;
        }
        match Log::open(&path).map_err(|error| unreadable(&path, &error))? {
            Some(log) if log.records() > 0 => found.logs.push(log),
            Some(log) if log.allocator() == Allocator::Program && log.parent().is_none() => {
                found.unseen.push(log);
            }
            Some(log) if log.disk_was_full() => found.without_disk += 1,
            // A process that never used its heap.
            Some(_) => found.idle += 1,
            None if has_length(&path, DISK_FULL_BYTES) => found.without_disk += 1,
            None => found.unmapped += 1,
        }
    }
    found.logs.sort_by_key(|log| (log.start_ns(), log.pid()));
    Ok(found)
}

impl Log {
    /// Reads a log's header; returns `None` if the log was never finished.
    fn open(path: &Path) -> io::Result<Option<Log>> {
        let mut bytes = vec![0; HEADER_BYTES];
        match File::open(path)?.read_exact(&mut bytes) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            result => result?,
        }
        let header: Vec<u64> = bytes.chunks_exact(8).map(word).collect();
        if header[header::MAGIC] != MAGIC {
            return Ok(None);
        }
        let length = usize::try_from(header[header::COMMAND_LINE_BYTES]).unwrap_or(usize::MAX);
        let command_line = bytes[header::COMMAND_LINE * 8..]
            .get(..length)
            .unwrap_or_default()
            .split(|&byte| byte == 0)
            .map(|argument| String::from_utf8_lossy(argument).into_owned())
            .collect::<Vec<_>>();
        let text = |place: usize, limit_bytes: usize| {
            let text = bytes[place * 8..][..limit_bytes].split(|&byte| byte == 0).next();
            String::from_utf8_lossy(text.unwrap_or_default()).into_owned()
        };
        Ok(Some(Log {
            path: path.to_owned(),
            header,
            command_line,
            allocator_name: text(header::ALLOCATOR_NAME, header::ALLOCATOR_NAME_BYTES),
            process_name: text(header::PROCESS_NAME, header::PROCESS_NAME_BYTES),
        }))
    }

    /// Returns the process's number.
    pub fn pid(&self) -> u64 {
        self.header[header::PID]
    }

    /// Returns when the log was opened; a forked child names its parent by this time.
    pub fn start_ns(&self) -> u64 {
        self.header[header::START_NS]
    }

    /// Returns the parent of a forked child; `None` for a program started with `exec`.
    pub fn parent(&self) -> Option<Parent> {
        let parent = Parent {
            start_ns: self.header[header::PARENT_START_NS],
            pid: self.header[header::PARENT_PID],
            records: self.header[header::PARENT_RECORDS],
        };
        (parent.start_ns != 0).then_some(parent)
    }

    /// Returns whether the process of this number started the program, by `exec`.
    pub fn is_begun_by(&self, pid: u32) -> bool {
        self.pid() == u64::from(pid) && self.parent().is_none()
    }

    /// Returns the program's file name, without its directory.
    pub fn program(&self) -> &str {
        let path = self.command_line.first().map_or("", String::as_str);
        path.rsplit('/').next().unwrap_or(path)
    }

    /// Returns the name that the kernel had for the process when the log was opened.
    pub fn process_name(&self) -> &str {
        &self.process_name
    }

    /// Returns the command line, its arguments quoted as for a shell, cut if it is long.
    pub fn command_line(&self) -> String {
        const LIMIT_CHARS: usize = 400;
        let arguments = self.command_line.split_last().map_or(&[][..], |(_, all)| all);
        let whole = arguments.iter().map(|argument| quoted(argument)).collect::<Vec<_>>().join(" ");
        match whole.char_indices().nth(LIMIT_CHARS) {
            Some((end, _)) => format!("{} ...", &whole[..end]),
            None => whole,
        }
    }

    /// Returns the number of records in the log.
    pub fn records(&self) -> u64 {
        self.header[header::RESERVED_RECORDS].min(self.header[header::CAPACITY_RECORDS])
    }

    /// Returns the number of records for which there was no room.
    pub fn records_lost(&self) -> u64 {
        self.header[header::RESERVED_RECORDS] - self.records()
    }

    /// Returns whether that was because the disk was full.
    pub fn disk_was_full(&self) -> bool {
        self.header[header::DISK_WAS_FULL] != 0
    }

    /// Returns the number of forked children that could not make a file for their log.
    pub fn children_without_log(&self) -> u64 {
        self.header[header::CHILDREN_WITHOUT_LOG]
    }

    /// Returns what serves `malloc`.
    pub fn allocator(&self) -> Allocator<'_> {
        match self.header[header::ALLOCATOR] {
            0 => Allocator::CLibrary,
            1 => Allocator::Library(&self.allocator_name),
            _ => Allocator::Program,
        }
    }

    /// Returns the number of calls of `free(NULL)`.
    pub fn free_null_calls(&self) -> u64 {
        self.header[header::FREE_NULL_CALLS]
    }

    /// Returns the number of requests that the C library refused.
    pub fn failed_calls(&self) -> u64 {
        self.header[header::FAILED_CALLS]
    }

    /// Returns the number of calls of `malloc_usable_size`.
    pub fn usable_size_calls(&self) -> u64 {
        self.header[header::USABLE_SIZE_CALLS]
    }

    /// Calls `visit` with every record and its index, in order, until `visit` returns false. Skips
    /// places that were reserved but never written (the process was killed in between).
    ///
    /// # Errors
    ///
    /// If the log can't be read.
    pub fn for_each(&self, mut visit: impl FnMut(u64, Record) -> bool) -> Result<(), Error> {
        let failed = |error| unreadable(&self.path, &error);
        let file = File::open(&self.path).map_err(failed)?;
        let mut reader = BufReader::with_capacity(1 << 20, file);
        reader.seek(SeekFrom::Start(HEADER_BYTES as u64)).map_err(failed)?;
        for index in 0..self.records() {
            let mut bytes = [0; RECORD_BYTES];
            reader.read_exact(&mut bytes).map_err(failed)?;
            let words = std::array::from_fn(|place| word(&bytes[place * 8..][..8]));
            if let Some(record) = Record::from_words(words)
                && !visit(index, record)
            {
                break;
            }
        }
        Ok(())
    }
}

fn has_length(path: &Path, bytes: i64) -> bool {
    fs::metadata(path).is_ok_and(|file| i64::try_from(file.len()) == Ok(bytes))
}

/// Returns the number in 8 bytes, in the machine's byte order.
fn word(bytes: &[u8]) -> u64 {
    u64::from_ne_bytes(bytes.try_into().expect("the caller cuts 8 bytes"))
}

fn quoted(argument: &str) -> String {
    let harmless = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+@%".contains(c);
    if !argument.is_empty() && argument.chars().all(harmless) {
        argument.to_owned()
    } else {
        format!("'{}'", argument.replace('\'', r"'\''"))
    }
}

fn unreadable(path: &Path, error: &io::Error) -> Error {
    Error::new(format!("error: can't read the recording in {}: {error}", path.display()))
}
