//! What follows from the list of aggregates: one enum for each of their parts, and what asks all of them the same.

macro_rules! aggregates {
    // A subject from what stands behind its kind in the stream's name.
    (@read $Variant:ident, $rest:ident) => { $rest.is_none().then_some(Self::$Variant) };
    (@read $Variant:ident, $rest:ident, $Id:ident) => {
        $rest.and_then(|id| id.parse::<$Id>().ok()).map(Self::$Variant)
    };
    ($(
        $(#[$doc:meta])*
        $Variant:ident $(($id:ident: $Id:ident))? in $kind:literal, $called:literal:
            $State:ident, $as_state:ident, $Command:ident, $Event:ident $(+ $Nested:ident)?, $Refusal:ident;
    )*) => {
        /// The thing that a stream's events are about: one aggregate.
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Subject {
            $($(#[$doc])* $Variant $(($Id))?,)*
        }

        /// Something that is asked of one aggregate.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum Command {
            $(#[doc = concat!("Of ", $called, ".")] $Variant($($Id,)? $Command),)*
        }

        /// Something that became true.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum Event {
            $(#[doc = concat!("Of ", $called, ".")] $Variant($Event),)*
        }

        /// Why a command is refused. Nothing was recorded.
        #[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
        #[non_exhaustive]
        pub enum Refusal {
            $(
                #[doc = concat!("By ", $called, ".")]
                #[error(transparent)]
                $Variant(#[from] $Refusal),
            )*
            /// The actor has not the permission for it (U3).
            #[error(transparent)]
            Denied(#[from] crate::permission::Denied),
            /// An id that no stream can be named by.
            #[error(transparent)]
            InvalidId(#[from] crate::InvalidId),
            /// More follows from it than one commit may hold: a defect of the engine.
            #[error("more than {} events follow from the command", crate::limits::COMMIT_EVENTS)]
            TooManyEvents,
            /// What was decided can't be written or folded: a defect of the engine.
            #[error("what was decided can't be recorded: {what}")]
            NotRecordable {
                /// Why.
                what: String,
            },
        }

        /// The state of one aggregate.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum State {
            $(#[doc = concat!("Of ", $called, ".")] $Variant(Box<$State>),)*
        }

        impl std::fmt::Display for Subject {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self {
                    $(Self::$Variant $(($id))? => {
                        f.write_str($kind)?;
                        $(write!(f, "/{}", $id)?;)?
                    })*
                }
                Ok(())
            }
        }

        impl Subject {
            /// The subject of a kind, by the rest of its stream's name.
            pub(crate) fn of_kind(kind: &str, rest: Option<&str>) -> Option<Self> {
                match kind {
                    $($kind => aggregates!(@read $Variant, rest $(, $Id)?),)*
                    _ => None,
                }
            }
        }

        impl Command {
            /// Of what it is asked.
            pub fn subject(&self) -> Subject {
                match self {
                    $(Self::$Variant($($id,)? _) => Subject::$Variant $((Clone::clone($id)))?,)*
                }
            }
        }

        impl Event {
            /// The stored names of each aggregate's events.
            pub(crate) const NAMES: &'static [&'static [&'static str]] =
                &[$($Event::NAMES, $($Nested::NAMES,)?)*];

            /// Its stored name and its payload.
            pub(crate) fn write(&self) -> Result<(&'static str, crate::store::Json), serde_json::Error> {
                match self {
                    $(Self::$Variant(event) => crate::event::untag(event, &[$Event::NAMES, $($Nested::NAMES,)?]),)*
                }
            }

            /// Reads an event of the subject; `None` if none of its events has this name.
            pub(crate) fn read(
                subject: &Subject,
                name: &str,
                payload: &crate::store::Json,
            ) -> Option<Result<Self, serde_json::Error>> {
                match subject {
                    $(
                        $(Subject::$Variant { .. } if $Nested::NAMES.contains(&name) => Some(
                            crate::event::retag::<$Nested>(name, payload)
                                .map(|event| Self::$Variant(event.into())),
                        ),)?
                        Subject::$Variant { .. } if $Event::NAMES.contains(&name) => {
                            Some(crate::event::retag(name, payload).map(Self::$Variant))
                        }
                        Subject::$Variant { .. } => None,
                    )*
                }
            }
        }

        impl State {
            /// The state of a subject of which nothing is recorded.
            pub(crate) fn empty(subject: &Subject) -> Self {
                match subject {
                    $(Subject::$Variant { .. } => Self::$Variant(Box::default()),)*
                }
            }

            /// The other subjects that deciding the command reads.
            pub(crate) fn needs(&self, this: &Subject, command: &Command) -> Vec<Subject> {
                use crate::flow::Aggregate;
                match (self, command) {
                    $((Self::$Variant(state), Command::$Variant(.., command)) => state.needs(this, command),)*
                    _ => Vec::new(),
                }
            }

            /// The other subjects that deciding the command reads, by what was read of the first ones.
            pub(crate) fn needs_further(
                &self,
                command: &Command,
                facts: &crate::flow::Facts<'_>,
            ) -> Vec<Subject> {
                use crate::flow::Aggregate;
                match (self, command) {
                    $((Self::$Variant(state), Command::$Variant(.., command)) => {
                        state.needs_further(command, facts)
                    })*
                    _ => Vec::new(),
                }
            }

            /// What follows from the command.
            pub(crate) fn decide(
                &self,
                command: &Command,
                context: &crate::Context,
                facts: &crate::flow::Facts<'_>,
            ) -> Result<Vec<Event>, Refusal> {
                use crate::flow::Aggregate;
                match (self, command) {
                    $((Self::$Variant(state), Command::$Variant(.., command)) => {
                        let events = state.decide(command, context, facts)?;
                        Ok(events.into_iter().map(Event::$Variant).collect())
                    })*
                    _ => Err(Refusal::NotRecordable { what: "a command for another aggregate".to_owned() }),
                }
            }

            /// Folds an event that was recorded `at` that time.
            pub(crate) fn evolve(
                &mut self,
                event: &Event,
                at: crate::Timestamp,
            ) -> Result<(), crate::flow::Impossible> {
                use crate::flow::Aggregate;
                match (self, event) {
                    $((Self::$Variant(state), Event::$Variant(event)) => state.evolve(event, at),)*
                    _ => Err(crate::flow::Impossible("an event of another aggregate")),
                }
            }

            /// Whether what was decided by it holds only while it stands where it was read.
            pub(crate) fn is_guarded(&self) -> bool {
                use crate::flow::Aggregate;
                match self {
                    $(Self::$Variant(state) => state.is_guarded(),)*
                }
            }

            /// The command by which the earliest deadline that has passed is decided.
            pub(crate) fn due(&self, subject: &Subject, now: crate::Timestamp) -> Option<Command> {
                use crate::flow::Aggregate;
                match (self, subject) {
                    $((Self::$Variant(state), Subject::$Variant $(($id))?) => {
                        state.due(now).map(|command| Command::$Variant($(Clone::clone($id),)? command))
                    })*
                    _ => None,
                }
            }
        }

        impl State {
            $(
                #[doc = concat!("The state of ", $called, ", if it is that.")]
                pub const fn $as_state(&self) -> Option<&$State> {
                    match self {
                        Self::$Variant(state) => Some(state),
                        _ => None,
                    }
                }
            )*
        }
    };
}
