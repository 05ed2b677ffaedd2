//! The layer that joins the lines of headers that are lists.

#![cfg(feature = "tower")]

use std::convert::Infallible;
use std::future::{poll_fn, ready, Ready};
use std::task::{Context, Poll};

use http::{HeaderMap, HeaderName, HeaderValue, Request};
use opentelemetry_carriers::JoinLines;
use proptest::prelude::*;
use tower::{service_fn, Layer, Service};

/// Returns the headers behind the layer.
fn behind_the_layer(headers: HeaderMap) -> HeaderMap {
    let mut seen = HeaderMap::new();
    let respond = service_fn(|request: Request<()>| {
        seen = request.headers().clone();
        std::future::ready(Ok::<_, Infallible>(()))
    });
    let mut request = Request::new(());
    *request.headers_mut() = headers;
    drop(JoinLines.layer(respond).call(request));
    seen
}

fn headers(lines: &[(&'static str, &[u8])]) -> HeaderMap {
    let line = |&(name, value): &(&'static str, &[u8])| {
        (
            HeaderName::from_static(name),
            HeaderValue::from_bytes(value).unwrap(),
        )
    };
    lines.iter().map(line).collect()
}

#[test]
fn join_lines_joins_lists_only() {
    let seen = behind_the_layer(headers(&[
        ("baggage", b"a=1"),
        ("accept", b"text/plain"),
        ("tracestate", b"x=1"),
        ("baggage", b"b=\xff"),
        ("accept", b"text/html"),
        ("tracestate", b""),
        ("baggage", b"c=3"),
        ("traceparent", b"1"),
        ("traceparent", b"2"),
    ]));
    let expected = headers(&[
        ("baggage", b"a=1,b=\xff,c=3"),
        ("accept", b"text/plain"),
        ("accept", b"text/html"),
        ("tracestate", b"x=1,"),
        ("traceparent", b"1"),
        ("traceparent", b"2"),
    ]);
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn join_lines_is_ready_when_the_service_is() {
    /// A service that is never ready.
    struct Busy;

    impl Service<Request<()>> for Busy {
        type Response = ();
        type Error = Infallible;
        type Future = Ready<Result<(), Infallible>>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
            Poll::Pending
        }

        fn call(&mut self, _: Request<()>) -> Self::Future {
            ready(Ok(()))
        }
    }

    let mut service = JoinLines.layer(Busy);
    let is_pending = poll_fn(|task| Poll::Ready(service.poll_ready(task).is_pending()));
    assert!(is_pending.await);
}

proptest! {
    #[test]
    fn join_lines_keeps_every_member(
        lines in prop::collection::vec(
            (
                prop::sample::select(&["baggage", "tracestate", "other"]),
                prop::collection::vec(prop_oneof![Just(b','), b'!'..b'~', 0x80_u8..], 0..6),
            ),
            0..6,
        ),
    ) {
        let lines: Vec<_> = lines.iter().map(|(name, value)| (*name, &**value)).collect();
        let seen = behind_the_layer(headers(&lines));
        for name in ["baggage", "tracestate", "other"] {
            let members = |headers: &HeaderMap| {
                let lines: Vec<_> = headers.get_all(name).iter().map(|it| it.as_bytes().to_vec()).collect();
                lines.join(&b',')
            };
            prop_assert_eq!(members(&seen), members(&headers(&lines)));
        }
        prop_assert!(seen.get_all("baggage").iter().count() <= 1);
    }
}
