//! How long the texts may be that come with commands.

use crate::limits;

/// A text is longer than it may be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} has {characters} characters, at most {limit} are allowed")]
pub struct TextTooLong {
    /// Which text.
    pub what: &'static str,
    /// How long it is.
    pub characters: usize,
    /// How long it may be.
    pub limit: usize,
}

/// A comment, a reason or a description: what people say of what they do.
pub(crate) fn text_fits(what: &'static str, text: &str) -> Result<(), TextTooLong> {
    length_fits(what, text, limits::TEXT_CHARACTERS)
}

/// A text that may have so many characters.
pub(crate) fn length_fits(what: &'static str, text: &str, limit: usize) -> Result<(), TextTooLong> {
    let characters = text.chars().count();
    if characters > limit { Err(TextTooLong { what, characters, limit }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_as_many_characters_as_may_be_and_no_more() {
        let limit = limits::TEXT_CHARACTERS;
        assert_eq!(text_fits("the comment", &"\u{e9}".repeat(limit)), Ok(()));
        let refused = TextTooLong { what: "the comment", characters: limit + 1, limit };
        assert_eq!(text_fits("the comment", &"x".repeat(limit + 1)), Err(refused));
    }
}
