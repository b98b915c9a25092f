//! What a job is cut into when it begins (J2).

use std::collections::BTreeMap;

use super::Slice;
use crate::variable::{ExpandError, Resolved, expand};
use crate::{Job, Parallelism, VariableValue, limits};

/// Why it can't be said what a job is cut into.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CannotCut {
    #[error("the variable {name:?}, which it is multiplied by, is not known")]
    Unknown { name: String },
    #[error("the variable {name:?}, which it is multiplied by, is a secret")]
    Secret { name: String },
    #[error("the variable {name:?}, which it is multiplied by, has no value")]
    NoValue { name: String },
    #[error("the variable {name:?}, which it is multiplied by: {source}")]
    NotExpanded { name: String, source: ExpandError },
    #[error("it would be cut into more than {} slices", limits::SLICES)]
    TooMany,
    #[error("what sets its slices apart is longer than {} bytes", limits::SLICES_BYTES)]
    TooLong,
}

/// The slices of a job that begins, in order; none if it runs once. `variables` are those that it sees.
pub(crate) fn cut(job: &Job, variables: &dyn Fn() -> Resolved) -> Result<Vec<Slice>, CannotCut> {
    match &job.parallelism {
        Parallelism::None => Ok(Vec::new()),
        Parallelism::MultiConfiguration { multipliers, .. } => {
            let variables = variables();
            let values = multipliers.iter().map(|name| Ok((&**name, values_of(name, &variables)?)));
            product(&values.collect::<Result<Vec<_>, CannotCut>>()?)
        }
        Parallelism::MultiAgent { agents, .. } => Ok((1..=agents.get())
            .map(|number| Slice { name: number.to_string(), ..Slice::default() })
            .collect()),
    }
}

/// How many slices of the job run at once; `None`: as many as there are. Those of one batch only, whatever this says.
pub(super) fn at_once(job: &Job) -> Option<usize> {
    match &job.parallelism {
        Parallelism::MultiConfiguration { at_most, .. } => {
            Some(usize::try_from(at_most.get()).unwrap_or(usize::MAX))
        }
        Parallelism::None | Parallelism::MultiAgent { .. } => None,
    }
}

/// Whether the slices that have not begun begin although another one failed.
pub(super) const fn continues_on_error(job: &Job) -> bool {
    match job.parallelism {
        Parallelism::MultiConfiguration { continue_on_error, .. }
        | Parallelism::MultiAgent { continue_on_error, .. } => continue_on_error,
        Parallelism::None => true,
    }
}

fn values_of(name: &str, variables: &Resolved) -> Result<Vec<String>, CannotCut> {
    let variable = variables.get(name).ok_or_else(|| CannotCut::Unknown { name: name.to_owned() })?;
    let secret = || CannotCut::Secret { name: name.to_owned() };
    let VariableValue::Plain(_) = &variable.value else { return Err(secret()) };
    let expanded = expand(&format!("$({name})"), variables)
        .map_err(|source| CannotCut::NotExpanded { name: name.to_owned(), source })?;
    if !expanded.secrets.is_empty() {
        return Err(secret());
    }
    match values_in(&expanded.text) {
        values if values.is_empty() => Err(CannotCut::NoValue { name: name.to_owned() }),
        values => Ok(values),
    }
}

/// The values between the commas of a text, without spaces around them. An empty one is none, and one that comes twice counts once.
pub(crate) fn values_in(text: &str) -> Vec<String> {
    let mut values: Vec<String> = Vec::new();
    for value in text.split(',').map(str::trim).filter(|value| !value.is_empty()) {
        if values.len() <= limits::SLICES as usize && !values.iter().any(|known| known == value) {
            values.push(value.to_owned());
        }
    }
    values
}

/// Every combination of the values; the last variable's change first.
fn product(multipliers: &[(&str, Vec<String>)]) -> Result<Vec<Slice>, CannotCut> {
    let count = multipliers.iter().map(|(_, values)| values.len()).try_fold(1_usize, usize::checked_mul);
    if count.is_none_or(|count| count > limits::SLICES as usize) {
        return Err(CannotCut::TooMany);
    }
    let mut combinations: Vec<Vec<(&str, &String)>> = vec![Vec::new()];
    for (name, values) in multipliers {
        let longer = combinations.iter().flat_map(|before| {
            values.iter().map(move |value| before.iter().copied().chain([(*name, value)]).collect())
        });
        combinations = longer.collect();
    }
    let bytes = |combination: &Vec<(&str, &String)>| -> usize {
        combination.iter().map(|(name, value)| name.len() + 2 * value.len() + 2).sum()
    };
    if combinations.iter().map(bytes).sum::<usize>() > limits::SLICES_BYTES {
        return Err(CannotCut::TooLong);
    }
    let slice = |combination: Vec<(&str, &String)>| {
        let name = combination.iter().map(|(_, value)| value.as_str()).collect::<Vec<_>>().join(", ");
        let variables: BTreeMap<String, String> =
            combination.into_iter().map(|(name, value)| (name.to_owned(), value.clone())).collect();
        Slice { name, variables, ..Slice::default() }
    };
    Ok(combinations.into_iter().map(slice).collect())
}

#[cfg(test)]
mod tests;
