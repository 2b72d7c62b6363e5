//! The record itself, and helpers of other formats that write JSON.

use crate::Record;
use serde::Serialize;

/// Returns the record as JSON, in the schema
/// `docs/schema/heaplab.grade.v1.json`. [`Record::from_json`] reads it.
pub fn json(record: &Record) -> String {
    pretty(record)
}

/// Writes a value over several lines, with a line end after the last.
pub(crate) fn pretty(value: &impl Serialize) -> String {
    #[expect(clippy::expect_used, reason = "see `compact`")]
    let text = serde_json::to_string_pretty(value).expect("what is written has only text keys");
    text + "\n"
}

/// Writes a value on one line, without a line end.
pub(crate) fn compact(value: &impl Serialize) -> String {
    // Writing to memory fails only for maps with keys that are not text and
    // for implementations of `Serialize` that fail. Neither occurs here.
    #[expect(clippy::expect_used, reason = "see above")]
    serde_json::to_string(value).expect("what is written has only text keys")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::examples::{any_record, not_compiled, record, refused, sound};
    use crate::schemas::{self, is_valid};
    use proptest::prelude::*;
    use serde_json::Value;

    /// Returns whether every object of the schema names exactly the fields there are.
    fn is_closed(schema: &Value) -> bool {
        let closed = match schema.get("properties").and_then(Value::as_object) {
            Some(properties) => {
                let required = schema["required"].as_array().unwrap();
                schema["additionalProperties"] == false
                    && required.len() == properties.len()
                    && required.iter().all(|name| properties.contains_key(name.as_str().unwrap()))
            }
            None => true,
        };
        let inner = match schema {
            Value::Object(fields) => fields.values().all(is_closed),
            Value::Array(items) => items.iter().all(is_closed),
            _ => true,
        };
        closed && inner
    }

    #[test]
    fn the_published_schema_allows_no_unknown_fields() {
        assert!(is_closed(&schemas::record()));
        assert!(jsonschema::meta::is_valid(&schemas::record()));
    }

    #[test]
    fn the_published_schema_refuses_invalid_records() {
        let validator = &*schemas::RECORD;
        let good: Value = serde_json::from_str(&json(&record())).unwrap();
        assert!(validator.is_valid(&good));
        for (pointer, bad) in [
            ("/schema", Value::from("heaplab.grade.v2")),
            ("/verdict", Value::from("fine")),
            ("/key", Value::from("abc")),
            ("/points", Value::from(-1)),
            ("/stages/0/points", Value::from(0.125)),
            ("/stages/1/checks/1/fault/line", Value::from(0)),
            ("/measures/0/what", Value::from("beauty")),
            ("/traces/0/facts", Value::from(1)),
        ] {
            let mut changed = good.clone();
            *changed.pointer_mut(pointer).unwrap() = bad;
            assert!(!validator.is_valid(&changed), "{pointer}");
        }
    }

    #[test]
    fn records_have_the_published_schema() {
        for record in [record(), sound(), refused(), not_compiled()] {
            is_valid(&schemas::RECORD, &serde_json::from_str(&json(&record)).unwrap());
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn any_record_has_the_published_schema(record in any_record()) {
            is_valid(&schemas::RECORD, &serde_json::from_str(&json(&record)).unwrap());
        }

        #[test]
        fn reading_and_rewriting_a_record_gives_the_same_bytes(record in any_record()) {
            let text = json(&record);
            let again = Record::from_json(text.as_bytes()).unwrap();
            prop_assert_eq!(&again, &record);
            prop_assert_eq!(json(&again), text);
        }
    }
}
