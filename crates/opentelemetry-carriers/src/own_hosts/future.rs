//! A request that is being sent.

use std::future::Future;
use std::pin::Pin;
use std::task::Poll;

use opentelemetry::{Context, ContextGuard};
use opentelemetry_propagator_core::suppress;
use pin_project_lite::pin_project;

pin_project! {
    /// The future of an [`OwnHostsService`](super::OwnHostsService).
    #[derive(Debug)]
    pub struct OwnHostsFuture<F> {
        #[pin]
        inner: F,
        is_own: bool,
    }
}

impl<F> OwnHostsFuture<F> {
    /// Calls the function, which sends a request to a host of the list or to another one.
    pub(super) fn new(is_own: bool, send: impl FnOnce() -> F) -> Self {
        // Some instrumentation injects when it is called, and some when its future is polled.
        let _guard = guard(is_own);
        let inner = send();
        Self { inner, is_own }
    }
}

impl<F: Future> Future for OwnHostsFuture<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, task: &mut std::task::Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let _guard = guard(*this.is_own);
        this.inner.poll(task)
    }
}

/// Suppresses propagation in the current context of a request to a foreign host.
fn guard(is_own: bool) -> Option<ContextGuard> {
    (!is_own).then(|| Context::map_current(suppress).attach())
}
