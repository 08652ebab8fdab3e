package main

import (
	"os"
	"syscall"
	"testing"
	"time"
)

func TestReapLeavesNoZombie(t *testing.T) {
	var children []int
	for range 3 {
		child, err := os.StartProcess("/bin/true", []string{"true"}, &os.ProcAttr{})
		if err != nil {
			t.Fatal(err)
		}
		children = append(children, child.Pid)
	}
	deadline := time.Now().Add(30 * time.Second)
	for _, pid := range children {
		for syscall.Kill(pid, 0) == nil { // a zombie still takes signals
			if time.Now().After(deadline) {
				t.Fatalf("child %d is still there", pid)
			}
			reap()
		}
	}
}
