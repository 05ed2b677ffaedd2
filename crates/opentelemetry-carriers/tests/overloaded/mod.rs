//! A service for tests that wrap one.

use std::future::Ready;
use std::marker::PhantomData;
use std::task::{Context, Poll};

use http::Request;
use tower::Service;

/// A service that accepts no request.
pub struct Overloaded<R>(pub PhantomData<R>);

impl<R> Service<Request<()>> for Overloaded<R> {
    type Response = R;
    type Error = &'static str;
    type Future = Ready<Result<R, Self::Error>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Err("overloaded"))
    }

    fn call(&mut self, _: Request<()>) -> Self::Future {
        unreachable!("the service is not ready")
    }
}
