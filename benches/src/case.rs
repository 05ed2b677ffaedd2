//! A propagator and the request that it reads, independent of the version of OpenTelemetry.

use http::HeaderMap;

use crate::request::Header;

/// The operations that are measured. Each calls the propagator through a trait object, as
/// instrumentation does.
pub trait Propagator {
    /// Extracts from a request, and drops the context.
    fn extract(&self, request: &HeaderMap);
    /// Injects the context of the case into a request.
    fn inject(&self, request: &mut HeaderMap);
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

/// Defines the cases for one version of OpenTelemetry and its carriers. A case injects the context
/// that it extracts from its headers. If they contain no trace, a span is added.
macro_rules! propagator {
    ($(#[$doc:meta])* $module:ident, $opentelemetry:ident, $extractor:path, $injector:path) => {
        $(#[$doc])*
        pub mod $module {
            use std::hint::black_box;

            use ::http::HeaderMap;
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
                    propagator.extract_with_context(&Context::new(), &$extractor(&request));
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
                    let extractor = $extractor(request);
                    black_box(propagator.extract_with_context(&Context::new(), &extractor));
                }

                #[inline(never)]
                fn inject(&self, request: &mut HeaderMap) {
                    let propagator: &dyn TextMapPropagator = black_box(&self.propagator);
                    propagator.inject_context(&self.cx, &mut $injector(request));
                }

                #[inline(never)]
                fn pair(&self, request: &HeaderMap, outgoing: &mut HeaderMap) {
                    let propagator: &dyn TextMapPropagator = black_box(&self.propagator);
                    let extractor = $extractor(request);
                    let cx = propagator.extract_with_context(&Context::new(), &extractor);
                    propagator.inject_context(black_box(&cx), &mut $injector(outgoing));
                }
            }
        }
    };
}

propagator!(
    /// Cases for OpenTelemetry 0.33 and the carriers of `opentelemetry-http`.
    v0_33,
    opentelemetry,
    opentelemetry_http::HeaderExtractor,
    opentelemetry_http::HeaderInjector
);
propagator!(
    /// Cases for OpenTelemetry 0.33 and `HttpHeaders` of `opentelemetry-carriers`.
    http_headers,
    opentelemetry,
    opentelemetry_carriers::HttpHeaders,
    opentelemetry_carriers::HttpHeaders
);
#[cfg(feature = "tables")]
propagator!(
    /// Cases for OpenTelemetry 0.32 and the carriers of its `opentelemetry-http`.
    v0_32,
    opentelemetry_0_32,
    opentelemetry_http_0_32::HeaderExtractor,
    opentelemetry_http_0_32::HeaderInjector
);
