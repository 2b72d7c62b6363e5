//! The blocks of a process: read from the table that it keeps while it runs.

use super::account::{Account, Accounts};
use crate::format::MAGIC;
use crate::format::blocks::{
    DEPARTED_BYTES, GRANULE_BYTES, HEADER_BYTES, MOST_CONTENT_BYTES, NEVER, RECORD_BYTES,
    content_at, departed_at, record_at, word,
};
use rustix::fs::{SeekFrom, seek};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

/// A block that a program holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// How far its payload is from the start of the heap segment.
    pub offset: u32,
    /// The requested bytes.
    pub size: u32,
    /// The bytes that the program may use.
    pub usable: u32,
    /// The number of the call that gave the block out or resized it, from 1.
    pub call: u64,
}

impl Block {
    /// Returns how many of the block's bytes are kept as its content.
    pub fn content_bytes(&self) -> usize {
        MOST_CONTENT_BYTES.min(self.size as usize)
    }
}

/// The blocks of a heap at a moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// The blocks, by address.
    pub blocks: Vec<Block>,
    /// The first bytes of each, as many as [`Block::content_bytes`].
    pub contents: Vec<u8>,
}

/// What a process left in its table of blocks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// The address of the heap segment in the process.
    pub base: u64,
    /// Blocks with this number or a smaller one were the parent's when it forked this process.
    pub first_call: u64,
    /// The number of the last call.
    pub last_call: u64,
    /// The number of the call after which most payload was live.
    pub peak_call: u64,
    /// Whether the process copied all contents when it ended. If not, the content of a block is
    /// what it had at the first call after the one that gave it out.
    pub has_last_contents: bool,
    /// The blocks after the call with number `peak_call`.
    pub peak: Snapshot,
    /// The blocks when the table was read, or when the process ended.
    pub end: Snapshot,
}

/// A process, and its blocks.
pub struct Process {
    /// Its account.
    pub account: Account,
    /// Its table; otherwise why there is none.
    pub table: Result<Table, String>,
    /// Whether it still ran when the table was read.
    pub is_running: bool,
}

/// Returns what all processes left in a folder.
pub(super) fn read_processes(folder: &Path, accounts: &Accounts) -> Vec<Process> {
    let newest = newest(accounts);
    let processes = accounts.accounts.iter().map(|account| Process {
        account: account.clone(),
        table: read_table(&path(folder, account), account.heap_bytes()),
        is_running: newest.contains(&account.place()) && is_running(account.pid()),
    });
    processes.collect()
}

/// Returns the places of the accounts that are the last of their processes: a process that became
/// another program has an account for each.
pub(super) fn newest(accounts: &Accounts) -> BTreeSet<usize> {
    let accounts = accounts.accounts.iter();
    let newest: BTreeMap<u64, usize> = accounts.map(|it| (it.pid(), it.place())).collect();
    newest.into_values().collect()
}

/// Returns the live blocks of a process that may be running, by address; they may change while they
/// are read.
///
/// # Errors
/// If there is no table.
pub(super) fn read_live(folder: &Path, account: &Account) -> Result<Vec<Block>, String> {
    let file = Table::open(&path(folder, account))?;
    file.live(account.heap_bytes()).map_err(|error| error.to_string())
}

/// Returns whether a process with this number is there.
pub(super) fn is_running(pid: u64) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // A process that has ended keeps its number until its parent asks for it.
    status.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with(['Z', 'X']))
}

fn path(folder: &Path, account: &Account) -> std::path::PathBuf {
    folder.join(format!("blocks.{}", account.place()))
}

/// An open table.
struct TableFile {
    file: File,
    header: [u64; 9],
}

impl Table {
    fn open(path: &Path) -> Result<TableFile, String> {
        let missing = "its table could not be made: no room on the disk or in its address space, a \
             limit on the size of files, or another user or root directory";
        let file = File::open(path).map_err(|_| missing.to_owned())?;
        let mut bytes = [0; 72];
        file.read_exact_at(&mut bytes, 0).map_err(|error| error.to_string())?;
        let mut header = [0; 9];
        for (word, bytes) in header.iter_mut().zip(bytes.as_chunks::<8>().0) {
            *word = u64::from_ne_bytes(*bytes);
        }
        match (header[0], header[word::STOPPED]) {
            (MAGIC, 0) => Ok(TableFile { file, header }),
            (MAGIC, _) => Err("there was no more room on the disk for its table".to_owned()),
            _ => Err(missing.to_owned()),
        }
    }
}

fn read_table(path: &Path, heap_bytes: u64) -> Result<Table, String> {
    let file = Table::open(path)?;
    file.read(heap_bytes).map_err(|error| format!("its table can't be read: {error}"))
}

impl TableFile {
    fn read(&self, heap_bytes: u64) -> io::Result<Table> {
        let header = &self.header;
        let end = self.with_contents(self.live(heap_bytes)?)?;
        Ok(Table {
            base: header[word::BASE],
            first_call: header[word::FIRST_CALL],
            last_call: header[word::LAST_CALL],
            peak_call: header[word::PEAK_CALL],
            has_last_contents: header[word::CONTENT_CALL] != NEVER,
            peak: self.peak(&end)?,
            end,
        })
    }

    /// Returns the live blocks.
    fn live(&self, heap_bytes: u64) -> io::Result<Vec<Block>> {
        let mut records = Window::new(&self.file);
        let mut blocks = Vec::new();
        let heap_bytes = heap_bytes.min(self.header[word::LIMIT_BYTES]);
        let mut offset = 0;
        while offset < heap_bytes {
            let at = record_at(offset);
            if records.is_outside(at, RECORD_BYTES) {
                let Some(data) = records.next_data(at) else { break };
                let granules = (data.max(at) - at) / RECORD_BYTES;
                if granules > 0 {
                    offset += granules * GRANULE_BYTES;
                    continue;
                }
            }
            let block = block(offset, records.read(at, RECORD_BYTES)?);
            let is_inside = offset + u64::from(block.size) <= heap_bytes;
            // A record that is being written has its number last.
            if block.call != 0 && block.size != 0 && is_inside {
                blocks.push(block);
                offset += u64::from(block.size).next_multiple_of(GRANULE_BYTES);
            } else {
                offset += GRANULE_BYTES;
            }
        }
        Ok(blocks)
    }

    fn with_contents(&self, blocks: Vec<Block>) -> io::Result<Snapshot> {
        let limit_bytes = self.header[word::LIMIT_BYTES];
        let (mut window, mut contents) = (Window::new(&self.file), Vec::new());
        for block in &blocks {
            let at = content_at(limit_bytes, block.offset.into());
            contents.extend_from_slice(window.read(at, block.content_bytes() as u64)?);
        }
        Ok(Snapshot { blocks, contents })
    }

    /// Returns the blocks of the peak: the live ones that are not younger, and the departed.
    fn peak(&self, end: &Snapshot) -> io::Result<Snapshot> {
        let mut all: Vec<(Block, Vec<u8>)> = Vec::new();
        let mut from = 0;
        for block in &end.blocks {
            let until = from + block.content_bytes();
            if block.call <= self.header[word::PEAK_CALL] {
                all.push((*block, end.contents[from..until].to_vec()));
            }
            from = until;
        }
        let limit_bytes = self.header[word::LIMIT_BYTES];
        let mut window = Window::new(&self.file);
        for index in 0..self.header[word::DEPARTED] {
            let bytes = window.read(departed_at(limit_bytes, index), DEPARTED_BYTES)?;
            let (offset, bytes) = bytes.split_at(8);
            let (record, content) = bytes.split_at(RECORD_BYTES as usize);
            let block = block(number(offset), record);
            all.push((block, content[..block.content_bytes()].to_vec()));
        }
        all.sort_by_key(|(block, _)| block.offset);
        let (blocks, contents): (Vec<Block>, Vec<Vec<u8>>) = all.into_iter().unzip();
        Ok(Snapshot { blocks, contents: contents.concat() })
    }
}

fn block(offset: u64, record: &[u8]) -> Block {
    let (call, sizes) = record.split_at(8);
    let (size, usable) = sizes.split_at(4);
    Block {
        offset: offset as u32,
        size: number(size) as u32,
        usable: number(usable) as u32,
        call: number(call),
    }
}

/// Returns a number of four or eight bytes in this machine's order.
fn number(bytes: &[u8]) -> u64 {
    let four = || bytes.try_into().map(u32::from_ne_bytes).map(u64::from);
    bytes.try_into().map(u64::from_ne_bytes).or_else(|_| four()).unwrap_or(0)
}

/// A part of a file, read in one piece.
struct Window<'f> {
    file: &'f File,
    start: u64,
    bytes: Vec<u8>,
}

/// The size of a part.
const WINDOW_BYTES: usize = 1 << 20;

impl<'f> Window<'f> {
    fn new(file: &'f File) -> Window<'f> {
        Window { file, start: 0, bytes: Vec::new() }
    }

    fn is_outside(&self, at: u64, bytes: u64) -> bool {
        at < self.start || at + bytes > self.start + self.bytes.len() as u64
    }

    /// Returns where bytes that are not in a hole begin, from a place on; `None` if there are none.
    fn next_data(&self, at: u64) -> Option<u64> {
        match seek(self.file, SeekFrom::Data(at)) {
            Ok(data) => Some(data / HEADER_BYTES * HEADER_BYTES),
            Err(rustix::io::Errno::NXIO) => None,
            Err(_) => Some(at), // not every file system knows of holes
        }
    }

    fn read(&mut self, at: u64, bytes: u64) -> io::Result<&[u8]> {
        if self.is_outside(at, bytes) {
            self.bytes.resize(WINDOW_BYTES, 0);
            let read = self.file.read_at(&mut self.bytes, at)?;
            self.bytes.truncate(read);
            self.start = at;
        }
        let from = (at - self.start) as usize;
        self.bytes.get(from..from + bytes as usize).ok_or(io::ErrorKind::UnexpectedEof.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::blocks::file_bytes;

    const LIMIT: u64 = 64 << 20;

    /// A table as a process writes it.
    struct Written(File);

    impl Written {
        fn new(folder: &Path) -> Written {
            let file = File::create_new(folder.join("blocks.1")).unwrap();
            file.set_len(file_bytes(LIMIT)).unwrap();
            let written = Written(file);
            for (word, value) in
                [(0, MAGIC), (word::BASE, 0x7000), (word::LIMIT_BYTES, LIMIT), (7, NEVER)]
            {
                written.word(word, value);
            }
            written
        }

        fn word(&self, word: usize, value: u64) {
            self.0.write_all_at(&value.to_ne_bytes(), word as u64 * 8).unwrap();
        }

        fn record(call: u64, size: u32) -> Vec<u8> {
            [&call.to_ne_bytes()[..], &size.to_ne_bytes(), &(size + 8).to_ne_bytes()].concat()
        }

        fn live(&self, offset: u64, call: u64, size: u32, content: &[u8]) {
            self.0.write_all_at(&Self::record(call, size), record_at(offset)).unwrap();
            self.0.write_all_at(content, content_at(LIMIT, offset)).unwrap();
        }

        fn departed(&self, index: u64, offset: u64, call: u64, size: u32, content: &[u8]) {
            let entry = [&offset.to_ne_bytes()[..], &Self::record(call, size), content].concat();
            self.0.write_all_at(&entry, departed_at(LIMIT, index)).unwrap();
            self.word(word::DEPARTED, index + 1);
        }
    }

    #[test]
    fn the_peak_is_what_is_left_of_it_and_what_departed() {
        let folder = heaplab_scratch::Scratch::new().unwrap();
        let written = Written::new(folder.path());
        written.word(word::PEAK_CALL, 5);
        written.word(word::LAST_CALL, 9);
        written.live(16, 1, 3, b"one");
        written.live(48 << 20, 9, 70, &[9; 64]);
        written.departed(0, 32 << 20, 5, 5, b"ended");
        written.departed(1, 64, 2, 2, b"st");
        let table = read_table(&folder.path().join("blocks.1"), 50 << 20).unwrap();
        let seen = |snapshot: &Snapshot| -> Vec<(u32, u64)> {
            snapshot.blocks.iter().map(|block| (block.offset, block.call)).collect()
        };
        assert_eq!(seen(&table.peak), [(16, 1), (64, 2), (32 << 20, 5)]);
        assert_eq!(table.peak.contents, b"onestended");
        assert_eq!(seen(&table.end), [(16, 1), (48 << 20, 9)]);
        assert_eq!(table.end.contents, [&b"one"[..], &[9; 64]].concat());
        assert_eq!(table.end.blocks[0].usable, 11);
        assert!(!table.has_last_contents);
    }

    #[test]
    fn records_outside_the_heap_are_not_blocks() {
        let folder = heaplab_scratch::Scratch::new().unwrap();
        let written = Written::new(folder.path());
        written.live(16, 1, 100, b"");
        written.live(32, 1, 16, b""); // within the block before it
        written.live(160, 2, 100, b""); // ends behind the heap
        written.live(304, 0, 16, b"");
        let table = read_table(&folder.path().join("blocks.1"), 200).unwrap();
        assert_eq!(table.end.blocks.len(), 1);
    }

    #[test]
    fn a_table_that_was_given_up_is_not_read() {
        let folder = heaplab_scratch::Scratch::new().unwrap();
        let path = folder.path().join("blocks.1");
        assert!(read_table(&path, 100).unwrap_err().contains("could not be made"));
        Written::new(folder.path()).word(word::STOPPED, 1);
        assert!(read_table(&path, 100).unwrap_err().contains("no more room"));
    }
}
