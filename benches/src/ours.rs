//! The propagators of this repository, created with `from_list`, as applications create them.

use opentelemetry_propagator_kontur::KonturResponsePropagator;
use opentelemetry_propagator_sentry::SentryPropagator;

use crate::case::v0_33::case;
use crate::case::{http_headers, Case};
use crate::request::{self, Header};

/// W3C's two formats, which the SDK's two propagators read and write.
pub const W3C: &str = "tracecontext,baggage";

/// The formats that carry a trace.
pub const TRACES: &str = "tracecontext,kontur,vostok,sentry";

/// W3C's two formats, and those of Kontur, Vostok and Sentry.
pub const FIVE: &str = "tracecontext,baggage,kontur,vostok,sentry";

/// The name of the list of five through `HttpHeaders`.
pub const HTTP_HEADERS: &str = "tracecontext,baggage,kontur,vostok,sentry:HttpHeaders";

/// The name of B3's three headers through `HttpHeaders`.
pub const B3_MULTI_HTTP_HEADERS: &str = "b3multi:HttpHeaders";

/// All names. `xray-lambda` reads what `xray` reads.
pub const ALL: &str =
    "tracecontext,baggage,kontur,vostok,sentry,b3,b3multi,xray-lambda,jaeger,ottrace";

/// Returns each format alone, and Sentry's also for a trace that starts in this service.
pub fn formats() -> Vec<Case> {
    vec![
        tracecontext(),
        baggage(),
        kontur(),
        vostok(),
        sentry(),
        sentry_root(),
    ]
}

/// Returns each format of OpenTelemetry's specification that other vendors defined.
pub fn specified() -> Vec<Case> {
    vec![
        named("b3", request::b3()),
        named("b3multi", request::b3_multi()),
        named("xray", request::xray()),
        named("xray-lambda", request::xray()),
        named("jaeger", request::jaeger()),
        named("ottrace", request::ottrace()),
    ]
}

/// Returns lists of several formats, with a request that contains the headers of five formats, and
/// the list of all names, with a request that contains all their headers.
pub fn lists() -> Vec<Case> {
    vec![list(W3C), list(TRACES), list(FIVE), all()]
}

/// Returns the cases with a request that is read and written through `HttpHeaders`.
pub fn http_headers() -> Vec<Case> {
    let case = |name, list, headers| {
        let propagator = opentelemetry_autoprop::from_list(list).expect("the names are known");
        http_headers::case(name, propagator, headers)
    };
    vec![
        case(HTTP_HEADERS, FIVE, request::five()),
        case(B3_MULTI_HTTP_HEADERS, "b3multi", request::b3_multi()),
    ]
}

/// Returns the list of all names, each of which reads other headers.
pub fn each() -> Case {
    let list = "tracecontext,baggage,kontur,vostok,sentry,b3,xray-lambda,jaeger,ottrace";
    named(list, request::all())
}

/// Returns the list of all names, with a request that contains all their headers.
pub fn all() -> Case {
    named(ALL, request::all())
}

pub(crate) fn named(name: &'static str, headers: Vec<Header>) -> Case {
    let propagator = opentelemetry_autoprop::from_list(name).expect("the names are known");
    case(name, propagator, headers)
}

pub fn tracecontext() -> Case {
    named("tracecontext", request::tracecontext())
}

/// Returns the case of `baggage` with six members.
pub fn baggage() -> Case {
    named("baggage", request::baggage(6))
}

pub fn kontur() -> Case {
    named("kontur", request::kontur())
}

/// Returns the case of Kontur's propagator for responses, which only injects.
pub fn kontur_response() -> Case {
    case("kontur-response", KonturResponsePropagator::new(), vec![])
}

pub fn vostok() -> Case {
    named("vostok", request::vostok())
}

/// Returns a case that forwards an incoming Dynamic Sampling Context.
pub fn sentry() -> Case {
    named("sentry", request::sentry())
}

/// Returns a case that builds the Dynamic Sampling Context of a trace that starts in this service.
pub fn sentry_root() -> Case {
    let sentry = SentryPropagator::builder()
        .dsn("https://49d0f7386ad645858ae85020e393bef3@o447951.ingest.sentry.io/1")
        .release("shop@1.0")
        .environment("production")
        .sample_rate(0.25)
        .build()
        .expect("the options are valid");
    let propagator = opentelemetry_autoprop::builder()
        .with_format(sentry)
        .from_list("sentry")
        .expect("the name is known");
    case("sentry-root", propagator, vec![])
}

/// Returns the case of a list, with a request that contains the headers of five formats.
pub fn list(list: &'static str) -> Case {
    named(list, request::five())
}
