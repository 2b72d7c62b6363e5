//! JUnit XML, for CI systems: a suite for each submission.
//!
//! The format has no place for points. They are in the suite's properties:
//! `points`, `max_points`, and `points.NAME` for each stage and measure.

use super::parts::{Outcome, parts};
use super::words;
use crate::{Fault, Hidden, Record, Verdict};
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

/// Returns the document.
pub fn junit(records: &[Record], hidden: Hidden) -> String {
    let mut xml = Xml(Writer::new_with_indent(Vec::new(), b' ', 2));
    xml.event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)));
    xml.element("testsuites", &[("name", "heaplab grade")], |xml| {
        for record in records {
            suite(xml, &record.for_students(hidden));
        }
    });
    let mut text = String::from_utf8_lossy(&xml.0.into_inner()).into_owned();
    text.push('\n');
    text
}

/// A JUnit test case.
struct Case {
    class: String,
    name: String,
    verdict: Result<(), Trouble>,
}

struct Trouble {
    /// `failure`: the test ran and failed. `error`: it could not be run. `skipped`.
    element: &'static str,
    code: String,
    text: String,
}

fn suite(xml: &mut Xml, record: &Record) {
    let cases = cases(record);
    let count = |element| {
        let troubles = cases.iter().filter_map(|case| case.verdict.as_ref().err());
        troubles.filter(|trouble| trouble.element == element).count().to_string()
    };
    let attributes = [
        ("name", format!("{}: {}", record.lab.name, record.submission.name)),
        ("tests", cases.len().to_string()),
        ("failures", count("failure")),
        ("errors", count("error")),
        ("skipped", count("skipped")),
    ];
    let attributes = attributes.each_ref().map(|(name, value)| (*name, value.as_str()));
    xml.element("testsuite", &attributes, |xml| {
        xml.element("properties", &[], |xml| properties(xml, record));
        for case in &cases {
            testcase(xml, case);
        }
    });
}

fn properties(xml: &mut Xml, record: &Record) {
    let mut put = |name: &str, value: &str| {
        xml.leaf("property", &[("name", name), ("value", value)]);
    };
    put("verdict", record.verdict.name());
    put("points", &record.points.to_string());
    put("max_points", &record.max_points.to_string());
    for part in parts(record) {
        put(&format!("points.{}", part.name), &part.points.to_string());
        put(&format!("max_points.{}", part.name), &part.max_points.to_string());
    }
    put("key", &record.key.to_string());
}

fn testcase(xml: &mut Xml, case: &Case) {
    let attributes = [("classname", case.class.as_str()), ("name", case.name.as_str())];
    let Err(trouble) = &case.verdict else {
        return xml.leaf("testcase", &attributes);
    };
    xml.element("testcase", &attributes, |xml| {
        let first = trouble.text.lines().next().unwrap_or_default();
        let kind = [("message", first), ("type", trouble.code.as_str())];
        let kind = match trouble.element {
            "skipped" => &kind[..1],
            _ => &kind[..],
        };
        xml.element(trouble.element, kind, |xml| xml.text(&trouble.text));
    });
}

/// Returns a case for the build, each check of each stage, and each trace.
fn cases(record: &Record) -> Vec<Case> {
    let lab = &record.lab.name;
    let mut cases = vec![Case {
        class: lab.clone(),
        name: "build".to_owned(),
        verdict: match record.verdict {
            Verdict::Graded => Ok(()),
            verdict => Err(Trouble {
                element: "error",
                code: verdict.name().to_owned(),
                text: words::why_not(record),
            }),
        },
    }];
    for stage in &record.stages {
        let class = format!("{lab}.{}", stage.name);
        cases.extend(stage.checks.iter().map(|check| Case {
            class: class.clone(),
            name: check.title.clone(),
            verdict: match (check.passed, &check.fault) {
                (true, _) => Ok(()),
                (false, fault) => Err(failure(fault.as_ref(), fault.as_ref().map(words::fault))),
            },
        }));
    }
    if record.verdict != Verdict::Graded {
        cases.extend(parts(record).into_iter().map(|part| Case {
            class: format!("{lab}.{}", part.name),
            name: part.title,
            verdict: match part.outcome {
                Outcome::NotRun => {
                    Err(Trouble { element: "skipped", code: String::new(), text: part.text })
                }
                _ => Ok(()),
            },
        }));
    }
    cases.extend(record.traces.iter().map(|trace| Case {
        class: format!("{lab}.traces"),
        name: trace.trace.clone(),
        verdict: if trace.valid {
            Ok(())
        } else {
            Err(failure(trace.fault.as_ref(), Some(words::trace(trace))))
        },
    }));
    cases
}

fn failure(fault: Option<&Fault>, text: Option<String>) -> Trouble {
    Trouble {
        element: "failure",
        code: fault.map(|fault| fault.code.clone()).unwrap_or_default(),
        text: text.unwrap_or_default(),
    }
}

/// A writer into memory, which never fails.
struct Xml(Writer<Vec<u8>>);

impl Xml {
    fn event(&mut self, event: Event<'_>) {
        #[expect(clippy::expect_used, reason = "memory takes everything")]
        self.0.write_event(event).expect("memory takes everything");
    }

    fn element(&mut self, name: &str, attributes: &[(&str, &str)], inside: impl FnOnce(&mut Xml)) {
        self.event(Event::Start(start(name, attributes)));
        inside(self);
        self.event(Event::End(BytesEnd::new(name)));
    }

    fn leaf(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.event(Event::Empty(start(name, attributes)));
    }

    fn text(&mut self, text: &str) {
        self.event(Event::Text(BytesText::new(&words::plain(&allowed(text)))));
    }
}

fn start<'a>(name: &'a str, attributes: &[(&'a str, &str)]) -> BytesStart<'a> {
    let mut start = BytesStart::new(name);
    for (key, value) in attributes {
        start.push_attribute((*key, words::line(&allowed(value)).as_str()));
    }
    start
}

/// Removes characters that XML can't represent, escaped or not.
fn allowed(text: &str) -> String {
    let replaced = |c| match c {
        '\u{fffe}' | '\u{ffff}' => char::REPLACEMENT_CHARACTER,
        c => c,
    };
    text.chars().map(replaced).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::examples::{any_record, not_compiled, record};
    use proptest::prelude::*;
    use quick_xml::Reader;
    use std::collections::BTreeMap;

    #[derive(Debug, Default)]
    struct Read {
        elements: BTreeMap<String, usize>,
        attributes: Vec<(String, String, String)>,
    }

    /// Reads all of it, with the reader's strictest settings.
    fn read(xml: &str) -> Read {
        let mut reader = Reader::from_str(xml);
        reader.config_mut().enable_all_checks(true);
        let mut read = Read::default();
        loop {
            match reader.read_event().unwrap() {
                Event::Start(start) | Event::Empty(start) => {
                    let name = start.name().as_ref().to_owned();
                    for attribute in start.attributes() {
                        let attribute = attribute.unwrap();
                        let key = attribute.key.as_ref().to_owned();
                        let value =
                            quick_xml::escape::unescape(&attribute.value).unwrap().into_owned();
                        read.attributes.push((name.clone(), key, value));
                    }
                    *read.elements.entry(name).or_default() += 1;
                }
                Event::Eof => return read,
                Event::End(_) | Event::Text(_) | Event::GeneralRef(_) | Event::Decl(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    fn attribute<'a>(read: &'a Read, element: &str, key: &str) -> Vec<&'a str> {
        let of = read
            .attributes
            .iter()
            .filter(|(name, attribute, _)| name == element && attribute == key);
        of.map(|(_, _, value)| value.as_str()).collect()
    }

    #[test]
    fn points_are_properties_and_checks_and_traces_are_tests() {
        let xml = junit(&[record()], Hidden::Withheld);
        let read = read(&xml);
        assert_eq!(attribute(&read, "testsuite", "tests"), ["8"]);
        assert_eq!(attribute(&read, "testsuite", "failures"), ["2"]);
        assert!(xml.contains(r#"<property name="points.coalesce" value="5.00"/>"#), "{xml}");
        assert!(
            xml.contains(r#"type="blocks""#) && xml.contains("again: lab-1-implicit check"),
            "{xml}"
        );
        assert!(!xml.contains("4242"), "{xml}");
    }

    #[test]
    fn a_source_that_does_not_compile_is_an_error() {
        let xml = junit(&[not_compiled()], Hidden::Withheld);
        let read = read(&xml);
        assert_eq!(attribute(&read, "testsuite", "errors"), ["1"]);
        assert_eq!(attribute(&read, "testsuite", "skipped"), ["4"]);
        assert!(xml.contains("error[E0425]"), "{xml}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn any_records_give_a_well_formed_document(records in prop::collection::vec(any_record(), 1..3)) {
            let xml = junit(&records, Hidden::Withheld);
            let tests: usize = records.iter().map(|record| cases(record).len()).sum();
            let read = read(&xml);
            prop_assert_eq!(read.elements.get("testcase").copied().unwrap_or(0), tests);
            prop_assert_eq!(read.elements["testsuite"], records.len());
            let allowed = |c: char| matches!(c, '\t' | '\n' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
            prop_assert!(xml.chars().all(allowed));
        }
    }
}
