#!/bin/sh
# Begins a trace, as a CI step would, and runs its arguments in it.
set -eu

random_hex() {
    od -An -v -tx1 -N"$1" /dev/urandom | tr -d ' \n'
}

trace=$(random_hex 16)
span=$(random_hex 8)
echo "job.sh $trace none $span"
TRACEPARENT=00-$trace-$span-01
export TRACEPARENT
exec "$@"
