//! The options for the machine that heaps run on, and the command that checks a heap there.

use crate::commands::reading::Reading;
use crate::commands::values::{parse_bytes, parse_count, parse_seconds};
use heaplab_checks::{CheckOptions, Conditions};
use heaplab_heap::Align;
use heaplab_inputs::Wanted;
use heaplab_support::this_command;
use heaplab_trace::{Visible, path_text};
use heaplab_worker::{Common, Refusal};
use std::fmt;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

/// The traces, how to read them, and the machine that heaps run on: the same options in
/// every command that runs heaps on traces.
#[derive(clap::Args, Clone)]
pub struct MachineArguments {
    /// A trace file, or a folder of traces; may be repeated [default: the folder in HEAPLAB_TRACES,
    /// else labs/traces, else the traces that came with the program]
    #[arg(long, value_name = "FILE|DIR")]
    pub trace: Vec<PathBuf>,

    /// The alignment of payloads in bytes: 16 as on x86-64, or 8 as in the book and on 32-bit
    /// systems
    #[arg(long, default_value = "16", value_name = "8|16")]
    pub align: Align,

    /// The largest heap segment: beyond it sbrk fails; 64K, 20M and 1G are understood
    #[arg(long, default_value = DEFAULT_HEAP_LIMIT, value_name = "BYTES", value_parser = parse_bytes)]
    pub heap_limit: u32,

    /// The limit on the CPU time of one operation: a heap that needs more is reported as hanging.
    /// All operations together have no limit
    #[arg(long, default_value_t = DEFAULT_TIMEOUT_SECONDS, value_name = "SECONDS", value_parser = parse_seconds)]
    pub op_timeout: f64,

    #[command(flatten)]
    pub reading: Reading,
}

impl MachineArguments {
    /// Returns the settings: the machine, how to read the traces, and the time limit.
    pub fn common(&self) -> Common {
        Common {
            align_bytes: self.align.bytes(),
            limit_bytes: self.heap_limit,
            reading: self.reading.options(),
            timeout_seconds: self.op_timeout,
        }
    }

    /// Returns which traces are requested; one that no heap can serve can't be used.
    pub fn wanted(&self) -> Wanted<'_> {
        Wanted {
            paths: &self.trace,
            reading: self.reading.options(),
            room_bytes: Some(self.heap_limit),
            stress_in_bytes: None,
        }
    }
}

/// The machine that a heap is checked on.
#[derive(clap::Args, Clone)]
pub struct Machine {
    #[command(flatten)]
    pub machine: MachineArguments,

    /// Makes sbrk fail in its call number K, counted from 0, and in all calls after it. The heap
    /// may then fail requests, but it must not lose anything
    #[arg(long, value_name = "K", conflicts_with = "refuse_sbrk_once")]
    refuse_sbrk: Option<u32>,

    /// Makes sbrk fail only in its call number K
    #[arg(long, value_name = "K")]
    refuse_sbrk_once: Option<u32>,

    /// Allows the heap to fail requests when the heap limit is reached
    #[arg(long)]
    may_run_out: bool,

    /// Makes no calls with bad pointers between the operations: freed twice, misaligned, inside a
    /// block, outside the heap
    #[arg(long)]
    no_bad_pointers: bool,

    /// The number of traces to check at the same time [default: one per core]
    #[arg(long, value_name = "N", value_parser = parse_count::<NonZeroUsize>)]
    pub jobs: Option<NonZeroUsize>,
}

const DEFAULT_HEAP_LIMIT: &str = "1G";

const DEFAULT_TIMEOUT_SECONDS: f64 = 10.0;

impl Machine {
    /// Returns the machine that these options give.
    pub fn new(align: Align, heap_limit: u32, refusal: Refusal, op_timeout: f64) -> Machine {
        let machine = MachineArguments {
            trace: Vec::new(),
            align,
            heap_limit,
            op_timeout,
            reading: Reading::default(),
        };
        Machine {
            machine,
            refuse_sbrk: refusal.from.filter(|_| !refusal.once),
            refuse_sbrk_once: refusal.from.filter(|_| refusal.once),
            may_run_out: refusal.may_run_out && refusal.from.is_none(),
            no_bad_pointers: false,
            jobs: None,
        }
    }

    /// Returns the same machine, with or without calls with bad pointers.
    pub fn with_bad_pointers(self, bad_pointers: bool) -> Machine {
        Machine { no_bad_pointers: !bad_pointers, ..self }
    }

    /// Returns the same machine for traces that this program has written.
    pub fn for_own_traces(&self) -> Machine {
        let machine = MachineArguments { reading: Reading::default(), ..self.machine.clone() };
        Machine { machine, ..self.clone() }
    }

    /// Returns the conditions under which heaps are checked.
    pub fn conditions(&self) -> Conditions {
        Conditions {
            common: self.machine.common(),
            refusal: self.refusal(),
            bad_pointers: !self.no_bad_pointers,
        }
    }

    /// Returns how heaps are checked, on this many operations of each trace, or on all.
    pub fn check_options(&self, until: Option<usize>) -> CheckOptions {
        CheckOptions { conditions: self.conditions(), until, jobs: self.jobs }
    }

    /// Returns the machine of a command that has no options for refusals.
    pub fn of(common: Common) -> Machine {
        let refusal = Refusal::default();
        let limit_bytes = common.limit_bytes;
        let mut machine =
            Machine::new(common.align(), limit_bytes, refusal, common.timeout_seconds);
        machine.machine.reading = Reading::of(common.reading);
        machine
    }

    /// Returns the machine of a lab's check.
    pub fn of_check(check: &heaplab_lab::Check) -> Machine {
        let align = match check.align {
            8 => Align::Eight,
            _ => Align::Sixteen,
        };
        let refusal =
            Refusal { from: check.refuse_sbrk_from, once: false, may_run_out: check.may_fail };
        let limit_bytes = check.limit.unwrap_or(1 << 30);
        Machine::new(align, limit_bytes, refusal, DEFAULT_TIMEOUT_SECONDS)
    }

    pub fn refusal(&self) -> Refusal {
        let from = self.refuse_sbrk.or(self.refuse_sbrk_once);
        Refusal {
            from,
            once: self.refuse_sbrk_once.is_some(),
            may_run_out: self.may_run_out || from.is_some(),
        }
    }

    /// Returns the options that are not the default, as typed.
    fn typed_options(&self) -> Vec<String> {
        let mut options = Vec::new();
        let mut option = |name: &str, value: Option<String>| {
            options.push(format!("--{name}"));
            options.extend(value);
        };
        if self.machine.align != Align::Sixteen {
            option("align", Some(self.machine.align.bytes().to_string()));
        }
        if parse_bytes(DEFAULT_HEAP_LIMIT) != Ok(self.machine.heap_limit) {
            option("heap-limit", Some(self.machine.heap_limit.to_string()));
        }
        if let Some(call) = self.refuse_sbrk {
            option("refuse-sbrk", Some(call.to_string()));
        }
        if let Some(call) = self.refuse_sbrk_once {
            option("refuse-sbrk-once", Some(call.to_string()));
        }
        if self.may_run_out {
            option("may-run-out", None);
        }
        if self.no_bad_pointers {
            option("no-bad-pointers", None);
        }
        if let Some(dialect) = self.machine.reading.options().dialect {
            option("from", Some(dialect.name().to_owned()));
        }
        if self.machine.reading.options().lenient {
            option("lenient", None);
        }
        options
    }
}

/// Makes the command that checks a heap on a trace, on the machine of a command that has no
/// options for refusals.
pub fn again(common: Common) -> impl Fn(&str, &Path) -> String {
    let machine = Machine::of(common);
    move |heap, trace| Repeat::command(&machine, heap, trace, None).to_string()
}

/// The command that repeats a fault, or shows the run up to it.
pub struct Repeat(String);

impl Repeat {
    /// Returns `heaplab check HEAP --trace FILE` with the other options that it needs.
    pub fn command(machine: &Machine, heap: &str, trace: &Path, until: Option<u32>) -> Repeat {
        Repeat::of(machine, ["check", heap], trace, ("--until", until))
    }

    /// Returns `heaplab step HEAP --trace FILE --at LINE` with the other options that it needs: it
    /// shows the run step by step, and begins with the operation on that line.
    pub fn step(machine: &Machine, heap: &str, trace: &Path, at: Option<u32>) -> Repeat {
        Repeat::of(machine, ["step", heap], trace, ("--at", at))
    }

    fn of(
        machine: &Machine,
        command: [&str; 2],
        trace: &Path,
        (option, line): (&str, Option<u32>),
    ) -> Repeat {
        let mut words = this_command();
        words.extend(command.map(str::to_owned));
        words.push("--trace".to_owned());
        let after_trace = words.len();
        words.push(path_text(trace).into_owned());
        words.extend(line.map(|line| [option.to_owned(), line.to_string()]).into_iter().flatten());
        words.extend(machine.typed_options());
        let quoted = |word: &String| match shlex::try_quote(word) {
            Ok(quoted) => quoted.into_owned(),
            Err(_) => word.clone(), // a NUL byte, which no shell can quote
        };
        let mut quoted: Vec<String> = words.iter().map(quoted).collect();
        if trace.to_str() != Some(&*trace.visible()) {
            quoted[after_trace] = in_escapes(trace);
        }
        Repeat(quoted.join(" "))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Quotes a name with bytes that a terminal does not show, in the form that today's shells read:
/// `$'a\x1bb'`.
fn in_escapes(path: &Path) -> String {
    let mut quoted = "$'".to_owned();
    for &byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'\'' | b'\\' => quoted.extend(['\\', char::from(byte)]),
            b' '..=b'~' => quoted.push(char::from(byte)),
            _ => quoted += &format!("\\x{byte:02x}"),
        }
    }
    quoted + "'"
}

impl fmt::Display for Repeat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
