//! What an expression comes to (C1, C2). It always ends: no part is looked at twice, and texts are bounded.

use std::cell::OnceCell;
use std::cmp::Ordering;

use super::expression::{Expression, Function, Kind, Node};
use super::number::Number;
use super::status::{Before, JOB_STATUS, says};
use super::text;
use super::value::{Value, are_equal, order, without_case};
use super::verdict::{EvaluationError, Finding, Outcome, Verdict, shortened};
use crate::deployment::JobResult;
use crate::variable::{Resolved, expand};
use crate::{Condition, VariableValue, fold, limits};

/// All that a condition may ask for.
#[derive(Clone, Copy)]
pub struct Facts<'a> {
    /// What came before.
    pub before: Before,
    /// The variables that the task or the job sees; asked for only if an expression names one.
    pub variables: &'a dyn Fn() -> Resolved,
    /// What came of the job with this name; `None` for one that did not run.
    pub jobs: &'a dyn Fn(&str) -> Option<JobResult>,
}

/// Whether `condition` holds, and why (J5, C).
///
/// ```
/// use cutover::Condition;
/// use cutover::condition::{Before, Facts, holds};
/// use cutover::variable::{Scope, Scopes};
///
/// let facts = Facts {
///     before: Before::default(),
///     variables: &|| Scopes::new().with_plain(Scope::Stage, [("color", "green")]).resolve(),
///     jobs: &|_| None,
/// };
/// assert!(holds(&Condition::Succeeded, &facts).holds());
///
/// let is_blue = Condition::Expression("and(succeeded(), eq(variables.color, 'blue'))".into());
/// let verdict = holds(&is_blue, &facts);
/// assert!(!verdict.holds());
/// assert_eq!(
///     verdict.to_string(),
///     "and(succeeded(), eq(variables['color'], 'blue')) is false: succeeded() is true, \
///      variables['color'] is 'green', eq(variables['color'], 'blue') is false"
/// );
/// ```
pub fn holds(condition: &Condition, facts: &Facts<'_>) -> Verdict {
    let before = facts.before;
    match condition {
        Condition::Succeeded => of_status("succeeded()", before.succeeded()),
        Condition::SucceededOrFailed => of_status("succeededOrFailed()", before.succeeded_or_failed()),
        Condition::Failed => of_status("failed()", before.failed()),
        Condition::Always => of_status("always()", true),
        Condition::Expression(text) => match Expression::parse(text) {
            Ok(expression) => evaluate(&expression, facts),
            Err(error) => Verdict { outcome: Outcome::Failed(error.into()), findings: Vec::new() },
        },
    }
}

fn of_status(part: &str, holds: bool) -> Verdict {
    let outcome = if holds { Outcome::Holds } else { Outcome::DoesNotHold };
    Verdict { outcome, findings: vec![Finding { part: part.to_owned(), value: holds.to_string() }] }
}

fn evaluate(expression: &Expression, facts: &Facts<'_>) -> Verdict {
    let variables = OnceCell::new();
    let mut evaluation = Evaluation { facts, variables: &variables, findings: Vec::new(), spent_bytes: 0 };
    let root = &expression.0;
    let outcome = match evaluation.node(root) {
        Ok(value) if value.to_boolean() => Outcome::Holds,
        Ok(_) => Outcome::DoesNotHold,
        Err(error) => Outcome::Failed(error),
    };
    let mut findings = evaluation.findings;
    findings.truncate(limits::CONDITION_FINDINGS);
    let part = shortened(&root.to_string());
    match outcome {
        Outcome::Failed(_) => {}
        // Where the whole is noted as the last part it stays that, else it replaces what there is no room for.
        Outcome::Holds | Outcome::DoesNotHold => {
            let value = (outcome == Outcome::Holds).to_string();
            if findings.last().is_some_and(|last| last.part == part)
                || findings.len() == limits::CONDITION_FINDINGS
            {
                findings.pop();
            }
            findings.push(Finding { part, value });
        }
    }
    Verdict { outcome, findings }
}

/// The value of a variable as an expression sees it; `None` if there is none.
pub(super) fn read(variables: &Resolved, name: &str) -> Result<Option<String>, EvaluationError> {
    let Some(variable) = variables.get(name) else { return Ok(None) };
    let name = || variable.name.clone();
    let VariableValue::Plain(text) = &variable.value else {
        return Err(EvaluationError::Secret { name: name() });
    };
    let expanded =
        expand(text, variables).map_err(|source| EvaluationError::Variable { name: name(), source })?;
    if expanded.secrets.is_empty() {
        Ok(Some(expanded.text))
    } else {
        Err(EvaluationError::Secret { name: name() })
    }
}

/// One evaluation on its way.
struct Evaluation<'a> {
    facts: &'a Facts<'a>,
    variables: &'a OnceCell<Resolved>,
    findings: Vec<Finding>,
    spent_bytes: usize,
}

type Evaluated = Result<Value, EvaluationError>;

impl<'a> Evaluation<'a> {
    fn variables(&self) -> &'a Resolved {
        self.variables.get_or_init(|| (self.facts.variables)())
    }

    fn node(&mut self, node: &Node) -> Evaluated {
        let value = match &node.kind {
            Kind::Literal(literal) => return Ok(literal.into()),
            Kind::Variables => return Ok(Value::Variables),
            Kind::Index { of, index } => self.index(of, index)?,
            Kind::Call { function, arguments } => self.call(*function, arguments)?,
        };
        if self.findings.len() < limits::CONDITION_FINDINGS {
            let part = shortened(&node.to_string());
            self.findings.push(Finding { part, value: value.to_string() });
        }
        Ok(value)
    }

    /// Every text that is made comes by here, so that neither one of them nor all together are too long.
    fn bounded(&mut self, text: String) -> Result<String, EvaluationError> {
        if text.len() > limits::CONDITION_TEXT_BYTES {
            return Err(EvaluationError::TooLong);
        }
        self.spent_bytes += text.len() + 1;
        if self.spent_bytes > limits::CONDITION_WORK_BYTES {
            return Err(EvaluationError::TooMuch);
        }
        Ok(text)
    }

    fn text(&mut self, node: &Node) -> Result<String, EvaluationError> {
        let text = self.node(node)?.to_text()?;
        self.bounded(text)
    }

    fn boolean(&mut self, node: &Node) -> Result<bool, EvaluationError> {
        Ok(self.node(node)?.to_boolean())
    }

    /// What is indexed and is neither a list nor all variables has nothing in it, and neither has a place that there is not.
    fn index(&mut self, of: &Node, index: &Node) -> Evaluated {
        match self.node(of)? {
            Value::Variables => {
                let name = self.text(index)?;
                match read(self.variables(), &name)? {
                    Some(text) => Ok(Value::Text(self.bounded(text)?)),
                    None if fold(&name) == JOB_STATUS => {
                        Ok(Value::Text(self.facts.before.job_status().to_owned()))
                    }
                    None => Ok(Value::Null),
                }
            }
            Value::List(items) => {
                let place = self.node(index)?.to_number().ok().and_then(|number| number.as_place());
                Ok(place
                    .and_then(|place| items.get(place))
                    .map_or(Value::Null, |item| Value::Text(item.clone())))
            }
            Value::Null | Value::Boolean(_) | Value::Number(_) | Value::Version(_) | Value::Text(_) => {
                self.node(index)?;
                Ok(Value::Null)
            }
        }
    }

    fn call(&mut self, function: Function, arguments: &[Node]) -> Evaluated {
        if let Function::Status(status) = function {
            let names = arguments.iter().map(|argument| self.text(argument));
            let names = names.collect::<Result<Vec<_>, _>>()?;
            let jobs: Vec<_> = names.iter().map(|name| (self.facts.jobs)(name)).collect();
            return Ok(Value::Boolean(says(status, self.facts.before, &jobs)));
        }
        // How many arguments a function takes was judged when it was parsed.
        match (function, arguments) {
            (Function::And, each) => self.all(each, true).map(Value::Boolean),
            (Function::Or, each) => self.all(each, false).map(|none| Value::Boolean(!none)),
            (Function::Not, [one]) => Ok(Value::Boolean(!self.boolean(one)?)),
            (Function::Xor, [left, right]) => Ok(Value::Boolean(self.boolean(left)? != self.boolean(right)?)),
            (Function::Eq, [left, right]) => Ok(Value::Boolean(self.are_equal(left, right)?)),
            (Function::Ne, [left, right]) => Ok(Value::Boolean(!self.are_equal(left, right)?)),
            (Function::Lt, [left, right]) => self.order(left, right, Ordering::is_lt),
            (Function::Le, [left, right]) => self.order(left, right, Ordering::is_le),
            (Function::Gt, [left, right]) => self.order(left, right, Ordering::is_gt),
            (Function::Ge, [left, right]) => self.order(left, right, Ordering::is_ge),
            (Function::In, [one, others @ ..]) => Ok(Value::Boolean(self.is_in(one, others)?)),
            (Function::NotIn, [one, others @ ..]) => Ok(Value::Boolean(!self.is_in(one, others)?)),
            (Function::Coalesce, each) => self.coalesce(each),
            (Function::Iif, [condition, then, otherwise]) => {
                if self.boolean(condition)? {
                    self.node(then)
                } else {
                    self.node(otherwise)
                }
            }
            (Function::ContainsValue, [container, value]) => self.contains_value(container, value),
            (Function::Contains, [whole, part]) => {
                self.compare_texts(whole, part, |whole, part| whole.contains(part))
            }
            (Function::StartsWith, [whole, part]) => {
                self.compare_texts(whole, part, |whole, part| whole.starts_with(part))
            }
            (Function::EndsWith, [whole, part]) => {
                self.compare_texts(whole, part, |whole, part| whole.ends_with(part))
            }
            _ => self.call_on_text(function, arguments),
        }
    }

    /// The functions that make texts of texts.
    fn call_on_text(&mut self, function: Function, arguments: &[Node]) -> Evaluated {
        let text = match (function, arguments) {
            (Function::Lower, [one]) => self.text(one)?.to_lowercase(),
            (Function::Upper, [one]) => self.text(one)?.to_uppercase(),
            (Function::Trim, [one]) => self.text(one)?.trim().to_owned(),
            (Function::Replace, [whole, old, new]) => {
                text::replace(&self.text(whole)?, &self.text(old)?, &self.text(new)?)?
            }
            (Function::Format, [format, values @ ..]) => {
                let format = self.text(format)?;
                let values = values.iter().map(|value| self.text(value)).collect::<Result<Vec<_>, _>>()?;
                text::format(&format, &values)?
            }
            (Function::Join, [separator, list]) => {
                let separator = self.text(separator)?;
                let value = self.node(list)?;
                if let Value::List(items) = &value {
                    text::join(&separator, items)?
                } else {
                    value.to_text()?
                }
            }
            (Function::Split, [whole, delimiters]) => {
                let (whole, delimiters) = (self.text(whole)?, self.text(delimiters)?);
                return Ok(Value::List(text::split(&whole, &delimiters)));
            }
            (Function::Length, [one]) => {
                let value = self.node(one)?;
                let length = if let Value::List(items) = &value {
                    items.len()
                } else {
                    value.to_text()?.chars().count()
                };
                return Ok(Value::Number(Number::of(length)));
            }
            // Every function has its arm, here or where this is called.
            _ => return Ok(Value::Null),
        };
        self.bounded(text).map(Value::Text)
    }

    /// Whether each of them is `wanted`; those after the first that is not are not looked at.
    fn all(&mut self, nodes: &[Node], wanted: bool) -> Result<bool, EvaluationError> {
        for node in nodes {
            if self.boolean(node)? != wanted {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn are_equal(&mut self, left: &Node, right: &Node) -> Result<bool, EvaluationError> {
        Ok(are_equal(&self.node(left)?, &self.node(right)?))
    }

    fn order(&mut self, left: &Node, right: &Node, is_so: fn(Ordering) -> bool) -> Evaluated {
        Ok(Value::Boolean(is_so(order(&self.node(left)?, &self.node(right)?)?)))
    }

    fn is_in(&mut self, one: &Node, others: &[Node]) -> Result<bool, EvaluationError> {
        let one = self.node(one)?;
        for other in others {
            if are_equal(&one, &self.node(other)?) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The first that is neither null nor empty; null if there is none.
    fn coalesce(&mut self, nodes: &[Node]) -> Evaluated {
        for node in nodes {
            let value = self.node(node)?;
            if !are_equal(&Value::Null, &value) {
                return Ok(value);
            }
        }
        Ok(Value::Null)
    }

    /// Secrets are passed over: no condition learns whether one of them is a text that it knows.
    fn contains_value(&mut self, container: &Node, value: &Node) -> Evaluated {
        let container = self.node(container)?;
        let value = self.node(value)?;
        let is_value = |text: String| are_equal(&value, &Value::Text(text));
        match container {
            Value::List(items) => Ok(Value::Boolean(items.into_iter().any(is_value))),
            Value::Variables => {
                for variable in self.variables().iter() {
                    let Ok(Some(text)) = read(self.variables(), &variable.name) else { continue };
                    if is_value(self.bounded(text)?) {
                        return Ok(Value::Boolean(true));
                    }
                }
                Ok(Value::Boolean(false))
            }
            Value::Null | Value::Boolean(_) | Value::Number(_) | Value::Version(_) | Value::Text(_) => {
                Ok(Value::Boolean(false))
            }
        }
    }

    fn compare_texts(&mut self, whole: &Node, part: &Node, is_so: fn(&str, &str) -> bool) -> Evaluated {
        let (whole, part) = (self.text(whole)?, self.text(part)?);
        Ok(Value::Boolean(is_so(&without_case(&whole), &without_case(&part))))
    }
}
