//! Names by how their words begin.

use cutover::fold;

use super::numbers::Numbers;

/// Characters of a word that count. Longer ones are told apart by no more than these.
pub(super) const CHARACTERS: usize = 40;

/// Parts of a text that is searched for that count.
pub(super) const PARTS: usize = 16;

/// Endings that are looked through one by one.
const FEW: usize = 128;

/// Which numbers have a name in which a word begins so.
///
/// It is a tree by characters, that branches only where there is more than can be looked through: so an answer is one set that is kept, or is
/// gathered from a few.
#[derive(Debug, Default)]
pub(super) struct Words(Node);

#[derive(Debug)]
enum Node {
    /// How the words go on from here, in order.
    Few(Vec<(Box<str>, Numbers)>),
    Many(Box<Branch>),
}

#[derive(Debug, Default)]
struct Branch {
    /// Whatever comes next.
    all: Numbers,
    /// The words that end here.
    here: Numbers,
    next: Vec<(char, Node)>,
}

impl Default for Node {
    fn default() -> Self {
        Self::Few(Vec::new())
    }
}

/// What a name is found by: each of its words, together with what follows it up to the next white space. So `Release-42` is found by how
/// `release-42` begins, and how `42` does.
pub(super) fn words_of(name: &str) -> Vec<String> {
    let name = fold(name);
    let mut words = Vec::new();
    for part in name.split_whitespace() {
        let mut before = ' ';
        for (place, character) in part.char_indices() {
            if character.is_alphanumeric() && !before.is_alphanumeric() {
                words.push(part[place..].chars().take(CHARACTERS).collect());
            }
            before = character;
        }
    }
    words
}

/// What a text looks for: each of its parts, without what no word begins with.
pub(super) fn parts_of(text: &str) -> Vec<String> {
    let text = fold(text);
    let parts = text.split_whitespace().map(|part| part.trim_start_matches(|it: char| !it.is_alphanumeric()));
    let counted = parts.filter(|part| !part.is_empty()).take(PARTS);
    counted.map(|part| part.chars().take(CHARACTERS).collect()).collect()
}

impl Words {
    pub(super) fn add(&mut self, name: &str, number: u64) {
        for word in words_of(name) {
            self.0.add(&word, number);
        }
    }

    /// Takes a name away. Other names of the same number that share a beginning with it must be added again.
    pub(super) fn remove(&mut self, name: &str, number: u64) {
        for word in words_of(name) {
            self.0.remove(&word, number);
        }
    }

    /// Those with a word that begins so.
    pub(super) fn find(&self, beginning: &str) -> Numbers {
        let (mut node, mut left) = (&self.0, beginning.chars());
        loop {
            match node {
                Node::Few(words) => {
                    let mut found = Numbers::default();
                    let left = left.as_str();
                    let first = words.partition_point(|(word, _)| **word < *left);
                    let meant = words[first..].iter().take_while(|(word, _)| word.starts_with(left));
                    meant.for_each(|(_, numbers)| found.extend(numbers));
                    return found;
                }
                Node::Many(branch) => {
                    let Some(next) = left.next() else { return branch.all.clone() };
                    match branch.next.binary_search_by_key(&next, |(character, _)| *character) {
                        Ok(at) => node = &branch.next[at].1,
                        Err(_) => return Numbers::None,
                    }
                }
            }
        }
    }
}

impl Node {
    fn add(&mut self, word: &str, number: u64) {
        match self {
            Self::Few(words) => {
                match words.binary_search_by(|(known, _)| (**known).cmp(word)) {
                    Ok(at) => words[at].1.insert(number),
                    Err(at) => words.insert(at, (word.into(), Numbers::One(number))),
                }
                if words.len() > FEW {
                    *self = Self::Many(Box::new(Branch::of(std::mem::take(words))));
                }
            }
            Self::Many(branch) => {
                branch.all.insert(number);
                let mut left = word.chars();
                match left.next() {
                    None => branch.here.insert(number),
                    Some(next) => branch.next(next).add(left.as_str(), number),
                }
            }
        }
    }

    fn remove(&mut self, word: &str, number: u64) {
        match self {
            Self::Few(words) => {
                if let Ok(at) = words.binary_search_by(|(known, _)| (**known).cmp(word)) {
                    words[at].1.remove(number);
                    if words[at].1.is_empty() {
                        words.remove(at);
                    }
                }
            }
            Self::Many(branch) => {
                branch.all.remove(number);
                let mut left = word.chars();
                match left.next() {
                    None => branch.here.remove(number),
                    Some(next) => branch.next(next).remove(left.as_str(), number),
                }
            }
        }
    }
}

impl Branch {
    fn of(words: Vec<(Box<str>, Numbers)>) -> Self {
        let mut branch = Self::default();
        for (word, numbers) in words {
            branch.all.extend(&numbers);
            let mut left = word.chars();
            match left.next() {
                None => branch.here = numbers,
                Some(next) => match branch.next(next) {
                    // They come in order, and so they stay.
                    Node::Few(words) => words.push((left.as_str().into(), numbers)),
                    Node::Many(_) => {}
                },
            }
        }
        for (_, node) in &mut branch.next {
            if let Node::Few(words) = node {
                if words.len() > FEW {
                    *node = Node::Many(Box::new(Self::of(std::mem::take(words))));
                } else {
                    words.shrink_to_fit();
                }
            }
        }
        branch
    }

    fn next(&mut self, character: char) -> &mut Node {
        let at = match self.next.binary_search_by_key(&character, |(known, _)| *known) {
            Ok(at) => at,
            Err(at) => {
                self.next.insert(at, (character, Node::default()));
                at
            }
        };
        &mut self.next[at].1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_by_how_their_words_begin_and_what_follows() {
        assert_eq!(words_of("Web Shop"), ["web", "shop"]);
        assert_eq!(words_of("Release-42 (hot)"), ["release-42", "42", "hot)"]);
        assert_eq!(words_of("2.4.1 ÄÖ"), ["2.4.1", "4.1", "1", "äö"]);
        assert!(words_of(" -- ").is_empty());
        assert_eq!(words_of(&"x".repeat(50)), ["x".repeat(40)]);
        assert_eq!(parts_of("  Web .4.1 - "), ["web", "4.1"]);
        assert_eq!(parts_of(&"a ".repeat(20)).len(), PARTS);
    }

    #[test]
    fn every_beginning_finds_the_names_that_have_it_however_many_there_are() {
        let name = |number: u64| {
            format!("Release-{number} of {}", if number.is_multiple_of(3) { "Zoo" } else { "zebras" })
        };
        let mut words = Words::default();
        (0..3_000).for_each(|number| words.add(&name(number), number));
        // Some are renamed, or are gone.
        (0..3_000).step_by(5).for_each(|number| words.remove(&name(number), number));
        (0..3_000).step_by(10).for_each(|number| words.add("Hotfix zebra", number));
        let now = |number: u64| match number {
            _ if number.is_multiple_of(10) => "Hotfix zebra".to_owned(),
            _ if number.is_multiple_of(5) => String::new(),
            _ => name(number),
        };
        for looked_for in [
            "r",
            "release",
            "release-1",
            "release-29",
            "1",
            "299",
            "2999",
            "z",
            "zo",
            "zebras",
            "ho",
            "x",
            "of",
        ] {
            let expected: Vec<u64> = (0..3_000)
                .filter(|number| words_of(&now(*number)).iter().any(|word| word.starts_with(looked_for)))
                .collect();
            assert!(words.find(looked_for).iter().eq(expected), "{looked_for}");
        }
    }
}
