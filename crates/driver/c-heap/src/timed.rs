//! How fast a submission in C is: its program does a whole trace at once, and this process takes
//! the time.
//!
//! ```text
//!   this process, trusted                     the program, in a sandbox: runner.c with timed.h
//!   clears the machine and the slots
//!                        an empty heap -->    the variables are what they were; mm_init()
//!   the clock starts     do the trace  -->    mm_malloc(24), mm_free(...), ...
//!   the clock stops                    <--    done
//!   looks at the slots and the memory
//! ```
//!
//! A message takes as long as some hundred operations, so how long one takes is measured before any
//! code of the submission has run, and taken off. The program can't tell the time to anyone. It
//! must end each replay with the answers that are known from a run in which they were checked, and
//! from an empty heap: what it keeps from one replay to the next is cleared.

use crate::interface::{Interface, Returns};
use heaplab_arena::host::Host;
use heaplab_arena::{Addr, Arena, HEAP_START, OutOfMemory, Settings, Silent};
use heaplab_replay::{KnownAnswers, Program, Timed, TimingEnvironment, TimingError};
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::FileExt;
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Where the program has the machine.
const BASE: u64 = 0x1000_0000;

/// `SHARED_BYTES` of `runner.c`.
const SHARED_BYTES: usize = 1 << 20;

/// Kinds of messages: those of `runner.c`, and of `timed.h`.
const HELLO: u64 = 0;
const READY: u64 = 100;
const RETURNED: u64 = 101;
const PROGRAM: u64 = 10;
const NOTHING: u64 = 11;
const EMPTY: u64 = 12;
const REPLAY: u64 = 13;

/// How long the program may take for one message. It has done the trace before.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often a message that asks for nothing is sent, to know how long one takes.
const EMPTY_MESSAGES: u32 = 200;

const PAGE_BYTES: usize = 4096;

/// A program that replays one trace, as a contender.
pub struct TimedProgram {
    child: Child,
    socket: UnixStream,
    memory: Memory,
    init: Option<Returns>,
    /// What `mm_init` is given: Stanford's gets a segment and its bytes, others nothing.
    segment: (u64, u64),
    /// What every replay must end with, if it is known.
    known: Option<KnownAnswers>,
    /// How long a message and its answer take at least.
    message: Duration,
}

/// The memory that is shared with the program.
struct Memory {
    file: File,
    machine_bytes: u64,
    heap_start: u64,
    slots: usize,
    /// Where the slots are in the file.
    slots_at: u64,
}

impl TimedProgram {
    /// Starts a program that is made with [`Runner::WholeTrace`](crate::program::Runner), to replay
    /// this trace in a heap of at most `limit_bytes`.
    ///
    /// # Errors
    /// If it does not start, or the host has no memory for the machine.
    pub fn start(
        mut command: Command,
        interface: &Interface,
        program: &Program,
        limit_bytes: u32,
        known: Option<KnownAnswers>,
    ) -> io::Result<TimedProgram> {
        let settings = Settings { limit_bytes, ..Settings::default() };
        let mut arena = Arena::with(settings, Silent).map_err(io::Error::other)?;
        let steps_bytes = (program.ops() * 8).max(1).next_multiple_of(PAGE_BYTES);
        let slots_bytes = (program.slots() * 8).next_multiple_of(PAGE_BYTES);
        let (file, machine_bytes) = arena.share(SHARED_BYTES + steps_bytes + slots_bytes)?;
        let (ours, theirs) = UnixStream::pair()?;
        ours.set_read_timeout(Some(PATIENCE))?;
        let child = command
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::from(file.try_clone()?))
            .stderr(Stdio::null())
            .spawn()?;
        // The command keeps the other end open until it is dropped.
        drop(command);
        let limit = u64::from(arena.limit_bytes());
        let memory = Memory {
            file: File::from(file),
            machine_bytes: machine_bytes as u64,
            heap_start: u64::from(HEAP_START.to_word()),
            slots: program.slots(),
            slots_at: (machine_bytes + SHARED_BYTES + steps_bytes) as u64,
        };
        let start = BASE + memory.heap_start;
        let segment =
            if interface.is_given_segment { (start, limit & !0xffff) } else { Default::default() };
        let mut timed = TimedProgram {
            child,
            socket: ours,
            memory,
            init: interface.init,
            segment,
            known,
            message: Duration::ZERO,
        };
        timed.memory.write_steps(program)?;
        timed.say([HELLO, BASE, machine_bytes as u64, start])?;
        timed.say([PROGRAM, steps_bytes as u64, slots_bytes as u64, limit])?;
        timed.hear(READY)?;
        timed.message = timed.fastest_message()?;
        Ok(timed)
    }

    /// Returns how long a message that asks for nothing takes at least.
    fn fastest_message(&mut self) -> io::Result<Duration> {
        let mut fastest = Duration::MAX;
        for _ in 0..EMPTY_MESSAGES {
            fastest = fastest.min(self.ask([NOTHING, 0, 0, 0])?.0);
        }
        Ok(fastest)
    }

    fn say(&mut self, words: [u64; 4]) -> io::Result<()> {
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_ne_bytes()).collect();
        self.socket.write_all(&bytes)
    }

    /// Waits for an answer of this kind.
    fn hear(&mut self, kind: u64) -> io::Result<u64> {
        let mut bytes = [0; 32];
        self.socket.read_exact(&mut bytes)?;
        let (words, _) = bytes.as_chunks::<8>();
        if u64::from_ne_bytes(words[0]) != kind {
            return Err(io::Error::other("the C code ended its process"));
        }
        Ok(u64::from_ne_bytes(words[1]))
    }

    /// Sends a message, and returns how long the answer took, and the answer.
    fn ask(&mut self, words: [u64; 4]) -> io::Result<(Duration, u64)> {
        let start = Instant::now();
        self.say(words)?;
        let answer = self.hear(RETURNED)?;
        Ok((start.elapsed(), answer))
    }

    /// Has the program make an empty heap.
    fn empty_heap(&mut self) -> Result<(), TimingError> {
        self.memory.clear().map_err(TimingError::Process)?;
        let (segment, bytes) = self.segment;
        let brk = BASE + self.memory.heap_start + bytes;
        let (_, answer) = self.ask([EMPTY, segment, bytes, brk]).map_err(TimingError::Process)?;
        match self.init {
            Some(returns) if !returns.is_well(answer as i32) => {
                Err(TimingError::NotBuilt(OutOfMemory))
            }
            _ => Ok(()),
        }
    }

    /// Returns whether a replay ended with the answers that are known.
    fn is_as_known(&self) -> io::Result<bool> {
        let Some(known) = &self.known else { return Ok(true) };
        // What a heap with a segment has past its highest payload is not known.
        let is_segment = self.segment.1 > 0;
        let heap_bytes = if is_segment { self.segment.1 } else { known.heap_bytes() };
        Ok(self.memory.holds(known.slots())? && !self.memory.is_used_outside(heap_bytes))
    }
}

impl Timed for TimedProgram {
    fn replay(
        &mut self,
        program: &Program,
        _: &mut TimingEnvironment,
    ) -> Result<Duration, TimingError> {
        self.empty_heap()?;
        let steps = program.ops() as u64;
        let (taken, _) = self.ask([REPLAY, steps, 0, 0]).map_err(TimingError::Process)?;
        if !self.is_as_known().map_err(TimingError::Process)? {
            return Err(TimingError::OtherAnswers);
        }
        Ok(taken.saturating_sub(self.message))
    }
}

impl Drop for TimedProgram {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Memory {
    fn write_steps(&self, program: &Program) -> io::Result<()> {
        let words = program.words().flatten().flat_map(u32::to_ne_bytes);
        let bytes: Vec<u8> = words.collect();
        self.file.write_all_at(&bytes, self.machine_bytes + SHARED_BYTES as u64)
    }

    /// Sets the machine, the shared room and the slots to zero. Pages that the program has stay
    /// there, so that a replay does not wait for new ones.
    fn clear(&self) -> io::Result<()> {
        let slots_end = self.slots_at + 8 * self.slots as u64;
        let machine_end = self.machine_bytes + SHARED_BYTES as u64;
        for (start, end) in [(0, machine_end), (self.slots_at, slots_end)] {
            let mut at = start;
            while let Some(data) = self.seek(libc::SEEK_DATA, at).filter(|&data| data < end) {
                at = self.seek(libc::SEEK_HOLE, data).unwrap_or(end).min(end);
                self.zero(data, at)?;
            }
        }
        Ok(())
    }

    fn zero(&self, start: u64, end: u64) -> io::Result<()> {
        static ZEROS: [u8; 1 << 16] = [0; 1 << 16];
        let mut at = start;
        while at < end {
            let bytes = usize::try_from(end - at).unwrap_or(ZEROS.len()).min(ZEROS.len());
            self.file.write_all_at(&ZEROS[..bytes], at)?;
            at += bytes as u64;
        }
        Ok(())
    }

    /// Returns whether the slots hold pointers to these addresses.
    fn holds(&self, slots: impl ExactSizeIterator<Item = Addr>) -> io::Result<bool> {
        let mut bytes = vec![0; 8 * self.slots];
        self.file.read_exact_at(&mut bytes, self.slots_at)?;
        let (words, _) = bytes.as_chunks::<8>();
        let pointer =
            |addr: Addr| if addr.is_null() { 0 } else { BASE + u64::from(addr.to_word()) };
        let is_equal = |(word, addr): (&[u8; 8], Addr)| u64::from_ne_bytes(*word) == pointer(addr);
        Ok(words.len() == slots.len() && words.iter().zip(slots).all(is_equal))
    }

    /// Returns whether the program has touched pages of the machine outside of a heap of this size.
    fn is_used_outside(&self, heap_bytes: u64) -> bool {
        let end = (self.heap_start + heap_bytes).next_multiple_of(PAGE_BYTES as u64);
        let is_used = |start, end| self.seek(libc::SEEK_DATA, start).is_some_and(|at| at < end);
        is_used(0, self.heap_start) || is_used(end, self.machine_bytes)
    }

    /// Returns where the next data or the next hole of the file is; `None` past its end.
    fn seek(&self, wanted: libc::c_int, from: u64) -> Option<u64> {
        let from = libc::off_t::try_from(from).ok()?;
        // SAFETY: the file is open, and the call has no other conditions.
        let at = unsafe { libc::lseek(self.file.as_raw_fd(), from, wanted) };
        u64::try_from(at).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Build;
    use crate::program::{self, Examined, Runner};
    use heaplab_heap::Align;
    use heaplab_replay::{Facts, Graded};
    use heaplab_trace::{Id, Op, Trace, Weight};
    use std::fs;
    use tempfile::TempDir;

    /// A heap that counts the heaps that it set up. The second of them would begin 64 bytes later.
    const COUNTS: &str = "#include \"memlib.h\"\n\
        static int heaps;\n\
        int mm_init(void) { if (heaps++ > 0) mem_sbrk(64); return 0; }\n\
        void *mm_malloc(size_t size) { return mem_sbrk((size + 15) & ~15ul); }\n\
        void mm_free(void *payload) { (void)payload; }\n";

    fn program_of(source: &str) -> (TempDir, Interface) {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        fs::write(at.join("mm.c"), source).unwrap();
        for (name, text) in program::runtime_files() {
            let path = at.join(program::RUNTIME_FOLDER).join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let cc = |arguments: Vec<String>| {
            let done = Command::new("cc").args(arguments).current_dir(at).status().unwrap();
            assert!(done.success());
        };
        let here = at.to_string_lossy();
        cc(program::preprocess(&[], "mm.c", "mm.i"));
        cc(program::compile(Build::Plain, "", &[], &here, "mm.i", "mm.o"));
        let text = fs::read_to_string(at.join("mm.i")).unwrap();
        let examined = Examined::of(&fs::read(at.join("mm.o")).unwrap()).unwrap();
        let interface = examined.interface(None, &text).unwrap();
        cc(program::compile_runner(Runner::WholeTrace, &interface, &here, "runner.o"));
        cc(program::compile_runtime(Build::Plain, &here, &text, "runtime.o"));
        cc(program::link(Build::Plain, &["mm.o", "runtime.o", "runner.o"], "timed"));
        (folder, interface)
    }

    #[test]
    fn each_replay_begins_with_an_empty_heap_and_must_end_as_known() {
        let (folder, interface) = program_of(COUNTS);
        let ops = vec![
            Op::Malloc { id: Id(0), size: 16 },
            Op::Malloc { id: Id(1), size: 30 },
            Op::Free { id: Id(0) },
            Op::FreeNull,
        ];
        let trace = Trace::from_ops("few", Weight::Both, ops).unwrap();
        let program = Program::new(&trace).unwrap();
        let start = |second: u32, heap_bytes| {
            let (ops, peak_payload_bytes, sbrk_calls) = (4, 46, 2);
            let (loads, stores) = (0, 0);
            let facts = Facts { ops, peak_payload_bytes, heap_bytes, sbrk_calls, loads, stores };
            let addresses = [0x1_0000, second, 0, 0].map(Addr::new).to_vec();
            let known = KnownAnswers::new(&program, &Graded { facts, addresses });
            let command = Command::new(folder.path().join("timed"));
            TimedProgram::start(command, &interface, &program, 1 << 20, Some(known)).unwrap()
        };
        let mut environment = TimingEnvironment::new(1 << 20, Align::default());
        let mut right = start(0x1_0010, 48);
        for _ in 0..3 {
            right.replay(&program, &mut environment).unwrap();
        }
        let other = start(0x1_0020, 48).replay(&program, &mut environment);
        assert!(matches!(other, Err(TimingError::OtherAnswers)), "{other:?}");
    }

    #[test]
    fn the_numbers_are_those_of_the_program() {
        let text = include_str!("../runtime/timed.h");
        for line in [
            "enum { PROGRAM = 10, NOTHING, EMPTY, REPLAY };",
            "enum { STEP_FREE, STEP_FREE_NULL, STEP_MALLOC, STEP_CALLOC, STEP_REALLOC, STEP_REALLOC_NULL };",
            "#define KIND_BITS 3",
        ] {
            assert!(text.contains(line), "{line}");
        }
        let text = include_str!("../runtime/runner.c");
        assert!(text.contains("enum { READY = 100, RETURNED, "));
        assert!(text.contains("#define SHARED_BYTES (1 << 20)"));
    }
}
