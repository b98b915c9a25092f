//! Approvals: asked on the keyboard, or all granted.

use std::io::{BufRead, IsTerminal};
use std::sync::mpsc::{Receiver, channel};

use cutover::{Actor, ApprovalId, Approver, InvalidId, PipelineDefinition, Release, UserId};
use cutover_engine::FixedGroups;

/// Who plays the approvers of groups.
pub const MEMBER: &str = "you";

/// An approval that somebody must answer, as a person reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The approval.
    pub id: ApprovalId,
    /// As whom it is answered.
    pub actor: Actor,
    /// What is asked.
    pub text: String,
}

/// Asks on the keyboard, or answers yes by itself.
pub enum Asker {
    /// Every approval is granted.
    GrantAll,
    /// One question at a time; a line of the keyboard answers it.
    Keyboard {
        /// What was typed.
        lines: Receiver<String>,
        /// What is asked just now.
        asking: Option<Question>,
    },
}

/// What a person said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// The question.
    pub question: Question,
    /// Whether they approve.
    pub approve: bool,
    /// What they added.
    pub comment: String,
}

impl Asker {
    /// Asks on the keyboard, unless all is to be granted or nobody is there.
    pub fn new(grant_all: bool) -> Self {
        if grant_all || !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
            return Self::GrantAll;
        }
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in std::io::stdin().lock().lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Self::Keyboard { lines, asking: None }
    }

    /// What to answer now, given what is open.
    pub fn answers(&mut self, open: Vec<Question>) -> Vec<Given> {
        match self {
            Self::GrantAll => {
                let granted = |question| Given {
                    question,
                    approve: true,
                    comment: "granted without asking".to_owned(),
                };
                open.into_iter().map(granted).collect()
            }
            Self::Keyboard { lines, asking } => {
                if !asking.as_ref().is_some_and(|asking| open.contains(asking)) {
                    *asking = open.into_iter().next();
                }
                let Some(question) = asking.clone() else { return Vec::new() };
                let Ok(line) = lines.try_recv() else { return Vec::new() };
                let (word, comment) = line.trim().split_once(' ').unwrap_or((line.trim(), ""));
                let approve = match word.to_lowercase().as_str() {
                    "y" | "yes" => true,
                    "n" | "no" => false,
                    _ => return Vec::new(),
                };
                *asking = None;
                vec![Given { question, approve, comment: comment.trim().to_owned() }]
            }
        }
    }

    /// What is asked just now.
    pub fn prompt(&self) -> Option<String> {
        match self {
            Self::Keyboard { asking: Some(question), .. } => {
                Some(format!("{} [y/n and a comment] ", question.text))
            }
            Self::GrantAll | Self::Keyboard { asking: None, .. } => None,
        }
    }
}

/// What is open in a release, in the words of a question.
pub fn questions(release: &Release, definition: &PipelineDefinition) -> Vec<Question> {
    let Some(about) = release.about() else { return Vec::new() };
    let open = release.going_on().flat_map(|deployment| deployment.open_approvals());
    open.filter_map(|(id, approver, ..)| {
        let stage = &definition.stage(id.deployment.stage)?.name;
        let (actor, who) = match approver {
            Approver::User(user) => (Actor::User(user.clone()), user.to_string()),
            Approver::Group(group) => (Actor::user(MEMBER).ok()?, format!("a member of {group}")),
            Approver::Automatic => return None,
        };
        let text = format!("{}: {}-deployment approval of {stage} by {who}?", about.name, id.moment);
        Some(Question { id, actor, text })
    })
    .collect()
}

/// [`MEMBER`] is in every group that is asked anywhere in the definition.
pub fn identities(definition: &PipelineDefinition) -> Result<FixedGroups, InvalidId> {
    let member = UserId::new(MEMBER)?;
    let sides = definition.stages.iter().flat_map(|stage| [&stage.before, &stage.after]);
    let steps = sides.flat_map(|side| &side.approvals.steps);
    Ok(steps.fold(FixedGroups::new(), |known, step| match &step.approver {
        Approver::Group(group) => known.with_member(group.clone(), member.clone()),
        Approver::User(_) | Approver::Automatic => known,
    }))
}
