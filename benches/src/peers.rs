//! The propagators of others.

use opentelemetry_aws::trace::XrayPropagator;
use opentelemetry_propagator_b3::{B3Encoding, Propagator as B3Propagator};
use opentelemetry_sdk::propagation::{BaggagePropagator, TraceContextPropagator};

use crate::case::{v0_32, v0_33, Case};
use crate::request;

/// The SDK's `traceparent` and `tracestate`.
pub fn tracecontext() -> Case {
    v0_33::case(
        "tracecontext",
        TraceContextPropagator::new(),
        request::tracecontext(),
    )
}

/// The SDK's `baggage`, with six members.
pub fn baggage() -> Case {
    v0_33::case("baggage", BaggagePropagator::new(), request::baggage(6))
}

/// B3 in one header.
pub fn b3() -> Case {
    let propagator = B3Propagator::with_encoding(B3Encoding::SingleHeader);
    v0_33::case("b3", propagator, request::b3())
}

/// B3 in three headers.
pub fn b3_multi() -> Case {
    let propagator = B3Propagator::with_encoding(B3Encoding::MultipleHeader);
    v0_33::case("b3multi", propagator, request::b3_multi())
}

/// AWS's header.
pub fn xray() -> Case {
    v0_33::case("xray", XrayPropagator::default(), request::xray())
}

/// Jaeger's header; the crate is deprecated, and its users are not gone.
#[allow(deprecated)]
pub fn jaeger() -> Case {
    let propagator = opentelemetry_jaeger_propagator::Propagator::new();
    v0_32::case("jaeger", propagator, request::jaeger())
}

/// Sentry's own, which reads `sentry-trace` and passes no Dynamic Sampling Context on.
pub fn sentry_opentelemetry() -> Case {
    let propagator = sentry_opentelemetry::SentryPropagator::new();
    v0_32::case("sentry-opentelemetry", propagator, request::sentry())
}

/// All of them.
pub fn all() -> Vec<Case> {
    vec![
        tracecontext(),
        baggage(),
        b3(),
        b3_multi(),
        xray(),
        jaeger(),
        sentry_opentelemetry(),
    ]
}
