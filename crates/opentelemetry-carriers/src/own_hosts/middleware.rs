//! The middleware for `reqwest-middleware`.

use http::Extensions;
use reqwest::{Request, Response};
use reqwest_middleware::{Middleware, Next, Result};

use super::{OwnHosts, OwnHostsFuture};

/// Add it before the middleware that injects.
#[async_trait::async_trait]
impl Middleware for OwnHosts {
    async fn handle(
        &self,
        request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> Result<Response> {
        let is_own = self.is_own(&request);
        OwnHostsFuture::new(is_own, || next.run(request, extensions)).await
    }
}
