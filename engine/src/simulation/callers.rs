//! Those who ask engines for something, and those whom engines ask.

use std::sync::PoisonError;

use cutover::{Actor, CommandId, Timestamp, UserId};
use futures::FutureExt;

use super::asking::{AGAIN, Asked, Question, Stand};
use super::executor::Place;
use super::{Answer, Ask, AskId, Simulation};
use crate::EngineError;

/// Times that people answer the same question, where they were refused.
const MOST_REPLIES: u32 = 12;

impl Simulation {
    pub(super) fn ask_about(&mut self, at: Timestamp, by: Actor, ask: Ask, about: Option<Question>) -> AskId {
        let number = self.asked.len();
        let id = command_id(number);
        self.asked.push(Asked { by, id, ask, about, stand: Stand::Waits });
        self.waiting.insert((at, number));
        AskId(number)
    }

    /// What was asked of an engine that is no more is asked again.
    pub(super) fn ask_anew(&mut self, place: usize) {
        let (life, until) = (self.slots[place].life, self.now() + AGAIN);
        for number in std::mem::take(&mut self.sent) {
            let stand = &mut self.asked[number].stand;
            if matches!(stand, Stand::Sent(sent) if *sent == life) {
                *stand = Stand::Waits;
                self.waiting.insert((until, number));
            } else {
                self.sent.insert(number);
            }
        }
    }

    /// Begins engines that are due, and gives what is due to one of those that are there. Says whether anything was.
    pub(super) fn begin_what_is_due(&mut self) -> bool {
        let mut is_begun = false;
        for slot in &mut self.slots {
            is_begun |= slot.begin_if_due(&mut self.host, &self.executor, &mut self.dice);
        }
        let now = self.now();
        let due: Vec<_> = self.waiting.range(..=(now, usize::MAX)).copied().collect();
        if due.is_empty() {
            return is_begun;
        }
        let there: Vec<_> = self.slots.iter().filter_map(|slot| Some((slot.life, slot.engine()?))).collect();
        for (at, number) in due {
            let Some((life, engine)) = self.dice.one_of(&there).cloned() else { return is_begun };
            self.waiting.remove(&(at, number));
            self.sent.insert(number);
            let asked = &mut self.asked[number];
            asked.stand = Stand::Sent(life);
            self.host.chance.note(&format!("{} asks: {:?}", asked.by, asked.ask));
            let (by, id, ask) = (asked.by.clone(), asked.id.clone(), asked.ask.clone());
            let answers = std::sync::Arc::clone(&self.answers);
            let asking = async move {
                let answer = ask.give(&engine, &by, id).await;
                answers.lock().unwrap_or_else(PoisonError::into_inner).push((number, life, answer));
            };
            self.executor.spawn(life, Place::Within, asking.boxed());
            is_begun = true;
        }
        is_begun
    }

    /// Takes what engines have answered, and holds it against the record.
    pub(super) fn hear_answers(&mut self) -> Result<(), String> {
        let answers = std::mem::take(&mut *self.answers.lock().unwrap_or_else(PoisonError::into_inner));
        let until = self.now() + AGAIN;
        for (number, life, answer) in answers {
            let asked = &mut self.asked[number];
            if !matches!(asked.stand, Stand::Sent(sent) if sent == life) {
                continue;
            }
            let answer = match answer {
                Ok(answer) => answer,
                Err(EngineError::Refused(refusal)) => Answer::Refused(refusal.to_string()),
                Err(
                    error @ (EngineError::Commit(_) | EngineError::Store(_) | EngineError::Contended { .. }),
                ) => {
                    self.host.chance.note(&format!("asked again: {error}"));
                    asked.stand = Stand::Waits;
                    self.sent.remove(&number);
                    self.waiting.insert((until, number));
                    continue;
                }
                Err(error) => return Err(format!("{:?} came to {error}: {error:?}", asked.ask)),
            };
            match &answer {
                Answer::Pipeline(_) | Answer::Release(_) => {
                    self.record.acknowledged.acknowledge(&asked.id, None)?;
                }
                Answer::Done(Some(at)) => self.record.acknowledged.acknowledge(&asked.id, Some(*at))?,
                Answer::Done(None) => {}
                Answer::Refused(why) => {
                    self.host.chance.note(&format!("refused: {why}"));
                    if let Some(replied) = asked.about.and_then(|about| self.replied.get_mut(&about)) {
                        replied.is_under_way = false;
                    }
                }
            }
            asked.stand = Stand::Answered(answer);
            self.sent.remove(&number);
        }
        Ok(())
    }

    /// People look at what they are asked. Says whether anybody will answer anything.
    pub(super) fn people_look(&mut self) -> bool {
        let Some(engine) = self.slots.iter().find_map(super::engines::Slot::engine) else { return false };
        let (now, people) = (self.now(), std::sync::Arc::clone(&self.host.people));
        let mut replies: Vec<(Question, Timestamp, UserId, Ask)> = Vec::new();
        for asked in engine.views().all_pending_approvals() {
            let question = Question::Approval(asked.id);
            if self.is_to_reply(question)
                && let Some(reply) = people.approval(&asked, &mut self.dice)
            {
                replies.push((question, now + reply.after, reply.by, Ask::approval(asked.id, reply.answer)));
            }
        }
        for asked in engine.views().all_pending_interventions() {
            let question = Question::Intervention(asked.task);
            if self.is_to_reply(question)
                && let Some(reply) = people.intervention(&asked, &mut self.dice)
            {
                let ask = Ask::intervention(asked.task, reply.answer);
                replies.push((question, now + reply.after, reply.by, ask));
            }
        }
        let is_any = !replies.is_empty();
        for (question, at, by, ask) in replies {
            self.ask_about(at, Actor::User(by), ask, Some(question));
        }
        is_any
    }

    /// Whether anybody is to look at the question; notes that somebody did.
    fn is_to_reply(&mut self, question: Question) -> bool {
        let replied = self.replied.entry(question).or_default();
        if replied.is_under_way || replied.times >= MOST_REPLIES {
            return false;
        }
        (replied.times, replied.is_under_way) = (replied.times + 1, true);
        true
    }
}

#[expect(clippy::expect_used, reason = "a short text without control characters is a valid id")]
fn command_id(number: usize) -> CommandId {
    CommandId::new(format!("asked-{number}")).expect("a short text")
}
