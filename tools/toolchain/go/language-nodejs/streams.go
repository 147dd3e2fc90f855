package main

import (
	"io"
	"sync"
)

type writer func([]byte) error

func (w writer) Write(b []byte) (int, error) {
	if err := w(append([]byte(nil), b...)); err != nil {
		return 0, err
	}
	return len(b), nil
}

// streams makes an stdout and an stderr of one message sender, which mustn't be called by two at once.
func streams(send func(stdout, stderr []byte) error) (io.Writer, io.Writer) {
	var one sync.Mutex
	locked := func(stdout, stderr []byte) error {
		one.Lock()
		defer one.Unlock()
		return send(stdout, stderr)
	}
	return writer(func(b []byte) error { return locked(b, nil) }), writer(func(b []byte) error { return locked(nil, b) })
}
