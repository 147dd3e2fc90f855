#!/bin/sh
# Runs a program again and again, with its output in a log: a control plane that is killed comes back.
log=$1
shift
while :; do
    "$@" </dev/null >>"$log" 2>&1
    echo "--- $1 ended with $?" >>"$log"
    sleep 1
done
