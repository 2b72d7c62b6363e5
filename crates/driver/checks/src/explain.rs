//! A diagnosis in words: what was done, to which block, against which rule, the heap around it, and
//! how to see it again.

use crate::{
    Diagnosis, FunctionLine, HeapPicture, ListedBlock, PictureRow, SourceLine, WriterReport,
};
use anstyle::{AnsiColor, Style};
use heaplab_inputs::Input;
use heaplab_support::explain_command;
use heaplab_trace::Visible;
use std::{env, fs};

const RED: Style = AnsiColor::Red.on_default().bold();
const BLUE: Style = AnsiColor::Blue.on_default().bold();
const BOLD: Style = Style::new().bold();

/// Returns the whole explanation. `again` is the command that repeats the fault, and `step` the one
/// that shows the run up to it step by step, if the trace has a file.
pub fn explain(
    heap: &str,
    input: &Input,
    diagnosis: &Diagnosis,
    again: &str,
    step: Option<&str>,
) -> String {
    let told = explain_alone(heap, input, diagnosis);
    let more = explain_command(&diagnosis.fault.code);
    let step = step.map_or(String::new(), |step| format!("  {BOLD}step:{BOLD:#}  {step}\n"));
    format!("{told}\n  {BOLD}again:{BOLD:#} {again}\n{step}  {BOLD}more:{BOLD:#}  {more}\n")
}

/// Returns the explanation without the commands at its end.
pub fn explain_alone(heap: &str, input: &Input, diagnosis: &Diagnosis) -> String {
    let fault = &diagnosis.fault;
    let operation = fault.operation.as_deref();
    let operation = operation.map_or(String::new(), |operation| format!(": `{operation}`"));
    let mut text = format!(
        "\n{RED}fault[{}]{RED:#}{BOLD}: {heap} on {}{operation}{BOLD:#}\n  {}\n",
        fault.code,
        place(input, diagnosis),
        fault.message
    );
    text += &functions(diagnosis);
    for step in turn(diagnosis) {
        text += &step;
    }
    for writer in &diagnosis.writers {
        text += &written(writer);
    }
    text += &format!("  {BOLD}rule {}:{BOLD:#} {}\n", diagnosis.rule, diagnosis.rule_text);
    if !diagnosis.picture.rows.is_empty() {
        let line = fault.line.map_or("then".to_owned(), |line| format!("line {line}"));
        let after = if diagnosis.is_stopped_within() {
            "when stopped".to_owned()
        } else {
            format!("after {line}")
        };
        text += "\n";
        text += &picture(&diagnosis.picture, &format!("before {line}"), &after);
    }
    text
}

/// Returns a line for a fault beside the one that is explained.
pub fn one_line(input: &Input, diagnosis: &Diagnosis) -> String {
    let operation = diagnosis.fault.operation.as_deref();
    let operation = operation.map_or(String::new(), |operation| format!(": `{operation}`"));
    format!("  {}{operation} [{}]\n", place(input, diagnosis), diagnosis.fault.code)
}

/// Returns the file, and the line if there is one, as compilers write it.
fn place(input: &Input, diagnosis: &Diagnosis) -> String {
    let file = input.path.visible();
    match diagnosis.fault.line {
        Some(line) => format!("{file}:{line}"),
        None => file.to_string(),
    }
}

/// At most this many callers are shown.
const CALLERS: usize = 4;

/// Returns the allocator's line that did it, and the lines that called its function.
fn functions(diagnosis: &Diagnosis) -> String {
    let Some(source) = &diagnosis.source else {
        return String::new();
    };
    let calls = &diagnosis.calls;
    let Some(first) = calls.iter().position(|call| call.source == *source) else {
        return source_line(source, "");
    };
    let mut text = source_line(source, &calls[first].function);
    for given in calls[..first].iter().rev() {
        text += &format!("      it called {}\n", called(given));
    }
    text + &callers(&calls[first + 1..])
}

/// Returns who wrote a word: the line that a student wrote first, then its callers.
fn written(writer: &WriterReport) -> String {
    let when = match (writer.line, &writer.operation) {
        (Some(line), Some(operation)) => format!("on line {line}, `{operation}`"),
        _ => "when the empty heap was set up".to_owned(),
    };
    let mut text = format!("  {}, at {}, was written {when}:\n", writer.word, writer.address);
    let first = writer.calls.iter().position(|call| !call.is_given()).unwrap_or(0);
    if let Some(call) = writer.calls.get(first) {
        text += &source_line(&call.source, &call.function);
        for given in writer.calls[..first].iter().rev() {
            text += &format!("      it called {}\n", called(given));
        }
        text += &callers(&writer.calls[first + 1..]);
    }
    text
}

fn callers(calls: &[FunctionLine]) -> String {
    let mut calls: Vec<&FunctionLine> = calls.iter().collect();
    calls.dedup(); // A recursion has the same line many times.
    let shown = calls.into_iter().take(CALLERS).map(|call| {
        let quoted = quote(&call.source.file, call.source.line);
        let quoted = quoted.map_or(String::new(), |quoted| format!(": {quoted}"));
        format!("      called by {}{quoted}\n", called(call))
    });
    shown.collect()
}

fn called(call: &FunctionLine) -> String {
    let SourceLine { file, line } = &call.source;
    format!("`{}` at {file}:{line}", call.function)
}

/// Returns a line of the allocator, quoted if the file is at hand.
fn source_line(source: &SourceLine, function: &str) -> String {
    let SourceLine { file, line } = source;
    let function = match function {
        "" => String::new(),
        name => format!(" in `{name}`"),
    };
    let mut text = format!("  {BLUE}-->{BLUE:#} {file}:{line}{function}\n");
    if let Some(quoted) = quote(file, *line) {
        text += &format!("      {quoted}\n");
    }
    text
}

/// Returns the line itself. The compiler names files from the workspace's folder, and the command
/// may be run in a folder below it.
fn quote(file: &str, line: u32) -> Option<String> {
    let here = env::current_dir().ok()?;
    let path = here.ancestors().map(|folder| folder.join(file)).find(|path| path.is_file())?;
    let code = fs::read_to_string(path).ok()?;
    let index = (line as usize).checked_sub(1)?;
    Some(code.lines().nth(index)?.trim().to_owned())
}

/// Returns one turn of an endless loop: its distinct steps, if they are few.
fn turn(diagnosis: &Diagnosis) -> Vec<String> {
    const SHOWN: usize = 8;
    let mut lines: Vec<String> = Vec::new();
    for step in &diagnosis.cycle {
        let SourceLine { file, line } = &step.source;
        let text = format!("      {} {} at {file}:{line}\n", step.kind, step.address);
        if !lines.contains(&text) {
            lines.push(text);
        }
    }
    let more = lines.len().saturating_sub(SHOWN);
    lines.truncate(SHOWN);
    if !lines.is_empty() {
        lines.insert(0, "  one turn of the loop:\n".to_owned());
    }
    if more > 0 {
        lines.push(format!("      and {more} more\n"));
    }
    lines
}

/// Draws the blocks around the fault: what they were, what they are, what they hold.
pub fn picture(picture: &HeapPicture, before: &str, after: &str) -> String {
    let mut table: Vec<[String; 4]> =
        vec![["block".to_owned(), before.to_owned(), after.to_owned(), "the program's".to_owned()]];
    table.extend(picture.rows.iter().map(cells));
    let width = |column: usize| {
        let widths = table.iter().map(|row| row[column].chars().count());
        widths.max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..3).map(width).collect();
    let mut text = String::new();
    for (index, [at, before, after, holds]) in table.iter().enumerate() {
        let marked = index.checked_sub(1).is_some_and(|row| picture.rows[row].is_meant);
        let mark = if marked { format!("{RED}>{RED:#}") } else { " ".to_owned() };
        let line = format!(
            "{at:<0$}  {before:>1$}  {after:>2$}  {holds}",
            widths[0], widths[1], widths[2]
        );
        let line = line.trim_end();
        text += &match index {
            0 => format!("    {BOLD}{line}{BOLD:#}\n"),
            _ => format!("  {mark} {line}\n"),
        };
    }
    let hidden: Vec<String> = [(picture.more_below, "below"), (picture.more_above, "above")]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, side)| format!("{count} {side}"))
        .collect();
    let hidden = if hidden.is_empty() {
        String::new()
    } else {
        format!("; blocks not shown: {}", hidden.join(", "))
    };
    text += &format!("    the heap is {} to {}{hidden}\n", picture.heap_start, picture.heap_break);
    text + &lists(&picture.lists)
}

/// Draws the free lists: each block with its two links.
fn lists(listed: &[ListedBlock]) -> String {
    const SHOWN: usize = 16;
    let mut text = String::new();
    let mut last = None;
    for block in listed.iter().take(SHOWN) {
        if last.replace(block.list) != Some(block.list) {
            text += &format!("    {BOLD}free list {}, in its order{BOLD:#}\n", block.list);
        }
        let ListedBlock { payload, next, previous, .. } = block;
        let state = block.state.as_deref().unwrap_or("no block");
        let is_wrong = block.is_again || !state.ends_with("free");
        let mark = if is_wrong { format!("{RED}>{RED:#}") } else { " ".to_owned() };
        let again = if block.is_again { "  (again)" } else { "" };
        let link = |name: &str, link: &Option<String>| {
            link.as_ref().map_or(String::new(), |to| format!("  {name} {to}"))
        };
        let (next, previous) = (link("next", next), link("previous", previous));
        text += &format!("  {mark} {payload}  {state}{next}{previous}{again}\n");
    }
    match listed.len().saturating_sub(SHOWN) {
        0 => text,
        more => text + &format!("    entries not shown: {more}\n"),
    }
}

fn cells(row: &PictureRow) -> [String; 4] {
    let or_none = |state: &Option<String>| state.clone().unwrap_or_else(|| "-".to_owned());
    let holds = row.holds.as_ref().map(|payload| {
        let bytes = match payload.bytes {
            1 => "1 byte".to_owned(),
            bytes => format!("{bytes} bytes"),
        };
        // A block is named by its payload: the program's is there, unless the heap is wrong.
        let at = if payload.address == row.payload {
            String::new()
        } else {
            format!(" at {}", payload.address)
        };
        format!("block {} (line {}), {bytes}{at}", payload.id, payload.line)
    });
    [row.payload.clone(), or_none(&row.before), or_none(&row.after), holds.unwrap_or_default()]
}
