//! `inspect` over headers that were written in a known notation: it finds exactly these, and their
//! trace.
//!
//! The bytes of the fuzzer choose the headers and the notation, so that every input is valid.

use arbitrary::{Result, Unstructured};
use inspect::headers;
use inspect::report::Report;
use opentelemetry_autoprop::Propagator;
use propagator_oracle::renderings::{self, Case, Header, Shape, Transport, SHAPES, TRANSPORTS};
use propagator_oracle::vostok;

/// What was written, and how.
pub struct Written {
    /// The notation.
    pub shape: Shape,
    /// What happened to the text.
    pub transport: Transport,
    headers: Vec<Header>,
    trace_id: u128,
    span_id: u64,
    /// `None` if no header states the decision.
    sampled: Option<bool>,
    /// The text as it arrives.
    pub bytes: Vec<u8>,
}

/// Writes headers as the input chooses, and reads them.
pub fn check(input: &[u8]) {
    let written = write(&mut Unstructured::new(input)).expect("zeros after the end of the input");
    check_reading(&written);
}

/// Writes headers as the input chooses.
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
    // Any order.
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

/// Adds the headers that are lists.
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

/// Leaves a notation alone whose meaning would change on the way.
fn transport_for(shape: Shape, transport: Transport) -> Transport {
    let is_marked = matches!(
        shape,
        Shape::CurlVerbose | Shape::CurlCommand | Shape::CmdCommand
    );
    match transport {
        // The marks of curl are at the beginning of a line.
        Transport::Indented if is_marked => Transport::Plain,
        transport => transport,
    }
}

/// Exactly what was written is found, as one message.
pub fn check_reading(written: &Written) {
    thread_local! {
        static PROPAGATOR: Propagator = opentelemetry_autoprop::builder()
            .lookup(|_| None)
            .from_list("tracecontext,baggage,kontur,vostok,sentry")
            .expect("known names");
    }
    let text = String::from_utf8_lossy(&written.bytes);
    let place = format!("{:?}, {:?}:\n{text}", written.shape, written.transport);
    let reading = headers::read(&written.bytes);
    let [message] = &reading.messages[..] else {
        panic!("{} messages in {place}", reading.messages.len());
    };
    for (name, value) in &written.headers {
        let lines: Vec<_> = message.headers.get_all(*name).iter().collect();
        assert_eq!(lines, [value.as_str()], "{name} in {place}");
    }
    assert_eq!(message.headers.len(), written.headers.len(), "{place}");
    assert_eq!(reading.unknown, [], "{place}");
    PROPAGATOR.with(|propagator| {
        let report = Report::new(message, propagator);
        let trace = report
            .trace
            .unwrap_or_else(|| panic!("no trace in {place}"));
        let trace_id = u128::from_be_bytes(trace.trace_id.to_bytes());
        let span_id = trace.span_id.map(|id| u64::from_be_bytes(id.to_bytes()));
        assert_eq!(trace_id, written.trace_id, "{place}");
        assert_eq!(span_id, Some(written.span_id), "{place}");
        // Without a decision, the default is to record.
        let sampled = written.sampled.or(Some(true));
        assert_eq!(trace.sampled, sampled, "{place}");
        assert_eq!(trace.sampled_from.is_some(), written.sampled.is_some());
    });
}
