//! A propagator with the request it reads, whichever OpenTelemetry it belongs to.

use std::collections::HashMap;

use http::HeaderMap;

use crate::request::Header;
use crate::{baseline, ours, peers};

/// What is measured: each a call as instrumentation makes it, through a trait object.
pub trait Propagator {
    /// Extracts from a request, and drops the context.
    fn extract(&self, request: &HeaderMap);
    /// The same from a map of strings.
    fn extract_map(&self, request: &HashMap<String, String>);
    /// Injects the context of the case.
    fn inject(&self, request: &mut HeaderMap);
    /// The same into a map of strings.
    fn inject_map(&self, request: &mut HashMap<String, String>);
}

/// A propagator and its request.
pub struct Case {
    /// Its name in the results.
    pub name: &'static str,
    /// The headers it reads.
    pub headers: Vec<Header>,
    /// The propagator, and the context it injects.
    pub propagator: Box<dyn Propagator>,
}

/// The cases whose instructions are counted, in the order of the counts.
pub fn counted() -> Vec<Case> {
    let mut cases = ours::formats();
    cases.push(ours::kontur_response());
    cases.extend(ours::lists());
    cases.extend(baseline::formats());
    cases.extend([baseline::kontur_response(), baseline::all(), peers::sdk()]);
    cases
}

/// The cases that are timed on every carrier.
#[cfg(feature = "clock")]
pub fn timed() -> impl Iterator<Item = Case> {
    let formats = ours::formats().into_iter().chain(baseline::formats());
    formats.chain(peers::all())
}

/// The context to inject is the one extracted from the headers; where they hold no trace, it is
/// given a span.
macro_rules! propagator {
    ($version:ident, $opentelemetry:ident, $http:ident) => {
        /// Cases at one version of OpenTelemetry.
        pub mod $version {
            use std::collections::HashMap;
            use std::hint::black_box;

            use ::http::HeaderMap;
            use $http::{HeaderExtractor, HeaderInjector};
            use $opentelemetry::propagation::TextMapPropagator;
            use $opentelemetry::trace::{
                SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState,
            };
            use $opentelemetry::Context;

            use super::{Case, Propagator};
            use crate::request::{header_map, Header, SPAN_ID, TRACE_ID};

            struct Of<P> {
                propagator: P,
                cx: Context,
            }

            /// A case of this propagator and these headers.
            pub fn case<P>(name: &'static str, propagator: P, headers: Vec<Header>) -> Case
            where
                P: TextMapPropagator + 'static,
            {
                let request = header_map(0, &headers);
                let mut cx =
                    propagator.extract_with_context(&Context::new(), &HeaderExtractor(&request));
                if !cx.span().span_context().is_valid() {
                    cx = cx.with_remote_span_context(SpanContext::new(
                        TraceId::from(TRACE_ID),
                        SpanId::from(SPAN_ID),
                        TraceFlags::SAMPLED,
                        false,
                        TraceState::NONE,
                    ));
                }
                let propagator = Box::new(Of { propagator, cx });
                Case {
                    name,
                    headers,
                    propagator,
                }
            }

            impl<P: TextMapPropagator> Propagator for Of<P> {
                #[inline(never)]
                fn extract(&self, request: &HeaderMap) {
                    let propagator: &dyn TextMapPropagator = black_box(&self.propagator);
                    let extractor = HeaderExtractor(request);
                    black_box(propagator.extract_with_context(&Context::new(), &extractor));
                }

                #[inline(never)]
                fn extract_map(&self, request: &HashMap<String, String>) {
                    let propagator: &dyn TextMapPropagator = black_box(&self.propagator);
                    black_box(propagator.extract_with_context(&Context::new(), request));
                }

                #[inline(never)]
                fn inject(&self, request: &mut HeaderMap) {
                    let propagator: &dyn TextMapPropagator = black_box(&self.propagator);
                    propagator.inject_context(&self.cx, &mut HeaderInjector(request));
                }

                #[inline(never)]
                fn inject_map(&self, request: &mut HashMap<String, String>) {
                    let propagator: &dyn TextMapPropagator = black_box(&self.propagator);
                    propagator.inject_context(&self.cx, request);
                }
            }
        }
    };
}

propagator!(v0_33, opentelemetry, opentelemetry_http);
#[cfg(feature = "clock")]
propagator!(v0_32, opentelemetry_0_32, opentelemetry_http_0_32);
