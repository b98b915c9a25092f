//! Texts as files write them, and as messages show them.

/// The path of what an object holds under a key, shortened where the key is long: a path is written wherever something is said.
pub(crate) fn child_path(path: &str, key: &str) -> String {
    let is_plain = |character: char| character.is_alphanumeric() || "_-$".contains(character);
    let is_plain = key.len() <= SHOWN && !key.is_empty() && key.chars().all(is_plain);
    match (path, is_plain) {
        ("", true) => key.to_owned(),
        (path, true) => format!("{path}.{key}"),
        (path, false) => format!("{path}[{}]", quoted(key)),
    }
}

/// Nothing, or what templates write for an empty container.
pub(crate) fn is_empty_text(text: &str) -> bool {
    matches!(text.trim(), "" | "{}" | "[]")
}

/// What `PowerShell` writes for an object or a list that is nested deeper than it goes.
pub(crate) fn is_cut_off(text: &str) -> bool {
    let text = text.trim();
    (text.starts_with("@{") && text.ends_with('}'))
        || text.starts_with("System.Object")
        || text.starts_with("System.Collections.")
        || text.starts_with("System.Management.Automation.")
}

/// Characters that a message shows of a text.
const SHOWN: usize = 60;

/// A text as a message shows it: in quotes, and not more of it than a person reads.
pub(crate) fn quoted(text: &str) -> String {
    let short: String = text.chars().take(SHOWN).collect();
    let more = if short.len() < text.len() { "..." } else { "" };
    format!("{:?}", short + more)
}
