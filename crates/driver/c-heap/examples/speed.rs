//! Is C through the driver as fast as in a plain loop?
//!
//! `cargo run --release -p heaplab-c-heap --example speed -- FILE.c TRACE ...`: the time of a trace
//! on the heap, beside the same loop over the same functions with pointers, in turns. The file is
//! also compiled with a memory of its own, so that the loop shares nothing with the lab.
#![allow(clippy::unwrap_used)] // A measurement that fails has nothing to add.

use heaplab_arena::host;
use heaplab_c_heap::CDesign;
use heaplab_heap::{Align, Design};
use heaplab_replay::{Heartbeat, Program, Simulated, Subject};
use heaplab_trace::{ReadOptions, Trace};
use libloading::os::unix::Library;
use std::ffi::c_void;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};
use std::{env, fs, ptr};

/// The functions of the C file, with pointers.
struct Plain {
    malloc: unsafe extern "C" fn(usize) -> *mut c_void,
    free: unsafe extern "C" fn(*mut c_void),
    realloc: unsafe extern "C" fn(*mut c_void, usize) -> *mut c_void,
}

impl Subject for Plain {
    type Ptr = *mut c_void;
    const NULL: *mut c_void = ptr::null_mut();

    fn malloc(&mut self, size: u32) -> *mut c_void {
        // SAFETY: the C library's contract, here and below: the file was compiled for it.
        unsafe { (self.malloc)(size as usize) }
    }

    fn free(&mut self, ptr: *mut c_void) {
        // SAFETY: as in `malloc`.
        unsafe { (self.free)(ptr) }
    }

    fn realloc(&mut self, ptr: *mut c_void, size: u32) -> *mut c_void {
        // SAFETY: as in `malloc`.
        unsafe { (self.realloc)(ptr, size as usize) }
    }

    fn calloc(&mut self, size: u32) -> *mut c_void {
        self.malloc(size)
    }

    fn memalign(&mut self, _align_bytes: u32, size: u32) -> *mut c_void {
        self.malloc(size)
    }
}

/// A `memlib.c`, as courses have it.
const MEMLIB: &str = "\
#include <stddef.h>
#include <sys/mman.h>
static char *lo, *brk_;
void plain_reset(void) {
    if (!lo) lo = mmap(0, 1u << 30, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON | MAP_NORESERVE, -1, 0);
    brk_ = lo;
}
void *mem_sbrk(long n) { char *old = brk_; brk_ += n; return old; }
void *mem_heap_lo(void) { return lo; }
void *mem_heap_hi(void) { return brk_ - 1; }
size_t mem_heapsize(void) { return brk_ - lo; }
";

const ROUNDS: u32 = 40;

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let (file, traces) = arguments.split_first().unwrap();
    let library = plain(file);
    for path in traces {
        let bytes = fs::read(path).unwrap();
        let trace = Trace::parse(path, &bytes, &ReadOptions::STRICT).ok().unwrap().trace;
        let program = Program::new(&trace).unwrap();
        let heartbeat = Heartbeat::new();
        let (mut of_driver, mut of_loop) = (Duration::MAX, Duration::MAX);
        for _ in 0..ROUNDS {
            let design = CDesign::of_files(file).unwrap();
            let heap = design.build(host::machine().unwrap(), Align::Eight).unwrap();
            let mut heap = Simulated(heap);
            of_driver = of_driver.min(timed(&program, &mut heap, &heartbeat));
            of_loop = of_loop.min(timed(&program, &mut start(&library), &heartbeat));
        }
        let ns = |time: Duration| time.as_nanos() as f64 / program.ops() as f64;
        println!(
            "{}: {:.2} ns/op through the driver, {:.2} ns/op in a plain loop: {:+.1} %",
            trace.name(),
            ns(of_driver),
            ns(of_loop),
            100.0 * (ns(of_driver) / ns(of_loop) - 1.0)
        );
    }
}

fn timed<S: Subject>(program: &Program, subject: &mut S, heartbeat: &Heartbeat) -> Duration {
    let mut slots = vec![S::NULL; program.slots()];
    let start = Instant::now();
    program.replay(subject, &mut slots, heartbeat);
    start.elapsed()
}

/// Compiles the file with a memory of its own.
fn plain(file: &str) -> Library {
    let folder = env::temp_dir().join(format!("heaplab-speed-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let (memlib, object) = (folder.join("memlib.c"), folder.join("plain.so"));
    fs::write(&memlib, MEMLIB).unwrap();
    let headers = Path::new(env!("CARGO_MANIFEST_DIR")).join("runtime/headers");
    let flags = ["-g", "-O2", "-fPIC", "-DDRIVER", "-shared", "-Wl,-Bsymbolic", "-idirafter"];
    let mut cc = Command::new("cc");
    let status = cc.args(flags).arg(headers).arg(file).arg(memlib).arg("-o").arg(&object).status();
    assert!(status.unwrap().success());
    // SAFETY: the file on the command line is trusted here.
    let library = unsafe { Library::new(&object) }.unwrap();
    fs::remove_dir_all(folder).unwrap();
    library
}

/// Sets up an empty heap, as a driver does before each trace.
fn start(library: &Library) -> Plain {
    // SAFETY: the functions have these types.
    unsafe {
        library.get::<unsafe extern "C" fn()>(b"plain_reset\0").unwrap()();
        library.get::<unsafe extern "C" fn() -> i32>(b"mm_init\0").unwrap()();
        Plain {
            malloc: *library.get(b"mm_malloc\0").unwrap(),
            free: *library.get(b"mm_free\0").unwrap(),
            realloc: *library.get(b"mm_realloc\0").unwrap(),
        }
    }
}
