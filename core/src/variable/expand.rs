//! Texts in which `$(name)` stands for a variable (V3).

use std::collections::BTreeMap;

use super::Resolved;
use crate::{SecretRef, VariableValue, fold, limits};

/// A text whose variables are replaced by their values, secrets excepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expanded {
    /// The text. What is left of `$(name)` in it is a secret of [`secrets`](Self::secrets), or a name that nobody knows.
    pub text: String,
    /// The secrets that it refers to, by the folded name that stands in the text: whoever runs it replaces them (V4).
    pub secrets: BTreeMap<String, SecretRef>,
}

/// Why a text could not be expanded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExpandError {
    /// A variable stands for itself, by way of others.
    #[error("variables refer to each other in a circle: {}", chain.join(" -> "))]
    Cycle {
        /// The variables on the circle, in order; the first is also the last.
        chain: Vec<String>,
    },
    /// Variables stand in each other's values deeper than [`limits::EXPANSION_DEPTH`].
    #[error("the value of {name} refers to other variables more than {} deep", limits::EXPANSION_DEPTH)]
    TooDeep {
        /// The variable with which it begins.
        name: String,
    },
    /// The text would be longer than [`limits::EXPANDED_BYTES`].
    #[error("the text is longer than {} bytes when its variables are replaced", limits::EXPANDED_BYTES)]
    TooLong,
}

/// Replaces every `$(name)` whose name is known by its value, in which names are replaced too, to [`limits::EXPANSION_DEPTH`].
///
/// A name that nobody knows stays as it is written, and so does a secret. What results is not read again: a name is never put
/// together from parts.
///
/// ```
/// use cutover::variable::{Scope, Scopes, expand};
///
/// let values = [("host", "shop-$(color)"), ("color", "blue")];
/// let resolved = Scopes::new().with_plain(Scope::Stage, values).resolve();
/// let script = expand("./deploy $(Host) $(later)", &resolved)?;
/// assert_eq!(script.text, "./deploy shop-blue $(later)");
/// # Ok::<(), cutover::variable::ExpandError>(())
/// ```
///
/// # Errors
/// [`ExpandError::Cycle`] and [`ExpandError::TooDeep`] for variables that refer to each other, [`ExpandError::TooLong`] for a text
/// that grows beyond [`limits::EXPANDED_BYTES`].
pub fn expand(text: &str, resolved: &Resolved) -> Result<Expanded, ExpandError> {
    let mut expansion =
        Expansion { resolved, chain: Vec::new(), done: BTreeMap::new(), secrets: BTreeMap::new() };
    let (text, _) = expansion.text(text)?;
    Ok(Expanded { text, secrets: expansion.secrets })
}

/// One expansion on its way.
struct Expansion<'a> {
    resolved: &'a Resolved,
    /// The variables in whose values we are: folded name, name.
    chain: Vec<(String, &'a str)>,
    /// Each variable is expanded once. Without this, fifty variables that double each other's empty values take forever.
    done: BTreeMap<String, (String, usize)>,
    secrets: BTreeMap<String, SecretRef>,
}

impl Expansion<'_> {
    /// The text with its variables replaced, and how deep they stood in each other.
    fn text(&mut self, text: &str) -> Result<(String, usize), ExpandError> {
        let mut output = String::new();
        let mut height = 0;
        let mut rest = text;
        while let Some((before, written, name, after)) = next_reference(rest) {
            push(&mut output, before)?;
            height = height.max(self.reference(&mut output, written, name)?);
            rest = after;
        }
        push(&mut output, rest)?;
        Ok((output, height))
    }

    /// Puts out what `written` stands for; returns how deep variables stood in each other, this one included.
    fn reference(&mut self, output: &mut String, written: &str, name: &str) -> Result<usize, ExpandError> {
        let folded = fold(name);
        let Some(variable) = self.resolved.get(name) else {
            push(output, written)?;
            return Ok(0);
        };
        let value = match &variable.value {
            VariableValue::Plain(value) => value,
            VariableValue::Secret(secret) => {
                self.secrets.insert(folded, secret.clone());
                push(output, written)?;
                return Ok(0);
            }
        };
        if let Some(first) = self.chain.iter().position(|(open, _)| *open == folded) {
            let circle = self.chain[first..].iter().map(|(_, name)| (*name).to_owned());
            let chain = circle.chain([variable.name.clone()]).collect();
            return Err(ExpandError::Cycle { chain });
        }
        if let Some((text, height)) = self.done.get(&folded) {
            self.check_depth(*height, &variable.name)?;
            push(output, text)?;
            return Ok(*height);
        }
        self.check_depth(1, &variable.name)?;
        self.chain.push((folded.clone(), &variable.name));
        let (text, below) = self.text(value)?;
        self.chain.pop();
        push(output, &text)?;
        self.done.insert(folded, (text, below + 1));
        Ok(below + 1)
    }

    /// Refuses `more` levels below where we are, if they are too many.
    fn check_depth(&self, more: usize, name: &str) -> Result<(), ExpandError> {
        if self.chain.len() + more <= limits::EXPANSION_DEPTH {
            return Ok(());
        }
        let name = self.chain.first().map_or(name, |(_, first)| first).to_owned();
        Err(ExpandError::TooDeep { name })
    }
}

/// Replaces every `$(name)` for which there is a value by that value, which is not read again. Any other stays as it is written.
///
/// It is for whoever knows what [`expand`] left: a runner, the secrets.
pub fn replace<'v>(text: &str, value: impl Fn(&str) -> Option<&'v str>) -> String {
    let mut output = String::new();
    let mut rest = text;
    while let Some((before, written, name, after)) = next_reference(rest) {
        output.push_str(before);
        output.push_str(value(name).unwrap_or(written));
        rest = after;
    }
    output.push_str(rest);
    output
}

fn push(output: &mut String, text: &str) -> Result<(), ExpandError> {
    if output.len() + text.len() > limits::EXPANDED_BYTES {
        return Err(ExpandError::TooLong);
    }
    output.push_str(text);
    Ok(())
}

/// The text before the first reference, the reference as it is written, the name in it, and the text after it.
fn next_reference(text: &str) -> Option<(&str, &str, &str, &str)> {
    let begin = text.find("$(")?;
    let end = begin + text[begin..].find(')')?;
    // `$(a $(b)`: the reference is the inner one.
    let begin = text[..end].rfind("$(").unwrap_or(begin);
    Some((&text[..begin], &text[begin..=end], &text[begin + 2..end], &text[end + 1..]))
}
