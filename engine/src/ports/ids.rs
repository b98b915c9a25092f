use std::sync::Arc;

use uuid::Uuid;

/// Where ids come from that nobody had before: those of commands, of commits, and of the lives of an engine.
pub trait Ids: Send + Sync + 'static {
    /// 128 bits that no engine of the store ever drew. The engine makes an id of 122 of them; the others say that it is random (RFC 9562,
    /// version 4).
    fn draw(&self) -> u128;
}

/// Draws from the randomness of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct RandomIds;

impl Ids for RandomIds {
    fn draw(&self) -> u128 {
        Uuid::new_v4().as_u128()
    }
}

impl<I: Ids + ?Sized> Ids for Arc<I> {
    fn draw(&self) -> u128 {
        (**self).draw()
    }
}
