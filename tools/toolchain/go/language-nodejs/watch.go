package main

import (
	"context"
	"os"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
)

// watchParent ends the host when the process that started it is gone: a killed engine can't tell its plugins to stop.
func watchParent(exit func(int)) {
	parent := os.Getppid()
	if parent <= 1 {
		return
	}
	go func() {
		for os.Getppid() == parent {
			time.Sleep(250 * time.Millisecond)
		}
		exit(0)
	}()
}

// watchEngine does the same by the engine's address, for a host whose parent is a wrapper that lives on. An engine that
// is slow, or stopped in a debugger, still holds its port.
func watchEngine(address string, exit func(int)) {
	if address == "" {
		return
	}
	connection, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return
	}
	client := grpc_health_v1.NewHealthClient(connection)
	go func() {
		for missed := 0; missed < 3; time.Sleep(time.Second) {
			_, err := client.Check(context.Background(), &grpc_health_v1.HealthCheckRequest{})
			if status.Code(err) == codes.Unavailable {
				missed++
			} else {
				missed = 0
			}
		}
		exit(0)
	}()
}
