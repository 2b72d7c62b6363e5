//! `heaplab plot`: what is drawn is what the other commands print, heaps at fault are drawn up to
//! their fault, bad arguments are explained, and the pictures of the docs are as drawn.

use heaplab_tests::command::{Seen, package, run, run_in, words};
use quick_xml::Reader;
use quick_xml::events::Event;
use serde_json::Value;
use std::collections::HashMap;
use std::fs;
use tempfile::TempDir;

const RANDOM: &str = "labs/traces/classic/random.rep";

fn heaplab(arguments: &str) -> Seen {
    let folder = package().join("..");
    run_in(env!("CARGO_BIN_EXE_heaplab-under-test"), &folder, &words(arguments))
}

fn faulty(arguments: &str) -> Seen {
    run(env!("CARGO_BIN_EXE_faulty"), "faulty", &words(arguments))
}

fn json(arguments: &str) -> Value {
    let seen = heaplab(&format!("{arguments} --format json"));
    serde_json::from_str(&seen.stdout).unwrap_or_else(|_| panic!("{arguments}: {seen:?}"))
}

/// The attributes of an element.
type Element = HashMap<String, String>;

/// Returns the attributes of all elements of a picture, in order.
fn elements(svg: &str) -> Vec<Element> {
    let mut reader = Reader::from_str(svg);
    let mut elements = Vec::new();
    loop {
        match reader.read_event().unwrap() {
            Event::Start(tag) | Event::Empty(tag) => {
                let attribute = |attribute: quick_xml::events::attributes::Attribute<'_>| {
                    let name = attribute.key.as_ref().to_owned();
                    let value = attribute.value;
                    (name, value.replace("&gt;", ">").replace("&lt;", "<").replace("&amp;", "&"))
                };
                elements.push(tag.attributes().map(|found| attribute(found.unwrap())).collect());
            }
            Event::Eof => return elements,
            _ => {}
        }
    }
}

/// Draws a picture and returns its elements.
fn drawn(arguments: &str) -> Vec<Element> {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("picture.svg");
    let seen = heaplab(&format!("plot {arguments} -o {}", file.display()));
    assert_eq!((seen.code, seen.stderr.as_str()), (Some(0), ""), "{arguments}");
    elements(&fs::read_to_string(file).unwrap())
}

/// Returns the panel of a heap, and what is in it.
fn panel<'a>(elements: &'a [Element], heap: &str) -> &'a [Element] {
    let is_panel = |element: &Element| element.get("data-heap").is_some_and(|found| found == heap);
    let from = elements.iter().position(is_panel).unwrap();
    let next = elements[from + 1..].iter().position(|element| element.contains_key("data-heap"));
    &elements[from..next.map_or(elements.len(), |next| from + 1 + next)]
}

fn figures(element: &Element, name: &str) -> Vec<u64> {
    element[name].split(' ').map(|figure| figure.parse().unwrap()).collect()
}

fn figure(element: &Element, name: &str) -> u64 {
    element[name].parse().unwrap()
}

#[test]
fn a_map_has_the_facts_of_the_run() {
    let elements = drawn(&format!("map explicit quick --trace {RANDOM}"));
    let run = json(&format!("run explicit quick --no-timing --trace {RANDOM}"));
    for result in run["results"].as_array().unwrap() {
        let panel = panel(&elements, result["heap"].as_str().unwrap());
        let facts = &result["facts"];
        for (name, fact) in
            [("data-heap-bytes", "heap_bytes"), ("data-peak-payload-bytes", "peak_payload_bytes")]
        {
            assert_eq!(figure(&panel[0], name), facts[fact].as_u64().unwrap(), "{name}");
        }
        // The peak is among the moments.
        let payload = figures(&panel[0], "data-payload-bytes-then");
        assert_eq!(payload.into_iter().max(), facts["peak_payload_bytes"].as_u64());
        assert_eq!(figures(&panel[0], "data-ops-done").last(), Some(&4800));
    }
}

/// Two blocks of 24 bytes, of which the first is freed: every rectangle is known.
#[test]
fn a_map_of_few_operations_has_each_block() {
    let folder = TempDir::new().unwrap();
    let trace = folder.path().join("two.rep");
    fs::write(&trace, "heaplab 1\n1\n2\n4\n48\na 0 24\na 1 24\nf 0\nf 1\n").unwrap();
    let elements = drawn(&format!("map implicit --trace {}", trace.display()));
    let panel = panel(&elements, "implicit");
    let blocks: Vec<(u64, u64, String)> = panel
        .iter()
        .filter(|element| element.contains_key("data-offset"))
        .map(|element| {
            let id = element.get("data-id").cloned().unwrap_or_default();
            (figure(element, "data-offset"), figure(element, "data-bytes"), id)
        })
        .collect();
    let allocated: Vec<_> = blocks.iter().filter(|(.., id)| !id.is_empty()).collect();
    assert_eq!(allocated.len(), 2, "{blocks:?}");
    assert_eq!(allocated[1].0 - allocated[0].0, allocated[0].1, "{blocks:?}");
    assert_eq!(figures(&panel[0], "data-allocated-blocks"), [1, 2, 1, 0]);
}

#[test]
fn waste_has_the_bytes_of_its_table() {
    let elements = drawn(&format!("waste implicit quick --trace {RANDOM} --samples 50"));
    let waste = json(&format!("waste implicit quick --trace {RANDOM} --samples 50"));
    for result in waste["results"].as_array().unwrap() {
        let panel = panel(&elements, result["heap"].as_str().unwrap());
        assert_eq!(
            figure(&panel[0], "data-heap-bytes"),
            result["largest_heap_bytes"].as_u64().unwrap()
        );
        let timeline = result["timeline"].as_array().unwrap();
        for element in panel.iter().filter(|element| element.contains_key("data-part")) {
            let name = format!("{}_bytes", element["data-part"].replace('-', "_"));
            let expected: Vec<u64> =
                timeline.iter().map(|sample| sample["parts"][&name].as_u64().unwrap()).collect();
            assert_eq!(figures(element, "data-bytes"), expected, "{name}");
        }
        let parts = panel.iter().filter(|element| element.contains_key("data-part")).count();
        assert!(parts >= 5, "{parts} parts");
    }
}

#[test]
fn cost_has_the_counts_of_its_table() {
    let elements = drawn(&format!("cost implicit segregated --trace {RANDOM}"));
    let cost = json(&format!("cost implicit segregated --trace {RANDOM}"));
    for result in cost["results"].as_array().unwrap() {
        let panel = panel(&elements, result["heap"].as_str().unwrap());
        let counted = &result["cost"];
        for measure in ["touches", "loads", "stores"] {
            let total = counted[measure]["total"].as_u64().unwrap();
            assert_eq!(figure(&panel[0], &format!("data-{measure}")), total, "{measure}");
        }
        let columns = panel.iter().find(|element| element.contains_key("data-most")).unwrap();
        for measure in ["loads", "stores"] {
            let sum: u64 = figures(columns, &format!("data-{measure}")).iter().sum();
            assert_eq!(Some(sum), counted[measure]["total"].as_u64(), "{measure}");
        }
        let worst = &counted["touches"]["worst"];
        assert_eq!(figures(columns, "data-most").into_iter().max(), worst["value"].as_u64());
        let dot = panel.iter().find(|element| element.contains_key("data-line")).unwrap();
        assert_eq!(Some(figure(dot, "data-line")), worst["line"].as_u64());
        assert_eq!(Some(figure(dot, "data-op")), worst["op_index"].as_u64());
    }
}

#[test]
fn growth_has_the_points_of_its_document() {
    let elements = drawn("growth explicit --most-blocks 256");
    let growth = json("cost --grow explicit --most-blocks 256");
    let points = growth["heaps"][0]["points"].as_array().unwrap();
    let shown: Vec<f64> =
        elements.iter().filter_map(|element| element.get("data-touches")?.parse().ok()).collect();
    // A corner of the grid is in both panels.
    assert_eq!(shown.len(), 6);
    for touches in shown {
        assert!(points.iter().any(|point| point["touches"].as_f64() == Some(touches)), "{touches}");
    }
}

#[test]
fn a_frontier_has_a_point_for_each_heap() {
    let folder = TempDir::new().unwrap();
    let figures = folder.path().join("run.json");
    let run = heaplab(&format!("run implicit quick --trace {RANDOM} --format json"));
    fs::write(&figures, &run.stdout).unwrap();
    let elements = drawn(&format!("frontier --figures {}", figures.display()));
    let run: Value = serde_json::from_str(&run.stdout).unwrap();
    for summary in run["summary"].as_array().unwrap() {
        let point = panel(&elements, summary["heap"].as_str().unwrap());
        let percent: f64 = point[0]["data-percent"].parse().unwrap();
        let speed: f64 = point[0]["data-speed"].parse().unwrap();
        assert_eq!(percent, 100.0 * summary["mean_utilization"].as_f64().unwrap());
        assert_eq!(Some(speed), summary["geometric_mean_vs_libc"].as_f64());
    }
}

#[test]
fn a_frontier_has_production_allocators() {
    let elements =
        drawn("frontier quick --trace labs/traces/shapes/stack.rep --turns 3 --seconds-each 0.05");
    for heap in ["quick", "libc"] {
        assert!(panel(&elements, heap)[0].contains_key("data-speed"), "{heap}");
    }
}

/// A heap at fault is drawn up to the operation that `check` blames, and the picture says so.
#[test]
fn heaps_at_fault_are_drawn_up_to_their_fault() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("picture.svg");
    // Each kind of end in some picture; a worker that ends itself takes longest.
    for (heap, kinds) in [
        ("misaligned", &["map", "waste", "cost"][..]),
        ("panics", &["map", "cost"]),
        ("loops", &["map"]),
        ("aborts", &["waste"]),
        ("tramples", &["map", "waste"]),
    ] {
        for kind in kinds {
            let _ = fs::remove_file(&file);
            let options = "--trace story.rep --op-timeout 1";
            let seen = faulty(&format!("plot {kind} {heap} {options} -o {}", file.display()));
            assert_eq!((seen.code, seen.stdout.as_str()), (Some(1), ""), "{kind} {heap}: {seen:?}");
            let said = format!("{heap} is at fault");
            assert!(seen.stderr.contains(&said), "{kind} {heap}: {}", seen.stderr);
            let Ok(svg) = fs::read_to_string(&file) else {
                assert!(seen.stderr.contains("no picture"), "{kind} {heap}: {}", seen.stderr);
                continue;
            };
            assert!(svg.contains(&said), "{kind} {heap}");
            let elements = elements(&svg);
            assert!(figure(&panel(&elements, heap)[0], "data-ops") > 0, "{kind} {heap}");
        }
    }
}

#[test]
fn one_heap_at_fault_does_not_hide_the_others() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("picture.svg");
    let seen =
        faulty(&format!("plot waste panics correct --trace story.rep -o {}", file.display()));
    assert_eq!(seen.code, Some(1), "{seen:?}");
    let elements = elements(&fs::read_to_string(&file).unwrap());
    let ops = |heap: &str| figure(&panel(&elements, heap)[0], "data-ops");
    assert!(ops("panics") < ops("correct"));
}

#[test]
fn an_empty_trace_has_pictures() {
    for kind in ["map", "waste", "cost"] {
        drawn(&format!("{kind} implicit --trace tests/faulty/none.rep"));
    }
}

#[test]
fn bad_arguments_are_explained() {
    let folder = TempDir::new().unwrap();
    let other = folder.path().join("other.json");
    fs::write(&other, "{\"schema\": \"heaplab.waste.v1\"}").unwrap();
    let other = other.display();
    let map = format!("plot map implicit --trace {RANDOM}");
    for (arguments, message) in [
        (map.clone(), "--output"),
        (format!("{map} -o picture"), "let it end in .svg or .png"),
        (format!("{map} -o picture.jpg"), "let it end in .svg or .png"),
        (format!("{map} -o picture.png"), "--features png"),
        (format!("{map} -o /nowhere/at/all.svg"), "there is not a folder /nowhere/at"),
        (format!("{map} -o /dev/null/x.svg"), "there is not a folder /dev/null"),
        (format!("{map} -o labs"), "can't write labs: it is a folder"),
        (format!("{map} -o x.svg --background pink"), "possible values"),
        (format!("waste implicit --trace {RANDOM} --svg -"), "standard output has the table"),
        (format!("waste implicit --trace {RANDOM} --svg labs"), "it is a folder"),
        (format!("run implicit --trace {RANDOM} --svg /nowhere/x.svg"), "there is not a folder"),
        ("plot map implicit --trace labs/traces/classic -o x.svg".to_owned(), "one trace"),
        ("plot map implicit --trace nowhere.rep -o x.svg".to_owned(), "nowhere.rep"),
        (format!("plot map implicti --trace {RANDOM} -o x.svg"), "did you mean `implicit`?"),
        ("plot growth --figures nowhere.json -o x.svg".to_owned(), "can't read nowhere.json"),
        ("plot growth --figures README.md -o x.svg".to_owned(), "not figures of heaplab"),
        (format!("plot growth --figures {other} -o x.svg"), "cost --grow --format json"),
        (format!("plot split --figures {other} -o x.svg"), "compare --split"),
        (format!("plot frontier --figures {other} -o x.svg"), "heaplab compare"),
        (format!("plot programs --figures {other} -o x.svg"), "bench-programs"),
        (format!("plot growth implicit --figures {other} -o x.svg"), "be used with"),
        ("waste implicit --trace labs/traces/classic --svg x.svg".to_owned(), "one trace"),
    ] {
        let seen = heaplab(&arguments);
        assert_eq!((seen.code, seen.stdout.as_str()), (Some(2), ""), "{arguments}: {seen:?}");
        assert!(seen.stderr.contains(message), "{arguments}: {}", seen.stderr);
    }
}

#[test]
fn standard_output_gets_the_same_picture_as_a_file() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("picture.svg");
    let map = "plot map implicit --trace labs/traces/stress/nothing.rep";
    assert_eq!(heaplab(&format!("{map} -o {}", file.display())).code, Some(0));
    let seen = heaplab(&format!("{map} -o -"));
    assert_eq!((seen.code, seen.stderr.as_str()), (Some(0), ""));
    assert_eq!(seen.stdout, fs::read_to_string(file).unwrap());
}

#[test]
fn tables_are_drawn_too() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("picture.svg");
    let seen = heaplab(&format!("waste implicit --trace {RANDOM} --svg {}", file.display()));
    assert_eq!((seen.code, seen.stderr.as_str()), (Some(0), ""));
    let svg = fs::read_to_string(&file).unwrap();
    assert!(svg.contains("data-picture=\"waste\"") && seen.stdout.contains("utilization"));
    let seen = heaplab(&format!(
        "run implicit quick --seconds-each 0.01 --trace {RANDOM} --svg {}",
        file.display()
    ));
    assert_eq!((seen.code, seen.stderr.as_str()), (Some(0), ""));
    assert!(fs::read_to_string(&file).unwrap().contains("data-picture=\"frontier\""));
}

#[test]
fn a_column_shows_the_heap_over_time() {
    let table = heaplab(&format!("run implicit quick --no-timing --sparkline --trace {RANDOM}"));
    let row = table.stdout.lines().find(|line| line.starts_with("random")).unwrap();
    assert_eq!(row.matches('█').count() > 2, row.matches('▁').count() > 0, "{row}");
    assert!(table.stdout.contains("heap over time"));
    let waste = heaplab(&format!("waste implicit --sparkline --trace {RANDOM}"));
    assert!(waste.stdout.contains("heap over time") && waste.stdout.contains('█'));
}

/// The pictures of the docs that no other test draws.
#[test]
fn the_pictures_of_the_docs_are_as_drawn() {
    let folder = TempDir::new().unwrap();
    let script = fs::read_to_string(package().join("../.ci/pictures")).unwrap();
    let mut drawn = 1;
    for line in script.lines() {
        let Some(line) = line.strip_prefix("draw ").filter(|line| !line.contains("growth")) else {
            continue;
        };
        let line = line.replace("$classic", "labs/traces/classic");
        let mut words: Vec<&str> = line.split(' ').collect();
        let picture = words.remove(1);
        let file = folder.path().join(picture);
        let seen = heaplab(&format!("plot {} -o {}", words.join(" "), file.display()));
        assert_eq!(seen.code, Some(0), "{line}: {seen:?}");
        let committed = fs::read(package().join("../docs").join(picture)).unwrap();
        let message = "draw it again: .ci/pictures";
        assert!(fs::read(&file).unwrap() == committed, "docs/{picture}: {message}");
        drawn += 1;
    }
    let docs = fs::read_dir(package().join("../docs")).unwrap();
    let is_picture = |file: &fs::DirEntry| file.path().extension().is_some_and(|end| end == "svg");
    assert_eq!(docs.filter(|file| is_picture(file.as_ref().unwrap())).count(), drawn);
}
