//! An application with OpenTelemetry's SDK and these propagators, configured by variables.

use http::HeaderMap;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{TraceContextExt, Tracer as _, TracerProvider};
use opentelemetry::Context;
use opentelemetry_autoprop::Propagator;
use opentelemetry_http::{HeaderExtractor, HeaderInjector};
use opentelemetry_propagator_sentry::SentryPropagator;
use opentelemetry_sdk::trace::{Sampler, SdkTracer, SdkTracerProvider};

use crate::ids::SeededIds;

/// The lists under test. `baggage` and `sentry` write the same header, so both orders are tested.
pub const LISTS: [&str; 2] = ["tracecontext,baggage,sentry", "sentry,baggage,tracecontext"];

/// A DSN whose host does not contain an organization.
pub const DSN_WITHOUT_ORG_ID: &str =
    "https://49d0f7386ad645858ae85020e393bef3@sentry.example.com/1";

/// A DSN that contains a public key and an organization.
pub const DSN: &str = "https://49d0f7386ad645858ae85020e393bef3@o447951.ingest.sentry.io/1";

/// The public key in [`DSN`].
pub const PUBLIC_KEY: &str = "49d0f7386ad645858ae85020e393bef3";

/// The organization in [`DSN`].
pub const ORG_ID: &str = "447951";

/// A release with separators of `baggage`, a percent sign, spaces, quotes and non-ASCII letters.
pub const RELEASE: &str = "магазин@1.0;a=b,c 100% \"x\"/\\y+z";

/// An environment with separators of `baggage` and non-ASCII characters.
pub const ENVIRONMENT: &str = "прод, б=1; 🚀";

/// A service that starts, continues and forwards traces.
#[derive(Clone, Debug)]
pub struct Application {
    propagator: Propagator,
    tracer: SdkTracer,
}

impl Application {
    /// Creates an application with a list of propagators, which variables configure. `sample_rate`
    /// is the value of `SENTRY_TRACES_SAMPLE_RATE` and the rate of the sampler.
    pub fn new(list: &str, sample_rate: f64, seed: u64) -> Self {
        let propagator = opentelemetry_autoprop::builder()
            .lookup(move |variable| match variable {
                "SENTRY_DSN" => Some(DSN.to_owned()),
                "SENTRY_RELEASE" => Some(RELEASE.to_owned()),
                "SENTRY_ENVIRONMENT" => Some(ENVIRONMENT.to_owned()),
                "SENTRY_TRACES_SAMPLE_RATE" => Some(sample_rate.to_string()),
                _ => None,
            })
            .from_list(list)
            .expect("the list is known");
        Application::with(propagator, sample_rate, seed)
    }

    /// Creates an application that belongs to an organization, or to none.
    pub fn of_organization(list: &str, org_id: Option<&str>, strict: bool) -> Self {
        let mut sentry = SentryPropagator::builder()
            .dsn(DSN_WITHOUT_ORG_ID)
            .strict_trace_continuation(strict);
        if let Some(org_id) = org_id {
            sentry = sentry.org_id(org_id);
        }
        let propagator = opentelemetry_autoprop::builder()
            .with_format(sentry.build().expect("the options are valid"))
            .from_list(list)
            .expect("the list is known");
        Application::with(propagator, 1.0, 0)
    }

    fn with(propagator: Propagator, sample_rate: f64, seed: u64) -> Self {
        let root = Sampler::TraceIdRatioBased(sample_rate);
        let provider = SdkTracerProvider::builder()
            .with_sampler(Sampler::ParentBased(Box::new(root)))
            .with_id_generator(SeededIds::new(seed))
            .build();
        Application {
            propagator,
            tracer: provider.tracer("interop"),
        }
    }

    /// Returns a context with a new span, in the trace of `cx` or in a new one.
    pub fn start_span(&self, cx: &Context) -> Context {
        cx.with_span(self.tracer.start_with_context("span", cx))
    }

    /// Returns the headers of a request that is sent in `cx`.
    pub fn inject(&self, cx: &Context) -> HeaderMap {
        let mut headers = HeaderMap::new();
        self.propagator
            .inject_context(cx, &mut HeaderInjector(&mut headers));
        headers
    }

    /// Returns the context of a received request.
    pub fn extract(&self, headers: &HeaderMap) -> Context {
        self.propagator
            .extract_with_context(&Context::new(), &HeaderExtractor(headers))
    }
}
