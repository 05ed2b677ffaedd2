//! Propagators of other crates.

use opentelemetry::propagation::TextMapCompositePropagator;
use opentelemetry_aws::trace::XrayPropagator;
use opentelemetry_propagator_b3::{B3Encoding, Propagator as B3Propagator};
use opentelemetry_sdk::propagation::{BaggagePropagator, TraceContextPropagator};

#[cfg(feature = "tables")]
use crate::case::v0_32;
use crate::case::{v0_33, Case};
use crate::request;

/// Returns the case of the SDK's propagator for `traceparent` and `tracestate`.
#[cfg(feature = "tables")]
pub fn tracecontext() -> Case {
    v0_33::case(
        "sdk-tracecontext",
        TraceContextPropagator::new(),
        request::tracecontext(),
    )
}

/// Returns the case of the SDK's propagator for `baggage`, with six members.
#[cfg(feature = "tables")]
pub fn baggage() -> Case {
    v0_33::case("sdk-baggage", BaggagePropagator::new(), request::baggage(6))
}

/// Returns the case of a composite of the SDK's two propagators, with a request that contains the
/// headers of five formats.
pub fn sdk() -> Case {
    let propagator = TextMapCompositePropagator::new(vec![
        Box::new(TraceContextPropagator::new()),
        Box::new(BaggagePropagator::new()),
    ]);
    v0_33::case("sdk-tracecontext,baggage", propagator, request::five())
}

/// Returns the case of OpenTelemetry's crate for B3 in one header.
pub fn b3() -> Case {
    let propagator = B3Propagator::with_encoding(B3Encoding::SingleHeader);
    v0_33::case("opentelemetry-b3", propagator, request::b3())
}

/// Returns the case of OpenTelemetry's crate for B3 in three headers.
pub fn b3_multi() -> Case {
    let propagator = B3Propagator::with_encoding(B3Encoding::MultipleHeader);
    v0_33::case("opentelemetry-b3multi", propagator, request::b3_multi())
}

/// Returns the case of OpenTelemetry's crate for AWS X-Ray.
pub fn xray() -> Case {
    let propagator = XrayPropagator::default();
    v0_33::case("opentelemetry-xray", propagator, request::xray())
}

/// Returns the case of Jaeger. Its crate is deprecated but still in use.
#[cfg(feature = "tables")]
#[allow(deprecated)]
pub fn jaeger() -> Case {
    let propagator = opentelemetry_jaeger_propagator::Propagator::new();
    v0_32::case("opentelemetry-jaeger", propagator, request::jaeger())
}

/// Returns the case of Sentry's own crate, which reads `sentry-trace` and does not forward the
/// Dynamic Sampling Context.
#[cfg(feature = "tables")]
pub fn sentry_opentelemetry() -> Case {
    let propagator = sentry_opentelemetry::SentryPropagator::new();
    v0_32::case("sentry-opentelemetry", propagator, request::sentry())
}
