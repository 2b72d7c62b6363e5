//! Describes a trace that was shrunk.

use heaplab_hunt::SmallTrace;
use heaplab_trace::Trace;
use std::path::Path;

/// A longer trace is not printed.
const SHOWN_OPS: usize = 20;

/// Returns the outcome of shrinking, the trace's path if it could be saved, and the operations if
/// there are few.
pub fn describe(small: &SmallTrace, trace: &Trace, saved: Option<&Path>) -> String {
    let ops = trace.ops().len();
    let end = if small.is_minimal {
        "no operation can be left out"
    } else {
        "it may be possible to leave out more: the time or the trials are used up"
    };
    let mut text = format!(
        "shrunk from {} to {} in {} trials; {end}\n{}\n",
        operations(small.ops_before),
        operations(ops),
        small.trials,
        saved.map_or("not saved".to_owned(), |path| format!("saved as {}", path.display()))
    );
    if ops <= SHOWN_OPS {
        text += &listing(trace);
    }
    text
}

fn operations(count: usize) -> String {
    match count {
        1 => "1 operation".to_owned(),
        count => format!("{count} operations"),
    }
}

/// Returns the operations with their lines in the file and their remarks.
fn listing(trace: &Trace) -> String {
    let mut text = String::new();
    for (index, op) in (0u32..).zip(trace.ops()) {
        let of_this = |comment: &&heaplab_trace::Comment| index == comment.before_op;
        let remark = trace.comments().iter().rev().find(of_this);
        let remark = remark.filter(|remark| remark.text.starts_with("line "));
        let remark = remark.map_or(String::new(), |remark| format!("# {}", remark.text));
        let op = op.to_string();
        let line = format!("{:>6} | {op:<16} {remark}", trace.line(index as usize));
        text += line.trim_end();
        text.push('\n');
    }
    text
}
