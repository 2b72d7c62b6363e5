//! `heaplab usable`: shows what allocators hand out beyond the request, and which of these bytes
//! calloc leaves unchanged.

use super::print;
use super::progress::Terminal;
use super::values::parse_bytes;
use crate::{Failure, Outcome};
use heaplab_compare::{AskBeyond, Contender, contenders};
use heaplab_heap::Align;
use heaplab_replay::Bonus;
use heaplab_report::{Grid, Group, Line, NONE, table};
use heaplab_trace::{ReadOptions, Trace, Weight};
use heaplab_worker::pool::{WorkerOptions, do_one};
use heaplab_worker::{Common, Heaps};

/// Arguments of `heaplab usable`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  heaplab usable
  heaplab usable 13 100 1000 quick libc

Exit code: 0 fine, 2 the command line or this machine is at fault.")]
pub struct Arguments {
    /// Request sizes in bytes, one block for each [default: 1 13 24 25 100 1000 5000]; and heaps,
    /// optionally with policies, production allocators, and shared libraries such as ./libmine.so
    /// [default: every heap and every production allocator that is built in]
    #[arg(value_name = "SIZE|HEAP")]
    words: Vec<String>,

    /// A heap, given as an option
    #[arg(long, value_name = "HEAP")]
    heap: Vec<String>,

    /// The alignment of the heaps' payloads in bytes, 8 or 16
    #[arg(long, default_value = "16", value_name = "8|16")]
    align: Align,
}

/// The default sizes.
const USUAL_SIZES: [u32; 7] = [1, 13, 24, 25, 100, 1000, 5000];

/// The block of the trap: 13 bytes that grow to 24.
const TRAP: (u32, u32) = (13, 24);

/// Time limit of an experiment in seconds.
const PATIENCE_SECONDS: f64 = 10.0;

/// Production allocators may reserve any amount of address space.
const NO_LIMIT: u64 = u64::MAX;

/// Runs the command.
pub fn run(lab: &Heaps, arguments: &Arguments) -> Outcome {
    let (sizes, heaps) = arguments.sizes_and_heaps();
    if sizes.contains(&0) {
        return Err(Failure::input(
            "error: a size of 0 bytes can't be measured\nhelp: ask for 1 byte or more",
        ));
    }
    let mut rows = Vec::new();
    for contender in contenders(lab, &heaps, &Terminal::listener())? {
        let found = experiment(&contender, arguments.align, &sizes)?;
        rows.push((contender.name, found));
    }
    print::styled(&render(&sizes, &rows))
}

impl Arguments {
    /// Returns the words that are sizes, and all others.
    fn sizes_and_heaps(&self) -> (Vec<u32>, Vec<String>) {
        let mut sizes = Vec::new();
        let mut heaps = Vec::new();
        for word in &self.words {
            match parse_bytes(word) {
                Ok(size) => sizes.push(size),
                Err(_) => heaps.push(word.clone()),
            }
        }
        if sizes.is_empty() {
            sizes = USUAL_SIZES.to_vec();
        }
        heaps.extend_from_slice(&self.heap);
        (sizes, heaps)
    }
}

/// Does the experiments, the trap's block first, then one for each size, in a separate process.
fn experiment(contender: &Contender, align: Align, sizes: &[u32]) -> Result<Vec<Bonus>, Failure> {
    let sizes = sizes.iter().map(|&size| (size, size));
    let job = AskBeyond {
        contender: contender.asked.clone(),
        common: Common {
            align_bytes: align.bytes(),
            limit_bytes: 1 << 30,
            reading: ReadOptions::STRICT,
            timeout_seconds: PATIENCE_SECONDS,
        },
        blocks: [TRAP].into_iter().chain(sizes).collect(),
    };
    let nothing = Trace::from_ops("nothing", Weight::Both, Vec::new()).map_err(Failure::input)?;
    let worker_options = WorkerOptions::told(&Terminal::listener(), NO_LIMIT);
    do_one(&job, &nothing, &worker_options)?.map_err(|failed| {
        let message = failed.fault.message;
        print::remark(format_args!("{}: {message}\n", contender.name));
        Failure::Heap
    })
}

fn render(sizes: &[u32], rows: &[(String, Vec<Bonus>)]) -> String {
    let (asked, grown) = TRAP;
    format!(
        "Usable bytes of a block, for each number of requested bytes:\n\n{}\n\
         A reused block from calloc({asked}, 1): the bytes from {asked} on that are not zero.\n\
         The same block, grown to {grown} bytes and zeroed from its usable size on: the bytes that are not zero.\n\n{}",
        table(&usable(sizes, rows), print::width()),
        table(&trap(rows), print::width())
    )
}

fn usable(sizes: &[u32], rows: &[(String, Vec<Bonus>)]) -> Grid {
    let sizes: Vec<String> = sizes.iter().map(u32::to_string).collect();
    let line = |(name, all): &(String, Vec<Bonus>)| Line {
        labels: vec![name.clone()],
        cells: vec![all[1..].iter().map(|one| one.usable.to_string()).collect()],
    };
    Grid {
        labels: vec![""],
        groups: vec![Group { title: String::new(), columns: sizes }],
        rows: rows.iter().map(line).collect(),
        footer: Vec::new(),
    }
}

fn trap(rows: &[(String, Vec<Bonus>)]) -> Grid {
    let line = |(name, all): &(String, Vec<Bonus>)| Line {
        labels: vec![name.clone()],
        cells: vec![vec![
            all[0].usable.to_string(),
            ranges(&all[0].dirty_after_calloc),
            ranges(&all[0].dirty_after_growth),
        ]],
    };
    Grid {
        labels: vec![""],
        groups: vec![Group::new("", &["usable", "not zero", "not zero when grown"])],
        rows: rows.iter().map(line).collect(),
        footer: Vec::new(),
    }
}

/// Formats numbers in order, with ranges as `13-15`.
fn ranges(numbers: &[u32]) -> String {
    if numbers.is_empty() {
        return NONE.to_owned();
    }
    let runs = numbers.chunk_by(|before, after| before + 1 == *after);
    let texts = runs.map(|run| match run {
        [one] => one.to_string(),
        [first, .., last] => format!("{first}-{last}"),
        [] => String::new(),
    });
    texts.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::ranges;

    #[test]
    fn consecutive_sizes_are_joined() {
        assert_eq!(ranges(&[]), "-");
        assert_eq!(ranges(&[13, 14, 15]), "13-15");
        assert_eq!(ranges(&[1, 3, 4, 9]), "1 3-4 9");
    }
}
