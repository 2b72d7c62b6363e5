//! What is said of a file that turned out to be a log of another tracer.

use super::print;
use heaplab_logs::Input;
use heaplab_trace::Visible;

/// Says on standard error that a file is read as a log, and what was left out or put in.
/// Says nothing of a trace.
pub(crate) fn remark_on(file: &str, input: &Input) {
    let Input::Log(conversion) = input else {
        return;
    };
    let (tool, file) = (conversion.tool, file.visible());
    print::remark(format_args!(
        "note: {file} is {}, which does not have: {}\n",
        tool.log(),
        tool.cannot_log()
    ));
    for note in conversion.notes.to_string().lines() {
        print::remark(format_args!("note: {note}\n"));
    }
}
