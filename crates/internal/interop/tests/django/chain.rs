//! Chains of three services with a recorder behind each.

use std::collections::BTreeSet;

use demo::process::ServiceProcess;
use http::HeaderMap;
use opentelemetry_sdk::trace::{IdGenerator, RandomIdGenerator};

use crate::heads::Head;
use crate::set_up::{Backends, Rates};
use crate::tap::{client, Tap};

/// The services of a chain, in their order.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Order {
    /// Its first two services are the chain of Django and Rust.
    DjangoRustDjango,
    RustDjangoRust,
}

/// A chain, which is called at its first service.
#[derive(Debug)]
pub(crate) struct Chain {
    url: String,
    /// The propagators of the first service.
    formats: String,
    taps: [Tap; 3],
    services: Vec<ServiceProcess>,
    client: reqwest::Client,
}

/// A `traceparent` on the wire.
#[derive(Clone, Debug)]
pub(crate) struct TraceParent {
    pub(crate) trace_id: String,
    pub(crate) flags: u8,
}

/// One request through a chain.
#[derive(Clone, Debug)]
pub(crate) struct Passed {
    /// The trace id of `X-Kontur-Trace-Id` in the response.
    pub(crate) answered: Option<String>,
    /// The `traceparent` that each service sends. A service without a trace sends none.
    pub(crate) sent: Vec<TraceParent>,
    /// The trace id in the headers in front, if the first service reads them.
    pub(crate) given: Option<String>,
    /// The decision in the headers in front.
    pub(crate) decided: Option<bool>,
    /// The headers that each service sends.
    pub(crate) wires: Vec<HeaderMap>,
}

impl Chain {
    /// Starts the Rust services, and connects them with a Django service.
    pub(crate) async fn start(
        order: Order,
        backends: &Backends,
        (django, django_formats): (&ServiceProcess, &str),
        list: &str,
        rates: Rates,
    ) -> Self {
        let to_django = |next: &Tap| format!("http://{}/?to={}", django.address(), next.url());
        let to_rust = |rust: &ServiceProcess| format!("http://{}/next", rust.address());
        let end = Tap::start(None).await;
        let (url, formats, taps, services) = match order {
            Order::DjangoRustDjango => {
                let second = Tap::start(Some(to_django(&end))).await;
                let rust = backends.rust(list, rates, second.url()).await;
                let first = Tap::start(Some(to_rust(&rust))).await;
                let url = to_django(&first);
                (url, django_formats, [first, second, end], vec![rust])
            }
            Order::RustDjangoRust => {
                let last = backends.rust(list, rates, end.url()).await;
                let second = Tap::start(Some(to_rust(&last))).await;
                let first = Tap::start(Some(to_django(&second))).await;
                let head = backends.rust(list, rates, first.url()).await;
                (to_rust(&head), list, [first, second, end], vec![head, last])
            }
        };
        Chain {
            url,
            formats: formats.to_owned(),
            taps,
            services,
            client: client(),
        }
    }

    /// Sends a request with these headers in front.
    pub(crate) async fn send(&self, head: Head) -> Passed {
        let trace_id = RandomIdGenerator::default().new_trace_id().to_string();
        let request = self.client.get(&self.url).headers(head.headers(&trace_id));
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200, "{}", self.url);
        let answered = response.headers().get("x-kontur-trace-id");
        let answered = answered.map(|it| it.to_str().unwrap().to_owned());
        let wires: Vec<_> = self.taps.iter().flat_map(Tap::take).collect();
        let is_read = head.is_read_by(&self.formats);
        Passed {
            answered,
            sent: wires.iter().filter_map(trace_parent).collect(),
            given: is_read.then_some(trace_id),
            decided: head.sampled().filter(|_| is_read),
            wires,
        }
    }

    /// Stops the Rust services, which send their last spans.
    pub(crate) async fn stop(self) {
        for service in self.services {
            service.stop().await.unwrap();
        }
    }
}

impl Order {
    pub(crate) const ALL: [Order; 2] = [Order::DjangoRustDjango, Order::RustDjangoRust];

    /// Returns the names of the services, as on their spans.
    pub(crate) fn services(self) -> [&'static str; 3] {
        match self {
            Order::DjangoRustDjango => ["django", "rust", "django"],
            Order::RustDjangoRust => ["rust", "django", "rust"],
        }
    }
}

impl Passed {
    /// Whether all services and the response state one trace id.
    pub(crate) fn is_one_trace(&self) -> bool {
        let sent = self.sent.iter().map(|it| &it.trace_id);
        let ids = sent.chain(&self.answered).chain(&self.given);
        ids.collect::<BTreeSet<_>>().len() == 1
    }

    /// Whether all services follow one decision.
    pub(crate) fn is_one_decision(&self) -> bool {
        let sent = self.sent.iter().map(TraceParent::is_sampled);
        sent.chain(self.decided).collect::<BTreeSet<_>>().len() == 1
    }

    /// Whether the first service samples the trace.
    pub(crate) fn is_sampled(&self) -> bool {
        self.sent[0].is_sampled()
    }
}

impl TraceParent {
    pub(crate) fn is_sampled(&self) -> bool {
        self.flags & 1 == 1
    }

    /// Whether the last seven bytes of the trace id are random.
    pub(crate) fn is_random(&self) -> bool {
        self.flags & 2 == 2
    }
}

fn trace_parent(headers: &HeaderMap) -> Option<TraceParent> {
    let value = headers.get("traceparent")?.to_str().unwrap();
    let fields: Vec<_> = value.split('-').collect();
    let [_, trace_id, _, flags] = fields[..] else {
        panic!("{value}");
    };
    Some(TraceParent {
        trace_id: trace_id.to_owned(),
        flags: u8::from_str_radix(flags, 16).unwrap(),
    })
}
