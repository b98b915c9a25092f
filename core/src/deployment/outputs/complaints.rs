//! What is told of variables that are not kept.

/// Variables that a warning names; what is beyond that is counted.
const NAMED: usize = 5;
/// Characters of a name in a warning.
const NAME_SHOWN: usize = 40;

/// What is wrong with some of the variables that a task set, in bounded words (J10): the first five are named, the others counted.
///
/// ```
/// use cutover::deployment::Complaints;
///
/// let mut complaints = Complaints::default();
/// assert_eq!(complaints.told("variables that are not kept"), None);
/// complaints.add("color", "it is too bright");
/// let told = complaints.told("variables that are not kept");
/// assert_eq!(told.as_deref(), Some("variables that are not kept: \"color\" (it is too bright)"));
/// ```
#[derive(Debug, Clone, Default)]
pub struct Complaints {
    first: Vec<String>,
    count: usize,
}

impl Complaints {
    /// Adds one about the variable with this name, of which the first 40 characters are told. Secrets in either are told as they stand.
    pub fn add(&mut self, name: &str, problem: &str) {
        self.count += 1;
        if self.first.len() < NAMED {
            let name: String = name.chars().take(NAME_SHOWN).collect();
            self.first.push(format!("{name:?} ({problem})"));
        }
    }

    /// All of them, after what they are about; `None`: there are none.
    pub fn told(&self, what: &str) -> Option<String> {
        let more = match self.count - self.first.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        (self.count > 0).then(|| format!("{what}: {}{more}", self.first.join(", ")))
    }
}
