//! Every list of one and two propagators, with hostile headers in carriers that contradict
//! themselves.

use propagator_fuzz::carrier::Hostile;
use propagator_fuzz::targets::composite;

const NAMES: [&str; 11] = [
    "tracecontext",
    "baggage",
    "kontur",
    "vostok",
    "sentry",
    "b3",
    "b3multi",
    "xray",
    "jaeger",
    "ottrace",
    "own",
];

/// Valid headers of every format, each with a second line of another trace.
const VALID: &str = "\
traceparent: 00-27bb7faa48294cf49ae6007d70905468-0bcd098a592642e4-03
tracestate: a=b
x-kontur-trace-id: 27bb7faa48294cf49ae6007d70905468
x-kontur-trace-spanid: 0bcd098a592642e4
x-kontur-trace-issampled: true
context-globals: FgAAAHZvc3Rvay50cmFjaW5nLmNvbnRleHRJAAAAMjdiYjdmYWEtNDgyOS00Y2Y0LTlhZTYtMDA3ZDcwOTA1NDY4OzBiY2QwOThhLTU5MjYtNDJlNC05NjAzLTJiMTM2MDdlODk5ZQ==
request-priority: Critical
sentry-trace: 27bb7faa48294cf49ae6007d70905468-0bcd098a592642e4-1
baggage: userId=42,sentry-org_id=1;p=2,%73entry-a=x y
b3: 27bb7faa48294cf49ae6007d70905468-0bcd098a592642e4-1
x-b3-traceid: 27bb7faa48294cf49ae6007d70905468
x-b3-spanid: 0bcd098a592642e4
x-b3-sampled: 1
x-amzn-trace-id: Root=1-27bb7faa-48294cf49ae6007d70905468;Parent=0bcd098a592642e4;Sampled=1;a=b
uber-trace-id: 27bb7faa48294cf49ae6007d70905468:0bcd098a592642e4:0:3
ot-tracer-traceid: 9ae6007d70905468
ot-tracer-spanid: 0bcd098a592642e4
ot-tracer-sampled: true
";

/// Returns hostile variants of the valid headers.
fn headers() -> Vec<String> {
    let other = VALID.replace("27bb7faa", "37bb7faa");
    let append = |text: &str| VALID.replace('\n', &format!("{text}\n"));
    vec![
        format!("{VALID}{other}"),
        // A decision that is not stated, and the trace of another organization.
        VALID.replace("e4-1", "e4").replace("org_id=1", "org_id=2"),
        VALID.replace("27bb7faa48294cf4", "0000000000000000"),
        // Line breaks and control characters.
        append("\r\n x-forged: 1"),
        append("\0"),
        append("\u{7f}ы"),
        // 70 KB of the same value, and of nothing.
        format!("@repeat 70000\n{VALID}"),
        "@repeat 70000\ntraceparent\nbaggage\nsentry-trace\nb3\nx-amzn-trace-id\n".to_owned(),
    ]
}

#[test]
fn every_list_reads_hostile_carriers_by_the_rule() {
    let mut checked = 0;
    let headers = headers();
    for first in NAMES {
        for second in NAMES {
            for (at, headers) in headers.iter().enumerate() {
                let options = format!(
                    "@list {first},{second}\n@strict {}\n@dsn {}\n@own_baggage a=1;=x,sentry-a=2\n",
                    at % 2 == 0,
                    at % 4 < 2
                );
                for kind in Hostile::KINDS {
                    let case = format!("{options}@carrier {kind}\n{headers}");
                    // The output of a failed test then ends with the case.
                    println!("{case}");
                    composite::check(case.as_bytes());
                    checked += 1;
                }
            }
        }
    }
    assert_eq!(checked, NAMES.len() * NAMES.len() * 8 * 6);
}
