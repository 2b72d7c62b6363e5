//! The sums above the tables.

use crate::row::{OnTrace, Row};
use std::fmt::Write;

/// Returns the sums as a list.
pub fn of(rows: &[Row]) -> String {
    let on_bundled: Vec<&OnTrace> = rows.iter().filter_map(|row| row.bundled.as_ref()).collect();
    let valid = on_bundled.iter().filter(|on| on.valid.is_some()).count();
    let at_once = on_bundled.iter().filter(|on| on.is_at_once()).count();
    let valid_at_once = on_bundled.iter().filter(|on| is_valid_at_once(on)).count();
    let fuzzed: Vec<_> = rows.iter().filter_map(|row| row.fuzzed.as_ref()).collect();
    let of_fuzz = fuzzed.iter().filter_map(|found| found.shrunk);
    let mut shrunk: Vec<u64> = of_fuzz.map(|shrunk| shrunk.to_ops).collect();
    shrunk.sort_unstable();
    let of_bundled = on_bundled.iter().filter_map(|on| on.shrunk);
    let short = of_bundled.filter(|shrunk| shrunk.to_ops < 10).count();
    let neither = rows.iter().filter(|row| row.bundled.is_none() && row.fuzzed.is_none());
    let neither: Vec<String> = neither.map(|row| format!("`{}`", row.specimen.spec())).collect();
    let mut text = String::new();
    let _ = writeln!(text, "| of {} mutants | |\n|---|--:|", rows.len());
    let mut line = |what: &str, count: usize| {
        let _ = writeln!(text, "| {what} | {count} |");
    };
    line("stopped by the checked machine on a bundled trace", on_bundled.len());
    line("... at the operation of the first difference, or before", at_once);
    line("... and the trace shrunk to fewer than 10 operations", short);
    line("found by plain validity on the same trace", valid);
    line("... at the operation of the first difference, or before", valid_at_once);
    let wasted = on_bundled.iter().filter(|on| on.waste.is_some()).count();
    line("found by waste on the same trace", wasted);
    line("found by fuzzing from nothing", fuzzed.len());
    if let (Some(middle), Some(most)) = (shrunk.get(shrunk.len() / 2), shrunk.last()) {
        line("operations left of the failing case, median", *middle as usize);
        line("operations left of the failing case, at most", *most as usize);
    }
    let _ = writeln!(
        text,
        "\nNeither on a bundled trace nor by fuzzing:\n{}.",
        match neither.is_empty() {
            true => "none".to_owned(),
            false => neither.join(",\n"),
        }
    );
    text
}

fn is_valid_at_once(on: &OnTrace) -> bool {
    on.valid.as_ref().is_some_and(|valid| {
        let found = valid.op_index.unwrap_or(0);
        on.difference.is_none_or(|differs| found <= differs)
    })
}
