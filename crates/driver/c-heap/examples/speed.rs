//! Is C through the driver as fast as in a plain loop, and what does the checked run cost?
//!
//! `cargo run --release -p heaplab-c-heap --example speed -- HEAP ... TRACE ...`: the times of each
//! trace on each heap, in turns. A heap is a C file, or one of the lab's. For a C file there is
//! also the same loop over the same functions with pointers; for this loop the file is compiled
//! with a memory of its own, so that it shares nothing with the lab.
//!
//! Times are those of this thread on a processor, so that other programs matter less.
#![allow(clippy::unwrap_used)] // A measurement that fails has nothing to add.

use heaplab_arena::Refuse;
use heaplab_c_heap::CDesign;
use heaplab_heap::{Align, Design};
use heaplab_replay::{
    CheckSettings, Heartbeat, Program, Subject, Timed, TimedHeap, TimingEnvironment, check_accesses,
};
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
#include <string.h>
#include <sys/mman.h>
static char *lo, *brk_;
void plain_reset(void) {
    if (!lo) lo = mmap(0, 1u << 30, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON | MAP_NORESERVE, -1, 0);
    else memset(lo, 0, brk_ - lo);
    brk_ = lo;
}
void *mem_sbrk(long n) {
    char *old = brk_;
    if (n < 0 || brk_ + n > lo + (1u << 30)) return (void *)-1;
    brk_ += n;
    return old;
}
void *mem_heap_lo(void) { return lo; }
void *mem_heap_hi(void) { return brk_ - 1; }
size_t mem_heapsize(void) { return brk_ - lo; }
";

/// Nanoseconds for each operation: the medians of runs in turns.
#[derive(Clone, Copy)]
struct Times {
    /// The loop without the lab; for the lab's own heaps that of the driver.
    plain: f64,
    driver: f64,
    checked: f64,
}

const LEAST_TIME: Duration = Duration::from_millis(400);
const LEAST_ROUNDS: usize = 3;

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let (traces, heaps): (Vec<_>, Vec<_>) =
        arguments.iter().partition(|argument| argument.contains(".rep"));
    let read = |path: &&String| {
        let reading = Trace::parse(path, &fs::read(path).unwrap(), &ReadOptions::default());
        reading.ok().unwrap().trace
    };
    let traces: Vec<Trace> = traces.iter().map(read).collect();
    println!("{:12} {:16} {:>7}  ns for each operation", "heap", "trace", "ops");
    println!("{:37} {:>9} {:>9} {:>7} {:>10} {:>8}", "", "loop", "driver", "", "checked", "times");
    let mut all = Vec::new();
    for heap in heaps {
        let times = match &**heap {
            "implicit" => measure_lab::<heaplab_implicit::Policy>(&traces),
            "explicit" => measure_lab::<heaplab_explicit::Policy>(&traces),
            "segregated" => measure_lab::<heaplab_segregated::Policy>(&traces),
            "quick" => measure_lab::<heaplab_quick::Policy>(&traces),
            "tuned" => measure_lab::<heaplab_tuned::Policy>(&traces),
            file => {
                let name = Path::new(file).file_name().unwrap().to_string_lossy();
                let design = CDesign::of_files(file).unwrap();
                measure(&name, &design, Some(&plain(file)), &traces)
            }
        };
        all.extend(times);
    }
    print_mean("all", &all);
}

fn print_mean(name: &str, all: &[Times]) {
    let mean = |of: fn(&Times) -> f64| {
        (all.iter().map(|times| of(times).ln()).sum::<f64>() / all.len() as f64).exp()
    };
    let mean = Times {
        plain: mean(|times| times.plain),
        driver: mean(|times| times.driver),
        checked: mean(|times| times.checked),
    };
    print_line(&format!("{name:12} {:24}", "geometric mean"), &mean);
}

fn print_line(name: &str, &Times { plain, driver, checked }: &Times) {
    println!(
        "{name} {plain:9.2} {driver:9.2} {:+6.1}% {checked:10.1} {:8.1}",
        100.0 * (driver / plain - 1.0),
        checked / plain
    );
}

fn measure_lab<D: Design>(traces: &[Trace]) -> Vec<Times> {
    measure(D::NAME, &D::default(), None, traces)
}

/// Measures a heap on each trace.
fn measure<D: Design>(
    name: &str,
    design: &D,
    library: Option<&Library>,
    traces: &[Trace],
) -> Vec<Times> {
    let mut all = Vec::new();
    for trace in traces {
        let Some(times) = measure_one(design, library, trace) else {
            println!("{name:12} {:16} is at fault", trace.name());
            continue;
        };
        let ops = trace.ops().len();
        print_line(&format!("{name:12} {:16} {ops:7}", trace.name()), &times);
        all.push(times);
    }
    print_mean(name, &all);
    all
}

static HEARTBEAT: Heartbeat = Heartbeat::new();

/// Measures a heap on one trace; none if the heap is at fault.
fn measure_one<D: Design>(design: &D, library: Option<&Library>, trace: &Trace) -> Option<Times> {
    let align = if D::IS_NATIVE { Align::Eight } else { Align::Sixteen };
    let (limit_bytes, refuse) = (1 << 30, Refuse::Never);
    let settings =
        CheckSettings { align, limit_bytes, refuse, may_run_out: false, bad_pointers: true };
    let program = Program::new(trace).unwrap();
    let mut rounds: [Vec<Duration>; 3] = Default::default();
    let [loops, drivers, checks] = &mut rounds;
    let mut environment = TimingEnvironment::new(limit_bytes, align);
    let mut heap = TimedHeap::new(design.clone());
    let started = Instant::now();
    while checks.len() < LEAST_ROUNDS || started.elapsed() < LEAST_TIME {
        let mut is_sound = true;
        checks.push(timed(|| is_sound = check_accesses(design, trace, &settings, &|_| ()).is_ok()));
        if !is_sound {
            return None;
        }
        for _ in 0..5 {
            let mut driver = Duration::ZERO;
            let of_thread = timed(|| driver = heap.replay(&program, &mut environment).unwrap());
            // The thread's time includes setting up the heap, and the driver's the time in which
            // other programs have the processor.
            drivers.push(driver.min(of_thread));
            if let Some(library) = library {
                let mut subject = begin(library);
                let mut slots = vec![ptr::null_mut(); program.slots()];
                loops.push(timed(|| program.replay(&mut subject, &mut slots, &HEARTBEAT)));
            }
        }
    }
    if library.is_none() {
        loops.clone_from(drivers);
    }
    let [plain, driver, checked] = rounds.map(|mut times| {
        times.sort_unstable();
        times[times.len() / 2].as_nanos() as f64 / program.ops() as f64
    });
    Some(Times { plain, driver, checked })
}

/// Returns how long this thread is on a processor for some work.
fn timed<T>(work: impl FnOnce() -> T) -> Duration {
    let start = cpu_time();
    work();
    cpu_time() - start
}

fn cpu_time() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the call only writes the time.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
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
fn begin(library: &Library) -> Plain {
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
