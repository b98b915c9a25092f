use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Wake, Waker};

use cutover_engine::{BoxFuture, Engine, EngineError};
use futures::FutureExt;

/// An engine that is driven by hand, as far as it is woken.
pub struct ByHand {
    run: BoxFuture<'static, Result<(), EngineError>>,
    woken: Arc<Woken>,
}

struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

impl ByHand {
    pub fn of(engine: &Engine) -> Self {
        Self { run: engine.run().boxed(), woken: Arc::new(Woken(AtomicBool::new(true))) }
    }

    /// Until it has nothing to do, and nobody has woken it.
    pub fn until_idle(&mut self) {
        let waker = Waker::from(Arc::clone(&self.woken));
        while self.woken.0.swap(false, Ordering::SeqCst) {
            assert!(self.run.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        }
    }
}

/// Brings what is spawned to its end at once.
pub fn at_once(future: BoxFuture<'static, ()>) {
    assert!(future.now_or_never().is_some());
}
