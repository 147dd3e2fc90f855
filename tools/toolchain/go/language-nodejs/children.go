package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// children are the node processes of this host. Each leads a process group of its own, and none outlives the host.
type children struct {
	mutex  sync.Mutex
	groups map[int]struct{}
	ending bool
}

func newChildren() *children { return &children{groups: map[int]struct{}{}} }

var errEnding = errors.New("the language host is ending")

func (c *children) run(ctx context.Context, cmd *exec.Cmd) error {
	return c.runWith(ctx, cmd, cmd.Wait)
}

// runWith starts the command, waits for it as told, and ends it when the context is done.
func (c *children) runWith(ctx context.Context, cmd *exec.Cmd, wait func() error) error {
	// A process that the program left behind on purpose may hold the pipes: don't wait for it.
	cmd.WaitDelay = 2 * time.Second
	cmd.SysProcAttr = attributes()
	ended := make(chan struct{})
	defer close(ended)
	if err := c.start(cmd, ended); err != nil {
		return err
	}
	group := cmd.Process.Pid
	go func() {
		select {
		case <-ctx.Done():
			endGroups([]int{group}, ended)
		case <-ended:
		}
	}()
	err := wait()
	c.mutex.Lock()
	delete(c.groups, group)
	c.mutex.Unlock()
	if errors.Is(err, exec.ErrWaitDelay) {
		return nil
	}
	return err
}

// start keeps the thread that started the child: on Linux the child is told when that thread ends, not the process.
func (c *children) start(cmd *exec.Cmd, ended <-chan struct{}) error {
	result := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		c.mutex.Lock()
		err := errEnding
		if !c.ending {
			if err = cmd.Start(); err == nil {
				c.groups[cmd.Process.Pid] = struct{}{}
			}
		}
		c.mutex.Unlock()
		result <- err
		if err == nil {
			<-ended
		}
	}()
	return <-result
}

// end ends every child that runs now.
func (c *children) end() {
	c.mutex.Lock()
	var groups []int
	for group := range c.groups {
		groups = append(groups, group)
	}
	c.mutex.Unlock()
	endGroups(groups, nil)
}

// exit ends this process, its children first.
func (c *children) exit(code int) {
	c.mutex.Lock()
	c.ending = true
	c.mutex.Unlock()
	c.end()
	os.Exit(code)
}

func (c *children) endOnSignal() {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	go func() {
		<-signals
		c.exit(0)
	}()
}

// endGroups asks, waits up to two seconds, then insists.
func endGroups(groups []int, ended <-chan struct{}) {
	for _, group := range groups {
		_ = syscall.Kill(-group, syscall.SIGTERM)
	}
	for deadline := time.Now().Add(2 * time.Second); time.Now().Before(deadline); {
		alive := false
		for _, group := range groups {
			alive = alive || syscall.Kill(-group, 0) == nil
		}
		if !alive {
			return
		}
		select {
		case <-ended:
			ended = nil
		case <-time.After(20 * time.Millisecond):
		}
	}
	for _, group := range groups {
		_ = syscall.Kill(-group, syscall.SIGKILL)
	}
}
