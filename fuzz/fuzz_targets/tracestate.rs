//! `tracestate`. Each line of the input is one header.
//!
//! - The list is valid exactly if the naive parser accepts it, and contains the same members.
//! - The written list is parsed as the same list.
//! - Errors are short and safe to log.
#![cfg_attr(not(test), no_main)]

use opentelemetry_propagator_w3c::TraceStateList;
use propagator_fuzz::value::assert_safe_to_log;
use propagator_oracle::w3c::read_tracestate;

propagator_fuzz::value! {
    typical_len: 64;
    max_len: 1024;
    words: [
        "rojo=00f067aa0ba902b7", "congo@eu=t61rcWkgMzE", "a=1,", ",", "\n", " ", "\t", "=", "@",
        "a@@b=1", "1*/-_@=~", "A", "ы", "\x7f",
        "a=1,b=2,c=3,d=4,e=5,f=6,g=7,h=8,i=9,j=0,k=1,l=2,m=3,n=4,o=5,p=6,"
    ];
    fn check(text: &str) {
        let lines: Vec<&str> = text.split('\n').collect();
        let parsed = TraceStateList::parse(&lines);
        let expected = read_tracestate(&lines);
        assert_eq!(parsed.is_ok(), expected.is_some());
        match (parsed, expected) {
            (Ok(list), Some(expected)) => {
                assert_eq!(list.to_string(), expected);
                assert_eq!(list.is_empty(), expected.is_empty());
                assert_eq!(expected.parse(), Ok(list));
            }
            (Err(error), _) => assert_safe_to_log(&error),
            (Ok(_), None) => unreachable!("the assertion above compares them"),
        }
    }
}
