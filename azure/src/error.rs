//! Why a file is not imported at all.

use std::fmt;

use crate::DocumentKind;

/// Why a file is not imported.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The file is larger than any export.
    #[error("{bytes} bytes are more than the limit of {limit}: export one release pipeline per file")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The largest size that is read.
        limit: usize,
    },
    /// The file is neither UTF-8 nor UTF-16.
    #[error("not {encoding} text from byte {offset} on: save the export as UTF-8")]
    NotText {
        /// What it looked like.
        encoding: &'static str,
        /// The first byte that does not fit, after the byte order mark.
        offset: usize,
    },
    /// There is nothing in the file.
    #[error("the file is empty: export the release pipeline again")]
    Empty,
    /// The file ends in the middle.
    #[error("the file ends early, at line {line}, column {column}: export the release pipeline again")]
    Truncated {
        /// The last line, from 1.
        line: usize,
        /// The last column, from 1.
        column: usize,
    },
    /// The file is not JSON.
    #[error("not JSON at line {line}, column {column}: {what}")]
    NotJson {
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// What is wrong there; nothing of the file's own text.
        what: String,
    },
    /// Lists and objects are nested deeper than in any export.
    #[error("lists and objects are nested more than {limit} deep: this is no export of a release pipeline")]
    TooDeep {
        /// The deepest nesting that is read.
        limit: usize,
    },
    /// There are more values in the file than in any export.
    #[error("more than {limit} values: export one release pipeline per file")]
    TooManyValues {
        /// How many are read.
        limit: usize,
    },
    /// The file is a document of another kind.
    #[error("{0}")]
    NotADefinition(DocumentKind),
    /// The file is another document than the one that was asked for.
    #[error("this is not {wanted}")]
    NotThat {
        /// What was asked for.
        wanted: &'static str,
        /// What it is; `None`: a release pipeline.
        found: Option<DocumentKind>,
    },
    /// `PowerShell` wrote what was nested too deep as text, so that it is lost.
    #[error(
        "`ConvertTo-Json` of PowerShell has cut off what was nested deeper than its `-Depth`, at {}: \
         export again with `-Depth 100`",
        shortened(paths)
    )]
    DepthTruncated {
        /// The places, as far as they were reached. Never empty.
        paths: Vec<String>,
    },
    /// The release pipeline itself cannot be read as one: everything that is wrong. Never empty.
    #[error("{}", joined(.0))]
    Invalid(Vec<Problem>),
}

/// One thing for which no pipeline can be made of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The place in the file, such as `environments[2].conditions[0].name`.
    pub path: String,
    /// What is wrong there.
    pub what: ProblemKind,
}

/// What is wrong at a place of the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProblemKind {
    /// The pipeline has no name.
    #[error("the pipeline has no name: give it one")]
    UnnamedPipeline,
    /// The pipeline has no stages.
    #[error("the pipeline has no stages: it needs at least one")]
    NoStages,
    /// The pipeline has more stages than any.
    #[error("{stages} stages are more than the {limit} that are read: split the pipeline")]
    TooManyStages {
        /// How many it has.
        stages: usize,
        /// How many are read at most.
        limit: usize,
    },
    /// A stage has no name.
    #[error("the stage has no name: give it one")]
    UnnamedStage,
    /// Two stages have the same name, compared without case.
    #[error("another stage is named {name:?} too, at {first}: rename one of them")]
    DuplicateStageName {
        /// The name.
        name: String,
        /// The path of the one that comes first in the file.
        first: String,
    },
    /// A condition names a stage that the pipeline does not have.
    #[error("no stage is named {name:?}: correct the condition or remove it")]
    UnknownStage {
        /// The name.
        name: String,
    },
    /// Stages wait for each other.
    #[error("stages wait for each other: {}: remove one of these conditions", .stages.join(" -> "))]
    Cycle {
        /// Their names; each one waits for the one behind it, and the last, which is the first again, closes the circle.
        stages: Vec<String>,
    },
    /// An approval that is not automated, and nobody who could give it. To leave it out would let deployments pass.
    #[error("the approval is not automated and names nobody: name an approver")]
    NoApprover,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.what)
    }
}

fn joined(problems: &[Problem]) -> String {
    let texts: Vec<_> = problems.iter().map(Problem::to_string).collect();
    texts.join("; ")
}

/// The first few of many paths.
fn shortened(paths: &[String]) -> String {
    const SHOWN: usize = 3;
    match paths.len().checked_sub(SHOWN) {
        None | Some(0) => paths.join(", "),
        Some(more) => format!("{} and {more} more places", paths[..SHOWN].join(", ")),
    }
}
