//! Redirects that reqwest follows.

use reqwest::redirect::Policy;
use reqwest::Url;

use super::OwnHosts;

/// The limit of reqwest's own policy.
const MAX_REDIRECTS: usize = 10;

impl OwnHosts {
    /// Returns a policy for [`reqwest::ClientBuilder::redirect`] that repeats no trace headers for a
    /// foreign host.
    ///
    /// reqwest repeats the headers of the first request. If that request has trace headers and a
    /// foreign host follows, the policy stops, and the response is the redirect itself. To follow it,
    /// send a request to its `Location` through the layer. All other redirects are followed, up to
    /// ten.
    ///
    /// ```
    /// use opentelemetry_carriers::OwnHosts;
    ///
    /// let own_hosts = OwnHosts::new([".example.com"])?;
    /// let client = reqwest::Client::builder().redirect(own_hosts.redirect_policy());
    /// # Ok::<(), opentelemetry_carriers::ParseHostError>(())
    /// ```
    #[must_use]
    pub fn redirect_policy(&self) -> Policy {
        let own_hosts = self.clone();
        let limited = Policy::limited(MAX_REDIRECTS);
        Policy::custom(move |attempt| {
            let is_own = |url: &Url| own_hosts.is_own(url);
            let has_headers = attempt.previous().first().is_some_and(is_own);
            if has_headers && !is_own(attempt.url()) {
                return attempt.stop();
            }
            limited.redirect(attempt)
        })
    }
}
