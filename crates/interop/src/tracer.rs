//! An application with OpenTelemetry's SDK and our propagators, set up as a user would.

use http::HeaderMap;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{TraceContextExt, Tracer as _, TracerProvider};
use opentelemetry::Context;
use opentelemetry_autoprop::Propagator;
use opentelemetry_http::{HeaderExtractor, HeaderInjector};
use opentelemetry_propagator_sentry::SentryPropagator;
use opentelemetry_sdk::trace::{Sampler, SdkTracer, SdkTracerProvider};

use crate::ids::SeededIds;

/// The lists under test: `baggage` and `sentry` write one header, so both orders of them.
pub const LISTS: [&str; 2] = ["tracecontext,baggage,sentry", "sentry,baggage,tracecontext"];

/// A DSN whose host does not contain an organization.
pub const DSN_WITHOUT_ORG_ID: &str =
    "https://49d0f7386ad645858ae85020e393bef3@sentry.example.com/1";

/// A public key and an organization, in the form of a DSN.
pub const DSN: &str = "https://49d0f7386ad645858ae85020e393bef3@o447951.ingest.sentry.io/1";

/// What [`DSN`] says.
pub const PUBLIC_KEY: &str = "49d0f7386ad645858ae85020e393bef3";

/// What [`DSN`] says.
pub const ORG_ID: &str = "447951";

/// What a release may be called when nobody thinks of `baggage`: its separators, a percent sign,
/// blanks, quotes and letters beyond ASCII.
pub const RELEASE: &str = "магазин@1.0;a=b,c 100% \"x\"/\\y+z";

/// The same for an environment.
pub const ENVIRONMENT: &str = "прод, б=1; 🚀";

/// A service that starts traces, continues them and sends them on.
#[derive(Clone, Debug)]
pub struct Application {
    propagator: Propagator,
    tracer: SdkTracer,
}

impl Application {
    /// With a list of propagators, configured by environment variables, of which `sample_rate` is
    /// one and also the rate of the sampler.
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

    /// Belongs to an organization, or to none, which decides what traces are continued.
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

    /// A context with a new span: of the trace that `cx` holds, or of a new one.
    pub fn start_span(&self, cx: &Context) -> Context {
        cx.with_span(self.tracer.start_with_context("span", cx))
    }

    /// The headers of a request that is sent within `cx`.
    pub fn inject(&self, cx: &Context) -> HeaderMap {
        let mut headers = HeaderMap::new();
        self.propagator
            .inject_context(cx, &mut HeaderInjector(&mut headers));
        headers
    }

    /// What a received request brings with it.
    pub fn extract(&self, headers: &HeaderMap) -> Context {
        self.propagator
            .extract_with_context(&Context::new(), &HeaderExtractor(headers))
    }
}
