//! Schemas of the JSON output: ours as published, the platforms'
//! from their documentation, with nothing else allowed.

use jsonschema::Validator;
use serde_json::{Value, json};
use std::sync::LazyLock;

pub static RECORD: LazyLock<Validator> = LazyLock::new(|| of(&record()));
pub static GRADESCOPE: LazyLock<Validator> = LazyLock::new(|| of(&gradescope()));
pub static AUTOLAB: LazyLock<Validator> = LazyLock::new(|| of(&autolab()));
pub static CLASSROOM: LazyLock<Validator> = LazyLock::new(|| of(&classroom()));

fn of(schema: &Value) -> Validator {
    jsonschema::validator_for(schema).unwrap()
}

/// Returns the published schema of records.
pub fn record() -> Value {
    serde_json::from_str(include_str!("../../../../docs/schema/heaplab.grade.v1.json")).unwrap()
}

/// # Panics
/// If the value does not match the schema, with every reason.
#[track_caller]
pub fn is_valid(validator: &Validator, value: &Value) {
    let errors: Vec<String> = validator
        .iter_errors(value)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{errors:#?}\n{value:#}");
}

/// Returns the schema of Gradescope's `results.json`.
fn gradescope() -> Value {
    let visibility = json!({ "enum": ["hidden", "after_due_date", "after_published", "visible"] });
    let format = json!({ "enum": ["text", "html", "simple_format", "md", "ansi"] });
    let test = json!({
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "score": { "type": "number" },
            "max_score": { "type": "number", "minimum": 0 },
            "status": { "enum": ["passed", "failed"] },
            "name": { "type": "string" },
            "number": { "type": "string" },
            "output": { "type": "string" },
            "output_format": format,
            "tags": { "type": "array", "items": { "type": "string" } },
            "visibility": visibility,
            "extra_data": { "type": "object" },
        },
    });
    let entry = json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["name", "value"],
        "properties": {
            "name": { "type": "string" },
            "value": { "type": ["number", "string"] },
            "order": { "enum": ["asc", "desc"] },
        },
    });
    json!({
        "type": "object",
        "additionalProperties": false,
        "anyOf": [{ "required": ["score"] }, { "required": ["tests"] }],
        "properties": {
            "score": { "type": "number" },
            "execution_time": { "type": "number" },
            "output": { "type": "string" },
            "output_format": format,
            "visibility": visibility,
            "stdout_visibility": visibility,
            "extra_data": { "type": "object" },
            "tests": { "type": "array", "items": test },
            "leaderboard": { "type": "array", "items": entry },
        },
    })
}

/// Returns the schema of Autolab's last line.
fn autolab() -> Value {
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["scores", "scoreboard"],
        "properties": {
            "scores": {
                "type": "object",
                "propertyNames": { "pattern": "^[^:]+$" },
                "additionalProperties": { "type": "number", "minimum": 0 },
            },
            "scoreboard": { "type": "array", "items": { "type": "number" } },
        },
    })
}

/// Returns the schema of GitHub Classroom's result, before base64.
fn classroom() -> Value {
    let status = json!({ "enum": ["pass", "fail", "error"] });
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["version", "status", "max_score", "tests"],
        "properties": {
            "version": { "const": 1 },
            "status": status,
            "max_score": { "type": "number", "minimum": 0 },
            "tests": {
                "type": "array",
                "items": {
                    "type": "object",
                    "additionalProperties": false,
                    "required": ["name", "status", "score", "message"],
                    "properties": {
                        "name": { "type": "string" },
                        "status": status,
                        "score": { "type": "number", "minimum": 0 },
                        "message": { "type": "string" },
                    },
                },
            },
        },
    })
}
