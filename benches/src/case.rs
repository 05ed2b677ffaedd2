//! A propagator and the request that it reads, independent of the version of OpenTelemetry.

use std::collections::HashMap;

use http::HeaderMap;

use crate::request::Header;

/// The operations that are measured. Each calls the propagator through a trait object, as
/// instrumentation does.
pub trait Propagator {
    /// Extracts from a request, and drops the context.
    fn extract(&self, request: &HeaderMap);
    /// Extracts from a map of strings, and drops the context.
    fn extract_map(&self, request: &HashMap<String, String>);
    /// Injects the context of the case into a request.
    fn inject(&self, request: &mut HeaderMap);
    /// Injects the context of the case into a map of strings.
    fn inject_map(&self, request: &mut HashMap<String, String>);
    /// Extracts from a request, injects that context into another request, and drops the context,
    /// as a service does that calls another one.
    fn pair(&self, request: &HeaderMap, outgoing: &mut HeaderMap);
}

/// A propagator and its request.
pub struct Case {
    /// The name in the results.
    pub name: &'static str,
    /// The headers that the propagator reads.
    pub headers: Vec<Header>,
    /// The propagator, with the context that it injects.
    pub propagator: Box<dyn Propagator>,
}

/// Defines the cases for one version of OpenTelemetry. A case injects the context that it extracts
/// from its headers. If they contain no trace, a span is added.
macro_rules! propagator {
    ($version:ident, $opentelemetry:ident, $http:ident) => {
        /// Cases for one version of OpenTelemetry.
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

            struct CasePropagator<P> {
                propagator: P,
                cx: Context,
            }

            /// Creates a case with this propagator and these headers.
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
                let propagator = Box::new(CasePropagator { propagator, cx });
                Case {
                    name,
                    headers,
                    propagator,
                }
            }

            impl<P: TextMapPropagator> Propagator for CasePropagator<P> {
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

                #[inline(never)]
                fn pair(&self, request: &HeaderMap, outgoing: &mut HeaderMap) {
                    let propagator: &dyn TextMapPropagator = black_box(&self.propagator);
                    let extractor = HeaderExtractor(request);
                    let cx = propagator.extract_with_context(&Context::new(), &extractor);
                    propagator.inject_context(black_box(&cx), &mut HeaderInjector(outgoing));
                }
            }
        }
    };
}

propagator!(v0_33, opentelemetry, opentelemetry_http);
#[cfg(feature = "clock")]
propagator!(v0_32, opentelemetry_0_32, opentelemetry_http_0_32);
