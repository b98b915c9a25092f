//! Drives [`cutover`], the core of an embeddable release engine: clock, timers, task runners, views, subscriptions.
//!
//! The core decides what should happen; an [`Engine`] carries it out. It takes commands and commits what was decided to an event
//! store; while it is driven ([`Engine::run`]) it begins and stops tasks through the host's [`TaskRunner`] and keeps deadlines.
//! What is to be done is always derived from what is recorded, so that after a crash it goes on from there.
//!
//! It needs no particular executor: a thread of its own wakes it in time, and each task that runs has a thread too, unless
//! the host gives it other ports ([`Clock`], [`Spawn`]).
//!
//! ```
//! use async_trait::async_trait;
//! use cutover::deployment::Report;
//! use cutover::status::StageStatus;
//! use cutover::store::Position;
//! use cutover::{Actor, NewRelease, PipelineDefinition, Stage, StageId, Task, TaskOrder};
//! use cutover_engine::{DeploymentFilter, Engine, Runners, TaskControl, TaskRunner};
//! use cutover_store_memory::MemoryStore;
//!
//! struct Greeter;
//!
//! #[async_trait]
//! impl TaskRunner for Greeter {
//!     async fn run(&self, order: TaskOrder, control: TaskControl) -> Report {
//!         control.log.line(order.id, chrono::DateTime::UNIX_EPOCH, "hello");
//!         Report::Succeeded
//!     }
//! }
//!
//! # futures::executor::block_on(async {
//! let engine = Engine::builder(MemoryStore::new()).runner(Runners::new().with("command", Greeter)).build().await?;
//! let driving = std::thread::spawn({
//!     let run = engine.run();
//!     move || futures::executor::block_on(run)
//! });
//!
//! let ann = Actor::user("ann")?;
//! let dev = Stage::new(StageId(1), "Dev").after_release().with_task(Task::command("hello"));
//! let pipeline = engine.create_pipeline(&ann, PipelineDefinition::new("Shop").with_stage(dev)).await?;
//! let release = engine.create_release(&ann, pipeline, NewRelease::default()).await?;
//!
//! let mut views = engine.views().at_least(engine.written()).await?;
//! while !views.deployments(&DeploymentFilter::going_on()).is_empty() {
//!     // Until something more is recorded.
//!     let next = Position(views.position().0 + 1);
//!     views = engine.views().at_least(next).await?;
//! }
//! assert_eq!(engine.release(release).await?.release().status(StageId(1)), StageStatus::Succeeded);
//! engine.shut_down(std::time::Duration::from_secs(1));
//! driving.join().expect("it does not panic")?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! ```
//!
//! # Secrets
//!
//! What is recorded of a secret is a [`SecretRef`](cutover::SecretRef): where it is kept, and in which version. What it is goes to the
//! host's [`Secrets`], and from there to the task that speaks of it, in the moment in which it begins (V4). The engine masks it in the log
//! that a runner is given, in what the runner reports, and in what is said of gates, also by a panic. [`MemorySecrets`] is the ready-made adapter.
//!
//! ```
//! use async_trait::async_trait;
//! use cutover::deployment::Report;
//! use cutover::{Actor, NewRelease, PipelineDefinition, Stage, StageId, Task, TaskOrder, Variable};
//! use cutover_engine::{Engine, MemorySecrets, Runners, Secret, TaskControl, TaskRunner};
//! use cutover_store_memory::MemoryStore;
//!
//! struct Login;
//!
//! #[async_trait]
//! impl TaskRunner for Login {
//!     async fn run(&self, order: TaskOrder, control: TaskControl) -> Report {
//!         let script = control.secrets.expand(&order.inputs["script"]);
//!         assert_eq!(script.reveal(), "login hunter2");
//!         Report::Failed { message: format!("{} was refused", script.reveal()) } // recorded as "login *** was refused"
//!     }
//! }
//!
//! # futures::executor::block_on(async {
//! let builder = Engine::builder(MemoryStore::new()).runner(Runners::new().with("command", Login));
//! let engine = builder.secrets(MemorySecrets::new()).build().await?;
//! let password = engine.keep_secret("shop/password", Secret::new("hunter2")).await?;
//!
//! let dev = Stage::new(StageId(1), "Dev").after_release().with_task(Task::command("login $(Password)"));
//! let definition = PipelineDefinition::new("Shop").with_stage(dev).with_variable("Password", Variable::secret(password));
//! let ann = Actor::user("ann")?;
//! let pipeline = engine.create_pipeline(&ann, definition).await?;
//! engine.create_release(&ann, pipeline, NewRelease::default()).await?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! ```
//!
//! # What is ready-made
//!
//! - [`Runners::ready_made`]: command lines, Bash and PowerShell as processes of this machine ([`process`]); with the feature `http` also the
//!   task that calls a server.
//! - [`remote::RemoteRunner`]: tasks for the host's own agents, by leases.
//! - `http::HttpProbe` and `http::RestCall` (feature `http`; `https` for TLS): gates and tasks that call a server.
//! - [`FileLog`]: each task's log in a file, read while it is written.
//! - `sealed::SealedFile` (feature `sealed-file`): secrets in a file that a key or a passphrase opens.
//!
//! Commands, commits, tasks, searches, gates and notifiers are spans of `tracing`, with their ids and positions, and without any secret. Nothing
//! is printed.
//!
//! # What it is not
//!
//! It is no scheduler of machines (a runner says where a task runs), and no server. Start reading in `engine.rs`; `submit/` is
//! how a command becomes a commit, `drive/` how work is found and done, `views/` what lists are made of, `ports/` what a host gives.

mod builder;
mod commands;
mod decode;
mod drive;
mod engine;
mod error;
mod history;
#[cfg(feature = "http")]
pub mod http;
mod limits;
mod logs;
mod notifications;
mod permitting;
mod ports;
#[cfg(all(unix, feature = "process"))]
pub mod process;
mod questions;
mod reading;
pub mod remote;
mod revisions;
#[cfg(feature = "sealed-file")]
pub mod sealed;
mod secrets;
#[cfg(feature = "simulation")]
pub mod simulation;
mod submit;
mod views;

pub use builder::Builder;
pub use commands::GivenValue;
pub use drive::{
    Deliveries, Delivery, Driving, GateAnswer, Health, Namesake, Recovery, RunningTask, Trouble,
};
pub use engine::Engine;
pub use error::EngineError;
pub use futures::future::BoxFuture;
pub use history::{Because, Fact};
pub use logs::{FileLog, LogEntry, LogReader};
pub use notifications::Told;
pub use ports::*;
pub use questions::{AsOf, DecodedCommit, ReleaseAt};
pub use reading::Reader;
pub use revisions::PipelineRevision;
pub use secrets::SecretsAtHand;
pub use submit::Outcome;
pub use views::{
    ApprovalFilter, Coming, DeployedAt, DeploymentFilter, DeploymentSummary, Due, Page, PendingApproval,
    PendingIntervention, PipelineSummary, QueueLine, QueuePlace, QueueView, ReleaseFilter, ReleaseSummary,
    ReleaseVersion, SearchHits, StageHit, Upcoming, VersionHit, Views, Watcher,
};
