//! Checks that `trace-inspect` finds headers that are written in a known notation, and their trace.
//!
//! The input selects the headers and the notation, so that every input is valid.

use arbitrary::{Result, Unstructured};
use opentelemetry_autoprop::Propagator;
use propagator_oracle::renderings::{self, Case, Header, Shape, Transport, SHAPES, TRANSPORTS};
use propagator_oracle::vostok;
use trace_inspect::headers;
use trace_inspect::report::Report;

/// Headers, and a text that contains them.
pub struct Written {
    /// The notation of the text.
    pub shape: Shape,
    /// The change of the text in transit.
    pub transport: Transport,
    headers: Vec<Header>,
    trace_id: u128,
    span_id: u64,
    /// The sampling decision, or `None` if no header states one.
    sampled: Option<bool>,
    /// The text after the change.
    pub bytes: Vec<u8>,
}

/// Checks the headers that the input selects.
pub fn check(input: &[u8]) {
    let written = write(&mut Unstructured::new(input))
        .expect("`Unstructured` returns zeros after the end of the input");
    check_reading(&written);
}

/// Writes the headers that the input selects.
pub fn write(u: &mut Unstructured<'_>) -> Result<Written> {
    let shape = *u.choose(&SHAPES)?;
    let case = *u.choose(&[Case::Lower, Case::Title, Case::Upper])?;
    let transport = transport_for(shape, *u.choose(&TRANSPORTS)?);
    let trace_id = u.arbitrary::<u128>()?.max(1);
    let span_id = u.arbitrary::<u64>()?.max(1);
    let is_sampled = u.arbitrary::<bool>()?;
    let formats = u.int_in_range(1..=15u8)?;
    let has = |format: u8| formats & (1 << format) != 0;

    let mut headers: Vec<Header> = Vec::new();
    let mut sampled = None;
    if has(0) {
        let flags = u8::from(is_sampled);
        headers.push((
            "traceparent",
            format!("00-{trace_id:032x}-{span_id:016x}-{flags:02}"),
        ));
        sampled = Some(is_sampled);
    }
    if has(1) {
        headers.push(("x-kontur-trace-id", format!("{trace_id:032x}")));
        headers.push(("x-kontur-trace-spanid", format!("{span_id:016x}")));
        headers.push(("x-kontur-trace-issampled", is_sampled.to_string()));
        sampled = Some(is_sampled);
    }
    if has(2) {
        let flag = u8::from(is_sampled);
        headers.push((
            "sentry-trace",
            format!("{trace_id:032x}-{span_id:016x}-{flag}"),
        ));
        sampled = Some(is_sampled);
    }
    if has(3) {
        let tracing = vostok::write_tracing(trace_id, span_id);
        let entries = [(vostok::TRACING, tracing.as_bytes())];
        headers.push(("context-globals", vostok::write(entries)));
    }
    if renderings::holds_lists(shape) {
        lists(u, has(0), &mut headers)?;
    }
    // Shuffles the headers.
    for last in (1..headers.len()).rev() {
        headers.swap(u.int_in_range(0..=last)?, last);
    }
    let text = renderings::render(shape, case, &headers);
    Ok(Written {
        bytes: renderings::transport(&text, transport),
        shape,
        transport,
        headers,
        trace_id,
        span_id,
        sampled,
    })
}

/// Adds headers whose values are lists.
fn lists(u: &mut Unstructured<'_>, has_parent: bool, headers: &mut Vec<Header>) -> Result<()> {
    let members = u.int_in_range(0..=3u8)?;
    if members > 0 {
        let list = (0..members).map(|at| format!("key{at}=value-{at}"));
        headers.push(("baggage", list.collect::<Vec<_>>().join(",")));
    }
    if has_parent && u.arbitrary()? {
        headers.push(("tracestate", "vendor=1,other@tenant=a:b".to_owned()));
    }
    Ok(())
}

/// Returns the change, or none if it would change the meaning of the notation.
fn transport_for(shape: Shape, transport: Transport) -> Transport {
    let is_marked = matches!(
        shape,
        Shape::CurlVerbose | Shape::CurlCommand | Shape::CmdCommand
    );
    match transport {
        // The marks of curl must be at the beginning of a line.
        Transport::Indented if is_marked => Transport::Plain,
        transport => transport,
    }
}

/// Checks that `trace-inspect` finds exactly the written headers, as one message.
pub fn check_reading(written: &Written) {
    thread_local! {
        static PROPAGATOR: Propagator = opentelemetry_autoprop::builder()
            .lookup(|_| None)
            .from_list("tracecontext,baggage,kontur,vostok,sentry")
            .expect("the names are known");
    }
    let text = String::from_utf8_lossy(&written.bytes);
    let place = format!("{:?}, {:?}:\n{text}", written.shape, written.transport);
    let (messages, summary) = headers::read(&written.bytes);
    let [message] = &messages[..] else {
        panic!("{} messages in {place}", messages.len());
    };
    for (name, value) in &written.headers {
        let lines: Vec<_> = message.headers.get_all(*name).iter().collect();
        assert_eq!(lines, [value.as_str()], "{name} in {place}");
    }
    assert_eq!(message.headers.len(), written.headers.len(), "{place}");
    assert_eq!(summary.unknown, [], "{place}");
    PROPAGATOR.with(|propagator| {
        let report = Report::new(message, propagator);
        let trace = report
            .trace
            .unwrap_or_else(|| panic!("no trace in {place}"));
        let trace_id = u128::from_be_bytes(trace.trace_id.to_bytes());
        let span_id = trace.span_id.map(|id| u64::from_be_bytes(id.to_bytes()));
        assert_eq!(trace_id, written.trace_id, "{place}");
        assert_eq!(span_id, Some(written.span_id), "{place}");
        // By default, a trace without a decision is sampled.
        let sampled = written.sampled.or(Some(true));
        assert_eq!(trace.sampled, sampled, "{place}");
        assert_eq!(trace.sampled_from.is_some(), written.sampled.is_some());
    });
}
