//! Remarks on a file that turned out to be a log of another tracer.

use heaplab_logs::Input;
use heaplab_support::Listener;
use heaplab_trace::Visible;

/// Reports that a file is read as a log, and what was left out or put in. Reports nothing for a
/// trace.
pub fn remark_on(file: &str, input: &Input, listener: &dyn Listener) {
    let Input::Log(conversion) = input else {
        return;
    };
    let (tool, file) = (conversion.tool, file.visible());
    listener.remark(&format!(
        "note: {file} is {}, which does not have: {}\n",
        tool.log(),
        tool.cannot_log()
    ));
    for note in conversion.notes.to_string().lines() {
        listener.remark(&format!("note: {note}\n"));
    }
}
