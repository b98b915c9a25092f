//! A variable that a task set, as it is reported and as it is stored.

use serde::{Deserialize, Serialize};

use crate::{SecretRef, VariableValue};

/// A variable that a task set (J10).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct SetVariable {
    /// Its name: letters, digits, `.` and `_` (V3), at most [`limits::NAME_CHARACTERS`](crate::limits::NAME_CHARACTERS).
    pub name: String,
    /// Its value, at most [`limits::OUTPUT_BYTES`](crate::limits::OUTPUT_BYTES); of a secret only where it is kept (V4).
    pub value: VariableValue,
    /// Whether it is set as an output, for later jobs of the stage too.
    pub is_output: bool,
}

/// A variable that a task set as it is stored: it has a value, or it is a secret.
#[derive(Clone, Serialize, Deserialize)]
struct Written {
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    value: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    secret: Option<SecretRef>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    is_output: bool,
}

impl TryFrom<Written> for SetVariable {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        let value = match (written.value, written.secret) {
            (Some(value), None) => VariableValue::Plain(value),
            (None, Some(secret)) => VariableValue::Secret(secret),
            (None, None) | (Some(_), Some(_)) => return Err("a variable has a value or is a secret"),
        };
        Ok(Self { name: written.name, value, is_output: written.is_output })
    }
}

impl From<SetVariable> for Written {
    fn from(SetVariable { name, value, is_output }: SetVariable) -> Self {
        let (value, secret) = match value {
            VariableValue::Plain(value) => (Some(value), None),
            VariableValue::Secret(secret) => (None, Some(secret)),
        };
        Self { name, value, secret, is_output }
    }
}

impl SetVariable {
    /// A variable for later tasks of the job: they see it as `name`, and as `task.name`.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: VariableValue::Plain(value.into()), is_output: false }
    }

    /// A secret for later tasks of the job, by where it is kept (V4).
    pub fn secret(name: impl Into<String>, reference: impl Into<SecretRef>) -> Self {
        Self { name: name.into(), value: VariableValue::Secret(reference.into()), is_output: false }
    }

    /// An output: later tasks of the job see it as `task.name`, later jobs of the stage as `job.task.name`.
    pub fn output(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { is_output: true, ..Self::new(name, value) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TaskId;
    use crate::deployment::{DeploymentEvent, TaskResult};

    #[test]
    fn an_event_holds_them_only_where_there_are_any() {
        let task = TaskId { job: "17/2#1.0".parse().expect("an id"), slice: 0, task: 3, retry: 0 };
        let ended = |variables| DeploymentEvent::TaskEnded {
            task,
            result: TaskResult::Succeeded,
            message: String::new(),
            variables,
        };
        let written = |event| serde_json::to_string(&event).expect("it can be written");
        assert_eq!(
            written(ended(Vec::new())),
            r#"{"task.ended":{"task":"17/2#1.0.3","result":"succeeded"}}"#
        );
        let event = ended(vec![SetVariable::new("a", "1"), SetVariable::output("b", "2")]);
        let text = written(event.clone());
        assert_eq!(
            text,
            r#"{"task.ended":{"task":"17/2#1.0.3","result":"succeeded","variables":[{"name":"a","value":"1"},{"name":"b","value":"2","is_output":true}]}}"#
        );
        assert_eq!(serde_json::from_str::<DeploymentEvent>(&text).expect("it can be read"), event);
        let secret = SetVariable::secret("key", SecretRef::versioned("outputs/key", "1"));
        let event = ended(vec![SetVariable { is_output: true, ..secret }]);
        let text = written(event.clone());
        assert_eq!(
            text,
            r#"{"task.ended":{"task":"17/2#1.0.3","result":"succeeded","variables":[{"name":"key","secret":{"name":"outputs/key","version":"1"},"is_output":true}]}}"#
        );
        assert_eq!(serde_json::from_str::<DeploymentEvent>(&text).expect("it can be read"), event);
    }

    #[test]
    fn a_variable_that_is_stored_has_a_value_or_is_a_secret() {
        for text in [r#"{"name":"a"}"#, r#"{"name":"a","value":"1","secret":"b"}"#] {
            let read = serde_json::from_str::<SetVariable>(text);
            assert!(read.is_err_and(|error| error.to_string().contains("has a value or is a secret")));
        }
    }
}
