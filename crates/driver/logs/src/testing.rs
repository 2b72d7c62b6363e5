//! What the tests of the readers share.

use crate::{Conversion, Input, NotRead, Notes, Options, Tool, read};
use heaplab_trace::Op;

fn convert(tool: Tool, text: &str, pids: &[u32]) -> Result<Conversion, NotRead> {
    let options = Options { tool: Some(tool), pids: pids.to_vec(), ..Options::default() };
    match read("log", text.as_bytes(), &options)? {
        Input::Log(conversion) => Ok(conversion),
        Input::Trace(_) => panic!("a tool is forced, so it is a log"),
    }
}

fn text_of(conversion: &Conversion) -> String {
    let ops: Vec<String> = conversion.trace.ops().iter().map(Op::to_string).collect();
    ops.join(", ")
}

/// Returns the operations of a log.
pub(crate) fn converted(tool: Tool, text: &str) -> String {
    converted_of(tool, text, &[])
}

/// Returns the operations of some processes of a log.
pub(crate) fn converted_of(tool: Tool, text: &str, pids: &[u32]) -> String {
    match convert(tool, text, pids) {
        Ok(conversion) => text_of(&conversion),
        Err(error) => panic!("{error}"),
    }
}

/// Returns the operations of a file whose tool is detected.
pub(crate) fn converted_bytes(bytes: &[u8]) -> Result<String, NotRead> {
    match read("log", bytes, &Options::default())? {
        Input::Log(conversion) => Ok(text_of(&conversion)),
        Input::Trace(_) => panic!("it is a log"),
    }
}

/// Returns what was counted in a log.
pub(crate) fn notes(tool: Tool, text: &str) -> Notes {
    match convert(tool, text, &[]) {
        Ok(conversion) => conversion.notes,
        Err(error) => panic!("{error}"),
    }
}

/// Returns why a log gives no trace.
pub(crate) fn refused(tool: Tool, text: &str) -> String {
    refused_of(tool, text, &[])
}

/// Returns why some processes of a log give no trace.
pub(crate) fn refused_of(tool: Tool, text: &str, pids: &[u32]) -> String {
    convert(tool, text, pids).expect_err("it is to be refused").to_string()
}
