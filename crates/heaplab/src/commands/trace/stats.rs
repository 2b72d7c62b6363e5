//! `heaplab trace stats`: shows what traces are like.

use super::files::{Refused, Source, Visited};
use super::plot;
use super::source;
use crate::commands::print;
use crate::commands::progress::Terminal;
use crate::{Failure, Outcome};
use heaplab_inputs::LeftOut;
use heaplab_logs::Options;
use heaplab_support::grouped;
use heaplab_trace::{
    Calls, Dialect, Evidence, Lifetimes, Measurement, Op, Sizes, Stats, Stretch, Visible, Visit,
    Weight, path_text, thread_of_remark,
};
use serde::Serialize;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Arguments.
#[derive(clap::Args)]
pub(super) struct Arguments {
    /// The traces to read, or folders of them; `-` is standard input.
    #[arg(required = true)]
    files: Vec<PathBuf>,

    #[command(flatten)]
    reading: source::Reading,

    /// The output format.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// How to print.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// For programs: schema `heaplab.trace-stats.v1`.
    Json,
}

/// Columns of the plots over time: the number of stretches.
const PLOT_COLUMNS: usize = 64;

/// Rows of the plots over time.
const PLOT_ROWS: usize = 4;

/// Columns of the longest bar of the size histogram.
const BAR_COLUMNS: usize = 40;

/// Runs the command. A file that can't be read does not stop the others.
pub(super) fn run(arguments: &Arguments) -> Outcome {
    let (mut failed, mut left_out) = (Vec::new(), Vec::new());
    let mut measured = Vec::new();
    let files = heaplab_inputs::files(&arguments.files, &*Terminal::listener())?;
    let options = arguments.reading.options(false);
    for file in &files {
        match measure(file, &options) {
            Ok(trace) => measured.push(trace),
            Err(refused) => {
                failed.push(refused.text);
                left_out
                    .push(LeftOut { file: path_text(file).into_owned(), reason: refused.reason });
            }
        }
    }
    let text = match arguments.format {
        Format::Text => {
            let texts: Vec<String> = measured.iter().map(text).collect();
            texts.join("\n")
        }
        Format::Json => json(&measured, &left_out)?,
    };
    print::bytes(text.as_bytes())?;
    if failed.is_empty() { Ok(()) } else { Err(Failure::input(failed.join("\n\n"))) }
}

/// A trace and its statistics.
struct Measured {
    file: PathBuf,
    name: String,
    dialect: Dialect,
    evidence: Evidence,
    weight: Weight,
    remarks: Remarks,
    stats: Stats,
}

/// Reads the trace twice: the first pass counts the operations, which gives the length of each
/// stretch of the timeline.
fn measure(file: &Path, options: &Options) -> Result<Measured, Refused> {
    let source = Source::new(file);
    let mut remarks = Remarks::default();
    let visited = source.visit(options, &mut remarks)?;
    Ok(match visited {
        Visited::Passed(summary) => {
            let mut measurement = Measurement::new(summary.ops, PLOT_COLUMNS);
            source.visit_again(options, &mut measurement)?;
            Measured {
                file: file.to_owned(),
                stats: measurement.finish(summary.ids),
                name: summary.name,
                dialect: summary.dialect,
                evidence: summary.evidence,
                weight: summary.weight,
                remarks,
            }
        }
        Visited::Kept(reading) => {
            let mut remarks = Remarks::default();
            reading.trace.pass_to(&mut remarks);
            Measured {
                file: file.to_owned(),
                stats: Stats::of(&reading.trace, PLOT_COLUMNS),
                name: reading.trace.name().to_owned(),
                dialect: reading.dialect,
                evidence: reading.evidence,
                weight: reading.trace.weight(),
                remarks,
            }
        }
    })
}

/// The remarks to show.
#[derive(Default)]
struct Remarks {
    /// The remarks above the first operation.
    first: Vec<String>,
    /// The calling threads, if remarks name them from the first operation on.
    threads: BTreeSet<u32>,
    an_op_has_no_thread: bool,
    has_ops: bool,
}

impl Visit for Remarks {
    fn op(&mut self, _: Op, _: u32) {
        self.has_ops = true;
        self.an_op_has_no_thread |= self.threads.is_empty();
    }

    fn comment(&mut self, text: &str) {
        match thread_of_remark(text) {
            Some(thread) => {
                self.threads.insert(thread);
            }
            None if !self.has_ops => self.first.push(text.to_owned()),
            None => {}
        }
    }
}

/// One trace of the JSON output.
#[derive(Serialize)]
struct JsonTrace<'a> {
    trace: &'a str,
    file: String,
    dialect: &'a str,
    weight: u8,
    #[serde(flatten)]
    stats: &'a Stats,
}

/// The JSON output.
#[derive(Serialize)]
struct Json<'a> {
    schema: &'a str,
    traces: Vec<JsonTrace<'a>>,
    /// The files that could not be read; absent if there are none.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    left_out: &'a [LeftOut],
}

fn json(measured: &[Measured], left_out: &[LeftOut]) -> Result<String, Failure> {
    let traces = measured
        .iter()
        .map(|trace| JsonTrace {
            trace: &trace.name,
            file: path_text(&trace.file).into_owned(),
            dialect: trace.dialect.name(),
            weight: trace.weight.number(),
            stats: &trace.stats,
        })
        .collect();
    let json = Json { schema: "heaplab.trace-stats.v1", traces, left_out };
    let text = serde_json::to_string_pretty(&json).map_err(Failure::input)?;
    Ok(text + "\n")
}

/// Returns everything about one trace, for people.
fn text(trace: &Measured) -> String {
    let stats = &trace.stats;
    let mut lines = vec![
        format!("{} ({})", trace.name.visible(), trace.file.visible()),
        format!("  dialect     {}: {}", trace.dialect, trace.evidence),
    ];
    for remark in &trace.remarks.first {
        lines.push(format!("  comment     {}", remark.visible()));
    }
    lines.push(calls(&stats.calls));
    let threads = trace.remarks.threads.len();
    if threads > 0 && !trace.remarks.an_op_has_no_thread {
        lines.push(format!("  threads     {threads}"));
    }
    lines.push(format!("  ids         {}", grouped(stats.ids.into())));
    lines.push(format!(
        "  peak        {} payload bytes, first on line {}; at most {} live blocks",
        grouped(stats.peak.payload_bytes),
        stats.peak.line,
        grouped(stats.peak_live_blocks.into()),
    ));
    lines.push(format!(
        "  at the end  {} live blocks, {} bytes",
        grouped(stats.live_blocks_at_end.into()),
        grouped(stats.live_bytes_at_end),
    ));
    lines.push(lifetimes(&stats.lifetimes));
    lines.extend(sizes(&stats.sizes));
    lines.extend(timeline(&stats.timeline));
    lines.join("\n") + "\n"
}

/// Describes the calls that occur.
fn calls(calls: &Calls) -> String {
    let listed: Vec<String> = [
        (calls.malloc, "malloc"),
        (calls.calloc, "calloc"),
        (calls.memalign, "memalign"),
        (calls.realloc, "realloc"),
        (calls.free, "free"),
        (calls.free_null, "free(NULL)"),
        (calls.write, "write"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, name)| format!("{} {name}", grouped(count)))
    .collect();
    let mut text = format!("  operations  {}", grouped(calls.total));
    if !listed.is_empty() {
        text += &format!(": {}", listed.join(", "));
    }
    let special = [(calls.realloc_of_null, "allocate"), (calls.realloc_to_zero, "free")];
    for (count, verb) in special.into_iter().filter(|(count, _)| *count > 0) {
        text += &format!("; {} of the reallocs {verb}", grouped(count));
    }
    text
}

fn lifetimes(lifetimes: &Lifetimes) -> String {
    if lifetimes.freed == 0 {
        return "  lifetimes   no block is freed".to_owned();
    }
    format!(
        "  lifetimes   of the {} freed blocks, 10 % live up to {} operations, \
         50 % {}, 90 % {}, 99 % {}, all {}",
        grouped(lifetimes.freed),
        grouped(lifetimes.p10_ops.into()),
        grouped(lifetimes.p50_ops.into()),
        grouped(lifetimes.p90_ops.into()),
        grouped(lifetimes.p99_ops.into()),
        grouped(lifetimes.max_ops.into()),
    )
}

fn sizes(sizes: &Sizes) -> Vec<String> {
    let frequent: Vec<String> = sizes
        .most_frequent
        .iter()
        .map(|count| format!("{} ({} x)", grouped(count.bytes.into()), grouped(count.requests)))
        .collect();
    let mut lines = vec![format!(
        "  sizes       {} different, {} to {} bytes, median {}",
        grouped(sizes.distinct as u64),
        grouped(sizes.min_bytes.into()),
        grouped(sizes.max_bytes.into()),
        grouped(sizes.median_bytes.into()),
    )];
    if sizes.requests > 0 {
        lines.push(format!("  frequent    {}", frequent.join(", ")));
        lines.push(String::new());
        lines.push("  requests by size in bytes".to_owned());
    }
    let most = sizes.histogram.iter().map(|class| class.requests).max();
    for class in &sizes.histogram {
        let range = if class.from_bytes == class.to_bytes {
            grouped(class.from_bytes.into())
        } else {
            format!("{} to {}", grouped(class.from_bytes.into()), grouped(class.to_bytes.into()))
        };
        let bar = plot::bar(class.requests, most.unwrap_or(0), BAR_COLUMNS);
        let line = format!("  {range:>20} {:>9} {bar}", grouped(class.requests));
        lines.push(line.trim_end().to_owned());
    }
    lines
}

/// Returns two small plots over time: live payload and live blocks.
fn timeline(timeline: &[Stretch]) -> Vec<String> {
    let Some(last) = timeline.last() else {
        return Vec::new();
    };
    let bytes: Vec<u64> = timeline.iter().map(|s| s.live_bytes).collect();
    let blocks: Vec<u64> = timeline.iter().map(|s| s.live_blocks.into()).collect();
    let mut lines = Vec::new();
    for (title, values) in [("live payload bytes", bytes), ("live blocks", blocks)] {
        let highest = values.iter().copied().max().unwrap_or(0);
        lines.push(String::new());
        lines.push(format!(
            "  {title} over {} operations, up to {}",
            grouped(last.end_op as u64),
            grouped(highest)
        ));
        let rows = plot::area(&values, PLOT_ROWS);
        lines.extend(rows.iter().map(|row| format!("  |{row}")));
    }
    lines
}
