//! The propagators of this repository.

use opentelemetry_propagator_kontur::{KonturPropagator, KonturResponsePropagator};
use opentelemetry_propagator_sentry::SentryPropagator;
use opentelemetry_propagator_vostok::VostokPropagator;

use crate::case::v0_33::case;
use crate::case::Case;
use crate::request;

/// The list of the composite that is measured against its parts.
pub const COMPOSITE: &str = "tracecontext,kontur,vostok,sentry";

/// The same with a second writer of `baggage`, so that the members must be joined.
pub const COMPOSITE_WITH_BAGGAGE: &str = "tracecontext,baggage,kontur,vostok,sentry";

/// Those that read headers.
pub fn reading() -> Vec<Case> {
    vec![kontur(), vostok(), sentry()]
}

/// Those that write headers: besides, Kontur's for responses and Sentry's at the head of a trace.
pub fn writing() -> Vec<Case> {
    vec![
        kontur(),
        kontur_response(),
        vostok(),
        sentry(),
        sentry_head(),
    ]
}

/// Kontur's propagator.
pub fn kontur() -> Case {
    case("kontur", KonturPropagator::new(), request::kontur())
}

/// Kontur's propagator for responses, which only injects.
pub fn kontur_response() -> Case {
    case("kontur-response", KonturResponsePropagator::new(), vec![])
}

/// Vostok's propagator.
pub fn vostok() -> Case {
    case("vostok", VostokPropagator::new(), request::vostok())
}

/// Sentry's propagator, passing on what came.
pub fn sentry() -> Case {
    case("sentry", SentryPropagator::new(), request::sentry())
}

/// Sentry's propagator at the head of a trace, which builds the Dynamic Sampling Context.
pub fn sentry_head() -> Case {
    let propagator = SentryPropagator::builder()
        .dsn("https://49d0f7386ad645858ae85020e393bef3@o447951.ingest.sentry.io/1")
        .release("shop@1.0")
        .environment("production")
        .sample_rate(0.25)
        .build()
        .expect("sound options");
    case("sentry-head", propagator, vec![])
}

/// A list of propagators over a request that has the headers of all four formats.
pub fn list(list: &'static str) -> Case {
    let propagator = opentelemetry_autoprop::from_list(list).expect("known names");
    let headers = [
        request::tracecontext(),
        request::kontur(),
        request::vostok(),
        request::sentry(),
    ];
    case(list, propagator, headers.concat())
}
